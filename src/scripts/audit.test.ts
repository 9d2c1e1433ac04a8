import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { auditStep, judgeAudit } from "./audit.ts";

const advisory = {
  id: 1,
  url: "https://github.com/advisories/GHSA-made-up",
  title: "Everything is open",
  severity: "low",
  vulnerable_versions: "<2.0.0",
  cwe: [],
  cvss: { score: 0, vectorString: null },
};

let folder: string;
let server: Server;
/** What the registry says about advisories. */
let answer: { status: number; body: string };
const asked: string[] = [];

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "tokenward-audit-"));
  const root = { name: "x", version: "1.0.0", dependencies: { holed: "1.0.0" } };
  const holed = { version: "1.0.0", resolved: "", integrity: "sha512-AAAA" };
  const packages = { "": root, "node_modules/holed": holed };
  writeFileSync(join(folder, "package.json"), JSON.stringify(root));
  writeFileSync(
    join(folder, "package-lock.json"),
    JSON.stringify({ name: "x", lockfileVersion: 3, requires: true, packages }),
  );
  server = createServer((request, response) => {
    asked.push(`${request.method ?? ""} ${request.url ?? ""}`);
    request.resume();
    if (request.method === "POST") {
      response.writeHead(answer.status, { "Content-Type": "application/json" }).end(answer.body);
      return;
    }
    const versions = { "1.0.0": { name: "holed", version: "1.0.0" } };
    const body = { name: "holed", versions, "dist-tags": { latest: "1.0.0" } };
    response.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(async () => {
  await new Promise((resolve) => server.close(resolve));
  rmSync(folder, { recursive: true, force: true });
});

const audit = () => {
  const { port } = server.address() as AddressInfo;
  return auditStep(folder, {
    npm_config_registry: `http://127.0.0.1:${String(port)}/`,
    npm_config_cache: join(folder, "cache"),
  });
};

test("21. a known hole in a dependency fails the check, with its name and where to read about it", async () => {
  answer = { status: 200, body: JSON.stringify({ holed: [advisory] }) };
  const { ok, output, remark } = await audit();
  expect({ ok, output, remark }).toEqual({
    ok: false,
    output: "holed (low): Everything is open, https://github.com/advisories/GHSA-made-up",
    remark: undefined,
  });
  expect(asked).toContain("POST /-/npm/v1/security/advisories/bulk");
});

test("21. a registry that does not answer audits is named loudly, and passes for nothing", async () => {
  answer = { status: 405, body: "" };
  const { ok, remark } = await audit();
  expect(ok).toBe(true);
  expect(remark).toMatch(/^NO AUDIT WAS MADE[\s\S]*405 Method Not Allowed/);
});

test("21. a registry that knows of no hole lets the check pass without a word", async () => {
  answer = { status: 200, body: "{}" };
  const { ok, output, remark } = await audit();
  expect({ ok, output, remark }).toEqual({ ok: true, output: "", remark: undefined });
});

test("what only builds and tests counts from high on, and what is neither report nor refusal is no audit", () => {
  const lock = { packages: { "node_modules/tool": { dev: true }, "node_modules/used": {} } };
  const report = (severity: string, path: string) =>
    JSON.stringify({ vulnerabilities: { it: { severity, nodes: [path], via: ["other"] } } });
  expect(judgeAudit(report("moderate", "node_modules/tool"), lock)).toEqual({ state: "clean" });
  expect(judgeAudit(report("high", "node_modules/tool"), lock)).toEqual({
    state: "found",
    findings: ["it (high, development): through other"],
  });
  expect(judgeAudit(report("info", "node_modules/used"), lock)).toMatchObject({ state: "found" });
  // Not in the lock file: who knows what runs it.
  expect(judgeAudit(report("low", "node_modules/unknown"), lock)).toMatchObject({ state: "found" });
  for (const output of ["", "npm error", "[]", '{"vulnerabilities":[]}']) {
    expect(judgeAudit(output, lock)).toMatchObject({ state: "not done" });
  }
});
