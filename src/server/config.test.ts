import { expect, test } from "vitest";
import { helpText, options, readConfig } from "./config.ts";
import { StartError } from "./start-error.ts";

function config(args: string[] = [], environment: Record<string, string> = {}) {
  const read = readConfig(args, environment);
  if (read === "help") throw new Error("help was asked for");
  return read;
}

test("defaults", () => {
  expect(config()).toMatchObject({ port: 4600, host: "127.0.0.1", sample: true, mutationRate: 500 });
  expect(config().key).toEqual({ file: `${config().dataDirectory}/key` });
});

test("CHAOS is a share of a hundred, on loopback, and nothing when it is 0", () => {
  expect(config().chaos).toBe(0);
  expect(config([], { CHAOS: "20" }).chaos).toBe(20);
  const beyond = ["--host", "0.0.0.0", "--tls-cert", "c", "--tls-key", "k"];
  expect(config(beyond, { CHAOS: "0" }).chaos).toBe(0);
});

test("flags outweigh the environment", () => {
  expect(config(["--port", "0"], { TOKENWARD_PORT: "80" }).port).toBe(0);
  expect(config([], { TOKENWARD_PORT: "80" }).port).toBe(80);
  expect(config([], { TOKENWARD_KEY: "/keys/one" }).key).toEqual({ file: "/keys/one" });
  expect(config(["--key-file", "/keys/two"], { TOKENWARD_KEY: "/keys/one" }).key).toEqual({
    file: "/keys/two",
  });
  const { trustedProxies } = config(["--trusted-proxy", "10.0.0.1, 10.1.0.0/16"]);
  expect(["10.0.0.1", "10.1.2.3", "10.0.0.2"].map(trustedProxies.has)).toEqual([true, true, false]);
});

test("the key may be in the environment itself, never in a flag", () => {
  const value = Buffer.alloc(32, 7).toString("base64");
  expect(config([], { TOKENWARD_KEY: value }).key).toEqual({ value });
  expect(config(["--key-file", value]).key).toEqual({ file: expect.stringContaining(value) });
});

test("a file of clusters is named, or influxctl's own is meant, never by itself", () => {
  expect(config().profiles).toBeUndefined();
  expect(config(["--config", "/c.toml"]).profiles).toEqual({ file: "/c.toml", option: "--config" });
  expect(config([], { TOKENWARD_CONFIG: "/c.toml" }).profiles).toMatchObject({ file: "/c.toml" });
  for (const asked of [config(["--influxctl"]), config([], { TOKENWARD_INFLUXCTL: "1" })]) {
    expect(asked.profiles).toEqual({ file: asked.influxctlFile, option: "--influxctl" });
  }
  expect(config([], { TOKENWARD_INFLUXCTL: "0" }).profiles).toBeUndefined();
});

test("an import and --no-sample leave the sample data out", () => {
  expect(config(["--no-sample"]).sample).toBe(false);
  expect(config([], { TOKENWARD_NO_SAMPLE: "1" }).sample).toBe(false);
  expect(config([], { TOKENWARD_NO_SAMPLE: "false" }).sample).toBe(true);
  expect(config(["--import", "/x.json"])).toMatchObject({ sample: false, importFile: "/x.json" });
});

