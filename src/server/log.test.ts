import { expect, test } from "vitest";
import { createLog, loggablePath, type LogLevel, logLevels } from "./log.ts";

test("names of built files are logged in full", () => {
  for (const path of [
    "/assets/index-Dn7mIA4z.js",
    "/assets/jetbrains-mono-cyrillic-ext-wght-normal-EocZY2iu.woff2",
    "/assets/inter-greek-wght-normal-CkhJZR-_.woff2",
  ]) {
    expect(loggablePath(path)).toBe(path);
  }
});

test("6. whatever else is long is left out, under /assets/ as well", () => {
  const secret = "apiv1_0123456789abcdefghijklmnopqrstuvwxyz";
  expect(loggablePath(`/assets/${secret}`)).toBe("/assets/[long]");
  expect(loggablePath(`/assets/${secret}-Dn7mIA4z.js`)).toBe("/assets/[long]");
  expect(loggablePath(`/assets/x/${secret}`)).toBe("/assets/x/[long]");
  expect(loggablePath(`/assets/${"a".repeat(60)}-Dn7mIA4z.js`)).toBe("/assets/[long]");
  expect(loggablePath(`/api/v0/tokens/${secret}`)).toBe("/api/v0/tokens/[long]");
});

test("what is below the level is not written", () => {
  const written = (least: LogLevel) => {
    const lines: string[] = [];
    const log = createLog(
      (line) => lines.push(line),
      () => 0,
      least,
    );
    for (const level of logLevels) log[level]({ event: "x" });
    return lines.map((line) => /"level":"(\w+)"/.exec(line)?.[1]);
  };
  expect(written("debug")).toEqual(["debug", "info", "warn", "error"]);
  expect(written("info")).toEqual(["info", "warn", "error"]);
  expect(written("error")).toEqual(["error"]);
});
