import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultLine } from "./fault-line.ts";

let server: Server;
let line: FaultLine;
/** What reached the server, all connections together. */
let reached: string;

beforeEach(async () => {
  reached = "";
  // Answers ten bytes to each piece that it gets.
  server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.on("data", (bytes: Buffer) => {
      reached += bytes.toString();
      socket.write("0123456789");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  line = await FaultLine.start({ port: (server.address() as AddressInfo).port });
});

afterEach(async () => {
  await line.stop();
  await new Promise((resolve) => server.close(resolve));
});

interface Client {
  socket: Socket;
  readonly got: string;
  /** "end" or the code of the error with which it was over. */
  over: Promise<string>;
  /** Waits until that many bytes have come. */
  until(bytes: number): Promise<void>;
}

async function client(): Promise<Client> {
  const socket = connect({ host: "127.0.0.1", port: line.port });
  let got = "";
  let noticed = () => {};
  socket.on("data", (bytes: Buffer) => {
    got += bytes.toString();
    noticed();
  });
  const over = new Promise<string>((resolve) => {
    socket.on("end", () => resolve("end"));
    socket.on("error", (error) => resolve("code" in error ? String(error.code) : error.message));
  });
  await Promise.race([new Promise((resolve) => socket.once("connect", resolve)), over]);
  return {
    socket,
    get got() {
      return got;
    },
    over,
    async until(bytes) {
      while (got.length < bytes) await new Promise<void>((resolve) => (noticed = resolve));
    },
  };
}

test("without a rule all bytes pass, in both directions", async () => {
  const one = await client();
  one.socket.write("hello");
  await one.until(10);
  expect([reached, one.got]).toEqual(["hello", "0123456789"]);
  expect(line.connections).toBe(1);
});

test("cut after n bytes of the answer: the target acted, the connection ends in good order", async () => {
  line.fail({ kind: "cut", afterBytes: 4 });
  const one = await client();
  one.socket.write("act");
  expect(await one.over).toBe("end");
  expect([reached, one.got]).toEqual(["act", "0123"]);
});

test("a reset is noticed as one, and a rule is used up", async () => {
  const rule = line.fail({ kind: "reset", times: 1 });
  const one = await client();
  one.socket.write("act");
  expect(await one.over).toBe("ECONNRESET");
  expect([reached, one.got, rule.taken]).toEqual(["act", "", 1]);
  const other = await client();
  other.socket.write("again");
  await other.until(10);
});

test("a reset on the way up: the target never hears of it", async () => {
  line.fail({ kind: "reset", direction: "up", afterBytes: 2 });
  const one = await client();
  one.socket.write("act");
  expect(await one.over).toBe("ECONNRESET");
  expect(reached).not.toContain("act");
});

test("bytes are counted from when the rule was added, on a connection that was there before", async () => {
  const one = await client();
  one.socket.write("a");
  await one.until(10);
  line.fail({ kind: "cut", afterBytes: 3 });
  one.socket.write("b");
  expect(await one.over).toBe("end");
  expect(one.got).toBe("0123456789012");
});

test("stalled, nothing passes in either direction until it is released, and then all of it", async () => {
  const rule = line.fail({ kind: "stall", afterBytes: 4 });
  const one = await client();
  one.socket.write("a");
  await one.until(4);
  one.socket.write("b");
  // Turns of the loop in which it would have arrived.
  for (let at = 0; at < 20; at++) await turn();
  expect([reached, one.got, rule.taken]).toEqual(["a", "0123", 1]);
  rule.release();
  await one.until(20);
  expect([reached, one.got]).toEqual(["ab", "01234567890123456789"]);
});

test("nobody listens any more, as far as who connects can tell", async () => {
  line.refusing = true;
  const one = await client();
  expect(await one.over).toBe("ECONNRESET");
  expect(line.connections).toBe(0);
});
