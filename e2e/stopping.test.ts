import { request } from "node:http";
import { connect, type Socket } from "node:net";
import { setTimeout as wait } from "node:timers/promises";
import { afterEach, expect, test } from "vitest";
import { createdTokenSchema } from "#contract/token-schema.ts";
import { GatewayProcess } from "./gateway-process.ts";

/** From source, so that the run needs no build. */
const program = ["--import", "tsx", "src/server/main.ts"];
const METRICS_TOKEN = "metrics-token-of-this-test-0123456789";
const ROOM = 60_000;

let gateway: GatewayProcess | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

async function start(...args: string[]): Promise<GatewayProcess> {
  gateway = await GatewayProcess.start({
    args: ["--no-sample", ...args],
    env: { TOKENWARD_METRICS_TOKEN: METRICS_TOKEN },
    program,
  });
  return gateway;
}

/** A change that is under way: its body comes when the test says so. */
async function heldChange(gateway: GatewayProcess) {
  const { host, hostname, port } = new URL(gateway.url);
  const body = JSON.stringify({ description: "held", permissions: [{ action: "write", resource: "ci" }] });
  const outgoing = request({
    host: hostname,
    port,
    method: "POST",
    path: "/api/v0/tokens",
    headers: {
      Host: host,
      Authorization: `Bearer ${gateway.managementToken}`,
      "Content-Type": "application/json",
      "Content-Length": Buffer.byteLength(body),
      "Idempotency-Key": "held-while-it-stops",
    },
  });
  const answer = new Promise<{ status: number | undefined; text: string }>((resolve, reject) => {
    outgoing.on("error", reject).on("response", (incoming) => {
      let text = "";
      incoming.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
      incoming.on("end", () => resolve({ status: incoming.statusCode, text }));
    });
  });
  answer.catch(() => undefined);
  outgoing.flushHeaders();
  await until(async () => {
    const { text } = await gateway.api("/metrics", { headers: { Authorization: `Bearer ${METRICS_TOKEN}` } });
    // The one that asks is counted as well.
    return text.includes("\ntokenward_http_requests_under_way 2\n");
  });
  return { answer, goOn: () => void outgoing.end(body) };
}

async function openConnection({ url }: GatewayProcess): Promise<Socket> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  await new Promise((resolve) => socket.once("connect", resolve));
  return socket.on("error", () => undefined).resume();
}

async function until(isSo: () => Promise<boolean>): Promise<void> {
  const giveUpAt = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > giveUpAt) throw new Error("It did not come to that in 20 seconds.");
    await wait(10);
  }
}

test(
  "a signal: not ready at first, then nobody new; a change under way gets its answer, is kept, and the process ends with 0",
  { timeout: ROOM },
  async () => {
    const gateway = await start("--drain-seconds", "1");
    const idle = [await openConnection(gateway), await openConnection(gateway)];
    const [used] = idle;
    used?.write(`GET /healthz HTTP/1.1\r\nHost: ${new URL(gateway.url).host}\r\n\r\n`);
    await new Promise((resolve) => used?.once("data", resolve));
    expect((await gateway.api("/readyz")).status).toBe(200);

    const { answer, goOn } = await heldChange(gateway);
    const ended = gateway.end("SIGTERM");
    await until(async () => (await gateway.api("/readyz")).status === 503);
    expect((await gateway.api("/readyz")).json()).toMatchObject({
      status: "not ready",
      reasons: expect.arrayContaining(["It is stopping."]),
    });
    await until(() =>
      gateway.api("/healthz").then(
        () => false,
        (error: unknown) => error instanceof Error && "code" in error && error.code === "ECONNREFUSED",
      ),
    );
    await until(async () => idle.every((socket) => socket.closed));
    goOn();

    const created = await answer;
    expect(created.status, created.text).toBe(200);
    const { id } = createdTokenSchema.parse(JSON.parse(created.text));
    expect(await ended).toEqual({ code: 0, signal: null });
    expect(await gateway.databaseRows("select id from database_tokens where id = ?", id)).toHaveLength(1);
    expect(await gateway.databaseRows("select state from operations")).toEqual([{ state: "done" }]);
    expect(await gateway.databaseRows("select phase, outcome from activity order by seq")).toEqual([
      { phase: "intent", outcome: null },
      { phase: "outcome", outcome: "done" },
    ]);
  },
);

test("a second signal means at once, whatever is under way", { timeout: ROOM }, async () => {
  const gateway = await start();
  const { answer } = await heldChange(gateway);
  const first = gateway.end("SIGTERM");
  await until(async () => gateway.log.includes('"event":"stopping"'));
  const second = gateway.end("SIGTERM");
  expect(await first).toEqual({ code: 1, signal: null });
  await second;
  await expect(answer).rejects.toThrow(/hang up|ECONNRESET|aborted/);
  expect(await gateway.databaseRows("select id from database_tokens")).toEqual([]);
});
