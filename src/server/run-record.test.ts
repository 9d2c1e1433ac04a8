import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { listen, type HttpServer } from "./node-http.ts";
import { silentLog } from "./log.ts";
import {
  readRunRecord,
  refuseSecondGateway,
  removeRunRecord,
  type RunRecord,
  writeRunRecord,
} from "./run-record.ts";
import { StartError } from "./start-error.ts";

/** A process that lives and is none of ours. */
const OTHER = process.ppid;
let directory: string;
let http: HttpServer;
let hosts: (string | null)[];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "tokenward-record-"));
  hosts = [];
  http = await listen({ host: "127.0.0.1", port: 0 });
  http.serve(
    (request) => {
      hosts.push(request.headers.get("Host"));
      return Response.json({ status: "ok", instance: "this one" });
    },
    { secure: false, log: silentLog },
  );
});
afterEach(async () => {
  await http.close(100);
  rmSync(directory, { recursive: true });
});

const write = (changes: Partial<RunRecord> = {}) =>
  writeRunRecord(directory, {
    pid: OTHER,
    publicUrl: "https://tokens.example.com",
    startedAt: "2030-01-01T00:00:00Z",
    localUrl: `http://127.0.0.1:${http.port}`,
    instance: "this one",
    ...changes,
  });

test("a second gateway on a data directory is refused while the first one answers", async () => {
  await refuseSecondGateway(directory);
  await write();
  await expect(refuseSecondGateway(directory)).rejects.toThrow(StartError);
  await expect(refuseSecondGateway(directory)).rejects.toThrow(
    `A gateway runs on this data directory already (process ${OTHER}, https://tokens.example.com).`,
  );
  // It answers to its public name only.
  expect(hosts).toEqual(["tokens.example.com", "tokens.example.com"]);
});

test("what a killed gateway left behind stands in nobody's way", async () => {
  const stale: Partial<RunRecord>[] = [
    // As in a container, where everybody is number 1.
    { pid: process.pid },
    { pid: 2 ** 30 },
    // Its number was given away, and its port as well.
    { instance: "another one" },
    { localUrl: "http://127.0.0.1:1" },
    { localUrl: "no address" },
  ];
  for (const record of stale) {
    await write(record);
    await refuseSecondGateway(directory);
  }
});

test("a process of another user is alive", async () => {
  await write();
  vi.spyOn(process, "kill").mockImplementation(() => {
    throw Object.assign(new Error("not allowed"), { code: "EPERM" });
  });
  expect(await readRunRecord(directory)).toMatchObject({ pid: OTHER });
});

test("only one's own record is removed", async () => {
  await write({ pid: OTHER });
  await removeRunRecord(directory, "this one");
  expect(await readRunRecord(directory)).toBeDefined();
  await write({ pid: process.pid, instance: "another one" });
  await removeRunRecord(directory, "this one");
  expect(await readRunRecord(directory)).toBeDefined();
  await write({ pid: process.pid });
  await removeRunRecord(directory, "this one");
  expect(await readRunRecord(directory)).toBeUndefined();
});
