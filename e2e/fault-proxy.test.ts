import { Agent, createServer, request as httpRequest, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "vitest";
import { FaultProxy } from "./fault-proxy.ts";

let server: Server;
let proxy: FaultProxy;
/** What really reached the server: "METHOD /path host body". */
let reached: string[];

beforeEach(async () => {
  reached = [];
  server = createServer((incoming, outgoing) => {
    let body = "";
    incoming.on("data", (chunk: Buffer) => (body += chunk.toString()));
    incoming.on("end", () => {
      reached.push([incoming.method, incoming.url, incoming.headers.host, body].join(" "));
      outgoing.writeHead(200, { "Content-Type": "text/plain", "X-Count": String(reached.length) });
      outgoing.end("0123456789");
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  proxy = await FaultProxy.start(`http://localhost:${String((server.address() as AddressInfo).port)}`);
});

afterEach(async () => {
  await proxy.stop();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** One request on a connection of its own; `error` holds the network's complaint, `body` what came before it. */
function send(method: string, path: string, body = "") {
  return new Promise<{ status?: number; count?: string; body: string; error?: string }>((resolve) => {
    let text = "";
    const { port } = new URL(proxy.url);
    const headers = { Host: `localhost:${port}` };
    const outgoing = httpRequest(
      { host: "127.0.0.1", port, method, path, headers, agent: false },
      (answer) => {
        answer.on("data", (chunk: Buffer) => (text += chunk.toString()));
        answer.on("error", (error) => resolve({ body: text, error: error.message }));
        answer.on("end", () => {
          const count = String(answer.headers["x-count"]);
          resolve({ status: answer.statusCode ?? 0, count, body: text });
        });
      },
    );
    outgoing.on("error", (error) => resolve({ body: text, error: error.message }));
    outgoing.end(body);
  });
}

const host = () => new URL(proxy.url).host;

test("without a rule it passes everything on, the host included", async () => {
  expect(await send("POST", "/a?b=c", "hello")).toEqual({ status: 200, count: "1", body: "0123456789" });
  expect(reached).toEqual([`POST /a?b=c ${host()} hello`]);
});

test("a rule takes only its method and path, and only so many times", async () => {
  const rule = proxy.fail(
    { method: "DELETE", path: "/a", times: 1 },
    { kind: "answer", status: 503, body: "no" },
  );
  expect((await send("GET", "/a")).status).toBe(200);
  expect((await send("DELETE", "/b")).status).toBe(200);
  expect(await send("DELETE", "/a?x=1")).toMatchObject({ status: 503, body: "no" });
  expect((await send("DELETE", "/a")).status).toBe(200);
  expect(rule.taken).toBe(1);
  expect(reached).toHaveLength(3);
});

test("reset before forwarding: the server never hears of it", async () => {
  proxy.fail({ path: /./ }, { kind: "reset-before-forwarding" });
  expect((await send("DELETE", "/a")).error).toBeDefined();
  expect(reached).toEqual([]);
});

test("forward then reset: the server acted, the answer is lost", async () => {
  proxy.fail({ path: /./ }, { kind: "forward-then-reset" });
  expect(await send("DELETE", "/a")).toMatchObject({ body: "", error: expect.any(String) });
  expect(reached).toEqual([`DELETE /a ${host()} `]);
});

test("duplicate: the server gets it twice, the first answer is passed on", async () => {
  proxy.fail({ path: /./ }, { kind: "duplicate" });
  expect((await send("POST", "/a", "x")).count).toBe("1");
  expect(reached).toHaveLength(2);
  expect(proxy.requests("POST", /^\/a/)[0]?.forwarded).toBe(2);
});

test("cut: the first bytes arrive, then the connection breaks", async () => {
  proxy.fail({ path: /./ }, { kind: "cut", afterBytes: 4 });
  expect(await send("GET", "/a")).toMatchObject({ body: "0123", error: expect.any(String) });
});

test("stall: the rest waits for the rule to be released", async () => {
  const rule = proxy.fail({ path: /./ }, { kind: "stall", afterBytes: 4 });
  const answer = await fetch(`${proxy.url}/a`);
  const reader = answer.body?.getReader();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("0123");
  rule.release();
  expect(new TextDecoder().decode((await reader?.read())?.value)).toBe("456789");
});

test("drip: everything arrives in the end", async () => {
  proxy.fail({ path: /./ }, { kind: "drip", bytes: 3, everyMilliseconds: 1 });
  expect(await send("GET", "/a")).toMatchObject({ status: 200, body: "0123456789" });
});

test("hold: nothing reaches the server until it is released", async () => {
  const rule = proxy.fail({ path: "/held" }, { kind: "hold" });
  const held = send("GET", "/held");
  await send("GET", "/other");
  expect(reached).toEqual([`GET /other ${host()} `]);
  rule.release();
  expect((await held).status).toBe(200);
});

test("hang: no answer, and the server never hears of it", async () => {
  const rule = proxy.fail({ path: "/gone" }, { kind: "hang" });
  const hanging = send("GET", "/gone");
  await expect.poll(() => rule.taken).toBe(1);
  await proxy.stop();
  expect((await hanging).error).toBeDefined();
  expect(reached).toEqual([]);
});

test("a removed rule takes no more", async () => {
  const rule = proxy.fail({ path: /./ }, { kind: "answer", status: 500 });
  expect((await send("GET", "/a")).status).toBe(500);
  rule.remove();
  expect((await send("GET", "/a")).status).toBe(200);
});

test("rewrite: the server acted, and its answer has another status, other headers, another body", async () => {
  proxy.fail(
    { path: /./ },
    {
      kind: "rewrite",
      status: 207,
      headers: { "X-Count": null, "X-Other": "yes" },
      body: (body) => `<${body}>`,
    },
  );
  const answer = await fetch(`${proxy.url}/a`, { method: "POST", body: "x" });
  expect(answer.status).toBe(207);
  expect([answer.headers.get("x-count"), answer.headers.get("x-other")]).toEqual([null, "yes"]);
  expect(await answer.text()).toBe("<0123456789>");
  expect(reached).toHaveLength(1);
  expect(proxy.seen[0]?.status).toBe(207);
});

test("close kept-alive: only a connection that had a request before is closed, before or after the server acts", async () => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const ask = (path: string) =>
    new Promise<string>((resolve) => {
      const { port } = new URL(proxy.url);
      const outgoing = httpRequest({ host: "127.0.0.1", port, path, agent }, (answer) => {
        answer.resume();
        answer.on("end", () => resolve(String(answer.statusCode)));
      });
      outgoing.on("error", (error) => resolve(error.message));
      outgoing.end();
    });
  proxy.fail({ path: "/closed" }, { kind: "close-kept-alive" });
  proxy.fail({ path: "/lost" }, { kind: "close-kept-alive", forwards: true });
  expect(await ask("/closed")).toBe("200");
  expect(await ask("/closed")).toBe("socket hang up");
  expect(reached).toHaveLength(1);
  expect(await ask("/first")).toBe("200");
  expect(await ask("/lost")).toBe("socket hang up");
  expect(reached.map((line) => line.split(" ")[1])).toEqual(["/closed", "/first", "/lost"]);
  agent.destroy();
});

test("secrets in the server's answers are written down, whether they arrive or not", async () => {
  const secret = "apiv1_0123456789abcdef0123456789abcdef";
  server.removeAllListeners("request");
  server.on("request", (_incoming, outgoing) => outgoing.end(JSON.stringify({ accessToken: secret })));
  proxy.fail({ path: /./ }, { kind: "forward-then-reset" });
  expect((await send("POST", "/a")).error).toBeDefined();
  expect([...proxy.secrets]).toEqual([secret]);
});
