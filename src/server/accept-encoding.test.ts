import { expect, test } from "vitest";
import { acceptsEncoding } from "./accept-encoding.ts";

test("an encoding is taken when it is named or covered by *, unless its weight is zero", () => {
  for (const header of ["gzip", "br, gzip", "GZIP;q=0.5", "deflate , gzip ; q=1", "*", "br, *;q=0.1"]) {
    expect(acceptsEncoding(header, "gzip"), header).toBe(true);
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
    expect(acceptsEncoding(header, "gzip"), String(header)).toBe(false);
  }
});
