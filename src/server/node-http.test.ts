import { connect } from "node:net";
import { afterEach, expect, test } from "vitest";
import { silentLog } from "./log.ts";
import { type Fetch, type HttpServer, listen } from "./node-http.ts";
import { StartError } from "./start-error.ts";

let http: HttpServer | undefined;

afterEach(async () => {
  await http?.close(100);
  http = undefined;
});

async function start(fetch: Fetch): Promise<HttpServer> {
  http = await listen({ host: "127.0.0.1", port: 0 });
  http.serve(fetch, { secure: false, log: silentLog });
  return http;
}

/** Sends bytes as they are and returns all that comes back until the connection closes. */
function raw(port: number, text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(port, "127.0.0.1", () => socket.write(text));
    socket.setTimeout(3000, () => socket.destroy());
    socket.on("data", (chunk) => (answer += chunk.toString()));
    socket.on("close", () => resolve(answer));
    socket.on("error", reject);
  });
}

const ok: Fetch = () => new Response("fine");

test("1. what Node's own parser refuses carries the policy too, and leaks nothing", async () => {
  const { port } = await start(ok);
  const cases: [string, number][] = [
    ["NONSENSE\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n", 400],
    [`GET / HTTP/1.1\r\nHost: x\r\nX-Long: ${"x".repeat(17_000)}\r\n\r\n`, 431],
    ["GET / HTTP/1.1\r\nConnection: close\r\n\r\n", 400],
    ["GET / HTTP/1.1\r\nHost: a b\r\nConnection: close\r\n\r\n", 400],
  ];
  for (const [text, status] of cases) {
    const answer = await raw(port, text);
    expect(answer.slice(0, 12)).toBe(`HTTP/1.1 ${status}`);
    expect(answer.toLowerCase()).toContain("content-security-policy: default-src 'none'; script-src 'self'");
    expect(answer.toLowerCase()).toContain("x-content-type-options: nosniff");
    expect(answer).not.toMatch(/^(server|x-powered-by):/im);
    const body: unknown = JSON.parse(answer.split("\r\n\r\n")[1] ?? "");
    expect(body).toMatchObject({ code: status });
  }
});

test("the app gets the target as it was sent, and the peer's address", async () => {
  const seen: unknown[] = [];
  const { port } = await start((_request, connection) => {
    seen.push(connection);
    return new Response("");
  });
  await raw(port, "GET /a/../b?c HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");
  expect(seen).toMatchObject([{ peerAddress: "127.0.0.1", target: "/a/../b?c" }]);
});

test("closing lets what is in flight finish", async () => {
  let release: (() => void) | undefined;
  const { port, close } = await start(
    () => new Promise((resolve) => (release = () => resolve(new Response("finished")))),
  );
  const answer = fetch(`http://127.0.0.1:${port}/`);
  await expect.poll(() => release).toBeDefined();
  const closed = close(5000);
  release?.();
  expect(await (await answer).text()).toBe("finished");
  await closed;
  await expect(fetch(`http://127.0.0.1:${port}/`)).rejects.toThrow("fetch failed");
});

test("a taken port is one sentence", async () => {
  const { port } = await start(ok);
  const second = listen({ host: "127.0.0.1", port });
  await expect(second).rejects.toThrow(StartError);
  await expect(second).rejects.toThrow(`Port ${port} on 127.0.0.1 is already in use`);
});

test("11. who takes too long over the headers or the body hears so and is cut off", async () => {
  const reads: Fetch = async (request) => new Response(await request.text());
  http = await listen({ host: "127.0.0.1", port: 0, patience: { headers: 100, request: 200, check: 20 } });
  http.serve(reads, { secure: false, log: silentLog });
  for (const begun of [
    "GET / HTTP/1.1\r\nHost: localhost\r\n",
    "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n\r\nabc",
    "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n",
  ]) {
    const answer = await raw(http.port, begun);
    expect([begun, answer.slice(0, 12)]).toEqual([begun, "HTTP/1.1 408"]);
    expect(answer.toLowerCase()).toContain("content-security-policy: default-src 'none'");
  }
});
