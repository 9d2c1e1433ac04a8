import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { testAuthority } from "#server/certificate-for-tests.ts";
import { answering, type HostileServer, startHostileServer } from "#server/hostile-server-for-tests.ts";
import { connectProvider, type ProviderConnection } from "./provider-fetch.ts";

const authority = testAuthority();
let folder: string;
let server: HostileServer;
let connection: ProviderConnection | undefined;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "tokenward-provider-"));
  server = await startHostileServer(authority.issue());
  server.handle = answering(200, { good: true });
});
afterEach(async () => {
  await connection?.close();
  await server.close();
  rmSync(folder, { recursive: true });
});

const ask = async (caFile: string | undefined, path = "/") => {
  connection = connectProvider(caFile);
  return connection.fetch(server.url + path, { method: "GET", headers: {}, body: null, redirect: "manual" });
};
const caFile = () => {
  const file = join(folder, "ca.pem");
  writeFileSync(file, authority.ca);
  return file;
};

test("a provider whose certificate the configured authority vouches for is trusted, and otherwise nobody", async () => {
  expect(await (await ask(caFile())).json()).toEqual({ good: true });
  await connection?.close();
  await expect(ask(undefined)).rejects.toThrow(/certificate/);
  expect(server.requests).toHaveLength(1);
});

test("a redirect is an answer, and is not followed", async () => {
  server.handle = answering(302, "", { Location: "/elsewhere" });
  const answer = await ask(caFile());
  expect([answer.status, server.requests.map(({ path }) => path)]).toEqual([302, ["/"]]);
});

test("an authority's file that is missing for a moment is looked for again", async () => {
  const file = join(folder, "ca.pem");
  await expect(ask(file)).rejects.toThrow(/ENOENT/);
  caFile();
  const again = await connection?.fetch(server.url, {
    method: "GET",
    headers: {},
    body: null,
    redirect: "manual",
  });
  expect(again?.status).toBe(200);
});

test("what is not on this machine is asked by TLS or not at all", async () => {
  connection = connectProvider(undefined);
  const asked = connection.fetch("http://192.0.2.1/token", {
    method: "POST",
    headers: {},
    body: new URLSearchParams({ client_secret: "s" }),
    redirect: "manual",
  });
  await expect(asked).rejects.toThrow("an address that is not asked");
});
