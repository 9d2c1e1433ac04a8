import { expect, test } from "vitest";
import { accepts } from "./accepts.ts";

test("an encoding is taken when it is named or covered by *, unless its weight is zero", () => {
  for (const header of ["gzip", "br, gzip", "GZIP;q=0.5", "deflate , gzip ; q=1", "*", "br, *;q=0.1"]) {
    expect(accepts(header, "gzip"), header).toBe(true);
  }
  for (const header of [
    null,
    "",
    "br",
    "gzip;q=0",
    "gzip; q=0.000",
    "*, gzip;q=0",
    "*;q=0",
    "xgzip",
    "identity",
  ]) {
    expect(accepts(header, "gzip"), String(header)).toBe(false);
  }
});

test("a type is taken when it is named, whatever comes with it, but not by a range: nobody means ours by that", () => {
  const type = "application/vnd.x";
  for (const header of [type, `text/html, ${type};q=0.2`, "Application/VND.X"]) {
    expect(accepts(header, type), header).toBe(true);
  }
  for (const header of [null, "", "*/*", "application/*", `${type};q=0`, `${type}+json`]) {
    expect(accepts(header, type), String(header)).toBe(false);
  }
});
