import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { envFileName, envLine } from "./env-line.ts";

describe("envLine", () => {
  it("leaves what tokens are made of as it is", () => {
    expect(envLine("INFLUXDB_TOKEN", "apiv3_aZ0-9_+/=")).toBe("INFLUXDB_TOKEN=apiv3_aZ0-9_+/=\n");
  });
  it("quotes what a shell would read otherwise, and is one line whatever the value", () => {
    expect(envLine("T", 'a "b" $c `d` \\e\nf')).toBe('T="a \\"b\\" \\$c \\`d\\` \\\\e\\nf"\n');
    fc.assert(
      fc.property(fc.string(), (value) => {
        expect(envLine("T", value).split("\n")).toHaveLength(2);
      }),
    );
  });
});

describe("envFileName", () => {
  it("tells tokens apart and holds nothing that is no name", () => {
    expect(envFileName("3f2a9c10-0000-4000-8000-000000000000")).toBe("influxdb-token-3f2a9c10.env");
    expect(envFileName("../..")).toBe("influxdb-token.env");
  });
});
