import { once } from "node:events";
import { request as httpRequest, type IncomingMessage } from "node:http";
import { buffer } from "node:stream/consumers";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { gunzipSync } from "node:zlib";
import { afterEach, expect, test, vi } from "vitest";
import { createApp } from "./app.ts";
import { startTestGateway, MANAGEMENT_TOKEN, type TestGateway } from "./gateway-for-tests.ts";
import { packBlock, type ListBlock } from "./lists/list-block.ts";
import { createLog } from "./log.ts";
import { type HttpServer, listen } from "./node-http.ts";
import { createSite } from "./site.ts";

let gateway: TestGateway;
let http: HttpServer | undefined;

afterEach(async () => {
  await http?.close(100);
  http = undefined;
  await gateway.close();
});

/** A whole gateway on a real port, whose list comes from these blocks. */
async function startWith(blocks: () => AsyncGenerator<ListBlock, void>): Promise<{ logLines: string[] }> {
  gateway = await startTestGateway();
  http = await listen({ host: "127.0.0.1", port: 0 });
  const { main } = gateway.options.clusters;
  const text = { opening: "[", closing: "]", blocks };
  const service = {
    ...main.service,
    readTokenList: async () => ({ kind: "whole", tag: '"t"', text }) as const,
  };
  const logLines: string[] = [];
  const log = createLog((line) => logLines.push(line), gateway.clock);
  const { hono } = createApp({
    ...gateway.options,
    log,
    clusters: { ...gateway.options.clusters, main: { ...main, service } },
    site: createSite({ host: "127.0.0.1", port: http.port, tls: false }),
  });
  http.serve((request, connection) => hono.fetch(request, connection), { secure: false, log });
  return { logLines };
}

async function getList(headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = httpRequest({
    port: http?.port,
    host: "127.0.0.1",
    path: "/api/v0/tokens",
    headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, ...headers },
  });
  request.end();
  const [answer] = await once(request, "response");
  if (!isMessage(answer)) throw new Error("no answer");
  return answer;
}

function isMessage(value: unknown): value is IncomingMessage {
  return typeof value === "object" && value !== null && "statusCode" in value;
}

const rowsOf = (count: number, filler = "") =>
  Buffer.from(Array.from({ length: count }, (_, id) => JSON.stringify({ id: String(id), filler })).join(","));

for (const headers of [{}, { "Accept-Encoding": "gzip" }]) {
  const how = JSON.stringify(headers);
  test(`a snapshot that breaks off breaks the connection: the answer never looks whole (${how})`, async () => {
    const printed = vi.spyOn(console, "error").mockReturnValue();
    const { logLines } = await startWith(async function* () {
      yield await packBlock(rowsOf(2));
      yield await packBlock(rowsOf(2));
      yield await packBlock(rowsOf(2));
      yield await packBlock(rowsOf(2));
      throw new Error("the store is gone");
    });
    const answer = await getList(headers);
    expect(answer.statusCode).toBe(200);
    let received = "";
    answer.on("data", (chunk: Buffer) => (received += chunk.toString("latin1")));
    const error: unknown = await once(answer, "end").catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: "ECONNRESET" });
    expect(answer.complete).toBe(false);
    expect(received).not.toContain("Error");
    const broken = logLines.filter((line) => line.includes("a list broke off"));
    expect(broken).toHaveLength(1);
    expect(broken[0]).toContain("the store is gone");
    expect(broken[0]).toContain(String(answer.headers["x-request-id"]));
    // Nothing past the log, where its rules do not hold.
    expect(printed).not.toHaveBeenCalled();
    // The gateway goes on.
    expect((await getList(headers)).statusCode).toBe(200);
  });
}

test("a whole answer is complete on the wire, with gzip and without", async () => {
  await startWith(async function* () {
    for (let count = 0; count < 5; count++) yield await packBlock(rowsOf(100));
  });
  const plain = await buffer(await getList());
  expect(JSON.parse(plain.toString())).toHaveLength(500);
  expect(gunzipSync(await buffer(await getList({ "Accept-Encoding": "gzip" }))).equals(plain)).toBe(true);
});

test("for a client that does not read on nothing is made, and one that leaves is let go of", async () => {
  setFlagsFromString("--expose-gc");
  const collect = (): void => void runInNewContext("gc")();
  const kept: WeakRef<Uint8Array>[] = [];
  let [made, isReleased] = [0, false];
  // What does not compress, so that the buffers of the sockets are soon full.
  const noise = Buffer.from(Array.from({ length: 200_000 }, () => Math.random().toString(36)).join(""));
  await startWith(async function* () {
    try {
      for (; made < 500; made++) {
        const { packed, crc, length } = await packBlock(noise);
        kept.push(new WeakRef(packed));
        yield { packed, crc, length };
      }
    } finally {
      isReleased = true;
    }
  });
  const answer = await getList({ "Accept-Encoding": "gzip" });
  answer.pause();
  let before = -1;
  await expect
    .poll(
      () => {
        const stands = before === made;
        before = made;
        return stands;
      },
      { interval: 300, timeout: 10_000 },
    )
    .toBe(true);
  expect(made).toBeLessThan(30);
  expect(isReleased).toBe(false);
  answer.destroy();
  await expect.poll(() => isReleased).toBe(true);
  await expect
    .poll(() => {
      collect();
      return kept.filter((block) => block.deref() !== undefined).length;
    })
    .toBeLessThanOrEqual(1);
});