test("4. refuses a non-loopback address without TLS or a trusted proxy", () => {
  for (const host of ["0.0.0.0", "::", "10.0.0.1", "example.com"]) {
    expect(() => config(["--host", host]), host).toThrow(/clear text/);
  }
  for (const host of ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"]) config(["--host", host]);
  for (const host of ["0:0:0:0:0:0:0:1", "::ffff:127.0.0.1"]) config(["--host", host]);
  config(["--host", "0.0.0.0", "--tls-cert", "c", "--tls-key", "k"]);
});

test("4. behind a proxy a non-loopback address needs an https public URL, so that cookies are Secure", () => {
  const behind = (...more: string[]) => config(["--host", "0.0.0.0", "--trusted-proxy", "10.0.0.1", ...more]);
  for (const more of [[], ["--public-url", "http://localhost:4600"]]) {
    expect(() => behind(...more)).toThrow(/--public-url, beginning with https/);
  }
  expect(() => behind("--public-url", "http://tokens.example.com")).toThrow(/https/);
  expect(behind("--public-url", "https://tokens.example.com").publicUrl).toBe("https://tokens.example.com");
  // A proxy on the same machine.
  config(["--trusted-proxy", "127.0.0.1"]);
});

test("what is done goes to a file and to an address of this machine or a safe one", () => {
  const { activityFile, activityWebhook } = config(
    ["--activity-file", "/log/activity.jsonl", "--activity-webhook", "http://127.0.0.1:9/rows?of=1"],
    { TOKENWARD_ACTIVITY_WEBHOOK_TOKEN: "canary" },
  );
  expect(activityFile).toBe("/log/activity.jsonl");
  expect(activityWebhook).toEqual({ url: "http://127.0.0.1:9/rows?of=1", token: "canary" });
});

test("a mistake is one sentence", () => {
  const mistakes: [string[], Record<string, string>, RegExp][] = [
    [["--prot", "1"], {}, /--prot.*--help/],
    [["stray"], {}, /--help/],
    [["--port", "65536"], {}, /--port/],
    [["--port", "1e3"], {}, /--port/],
    [[], { TOKENWARD_MUTATION_RATE: "0" }, /--mutation-rate/],
    ...["101", "-1", "20%", "yes", "1.5"].map((CHAOS): [string[], Record<string, string>, RegExp] => [
      [],
      { CHAOS },
      /CHAOS must be a whole number from 0 to 100/,
    ]),
    [["--host", "0.0.0.0", "--tls-cert", "c", "--tls-key", "k"], { CHAOS: "20" }, /CHAOS.*loopback/],
    [["--public-url", "https://tokens.example.com"], { CHAOS: "20" }, /CHAOS.*loopback/],
    [["--trusted-proxy", "10.0.0.1"], { CHAOS: "20" }, /CHAOS.*--trusted-proxy/],
    [["--tls-cert", "c"], {}, /belong together/],
    [["--public-url", "tokens.example.com"], {}, /--public-url/],
    [["--public-url", "https://example.com/path"], {}, /--public-url/],
    [["--public-url", "http://example.com"], {}, /https/],
    [["--trusted-proxy", "proxy.example"], {}, /--trusted-proxy.*"proxy.example"/],
    [[], { TOKENWARD_MANAGEMENT_TOKEN: "too short" }, /32/],
    [["--config", "/c.toml", "--influxctl"], {}, /give one of them/],
    ...[
      "http://siem.example.com/",
      "https://user:canary@siem.example.com/",
      "https://siem.example.com/#part",
      "siem.example.com",
    ].map((address): [string[], Record<string, string>, RegExp] => [
      ["--activity-webhook", address],
      {},
      /^--activity-webhook must be an https address(?!.*siem)/,
    ]),
    [[], { TOKENWARD_ACTIVITY_WEBHOOK_TOKEN: "canary" }, /needs --activity-webhook/],
    [
      ["--activity-webhook", "https://siem.example.com/"],
      { TOKENWARD_ACTIVITY_WEBHOOK_TOKEN: "canary with a blank" },
      /TOKEN must be printable(?!.*canary)/,
    ],
  ];
  for (const [args, environment, message] of mistakes) {
    expect(() => config(args, environment), String(args)).toThrow(StartError);
    expect(() => config(args, environment), String(args)).toThrow(message);
  }
});

test("--help names every option, and no secret has a flag", () => {
  expect(readConfig(["--help"], {})).toBe("help");
  const text = helpText();
  for (const option of Object.values(options)) expect(text).toContain(option.env);
  expect(options.databaseUrl.flag).toBeUndefined();
  expect(options.managementToken.flag).toBeUndefined();
});
