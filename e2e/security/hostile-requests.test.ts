import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { answering, startHostileServer, type HostileServer } from "#server/hostile-server-for-tests.ts";
import { createLog } from "#server/log.ts";
import { type HttpServer, listen } from "#server/node-http.ts";
import { clusterBehind, type ClusterBehind } from "./cluster-behind.ts";
import { dressedRequests, type HostileRequest, hostileRequests } from "./hostile-requests.ts";

const CREDENTIAL = "a-good-token-0123456789";
let upstream: HostileServer;
let behind: ClusterBehind;
let gateway: TestGateway;
let http: HttpServer;
let host: string;
const log: string[] = [];

beforeAll(async () => {
  upstream = await startHostileServer();
  http = await listen({ host: "127.0.0.1", port: 0 });
  host = `localhost:${String(http.port)}`;
  gateway = await startTestGateway({
    publicUrl: `http://${host}`,
    clustersOf: async (_own, database, clock) => {
      behind = clusterBehind({ url: upstream.url, product: "clustered", token: "unused" }, database, clock);
      return [{ ...behind.entry, cluster: { ...behind.entry.cluster, isDefault: true } }];
    },
  });
  const serving = { secure: false, log: createLog((line) => log.push(line), gateway.clock) };
  http.serve((request, connection) => gateway.app.hono.fetch(request, connection), serving);
});
afterAll(async () => {
  await http.close(0);
  await gateway.close();
  await behind.close();
  await upstream.close();
});

/** All that comes back until the connection ends, which it must within five seconds. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = "";
    const socket = connect(http.port, "127.0.0.1", () => socket.write(text));
    socket.setTimeout(5000, () => socket.destroy(new Error("neither answered nor closed")));
    socket.on("data", (bytes) => (answer += bytes.toString("latin1")));
    socket.on("close", () => resolve(answer));
    // A reset is an end.
    socket.on("error", (error) => {
      if ("code" in error) resolve(answer);
      else reject(error);
    });
  });
}

/** Status and headers of each answer in what came back. */
function answersIn(text: string): { status: number; head: string }[] {
  return [...text.matchAll(/^HTTP\/1\.1 (\d+) [\s\S]*?\r\n\r\n/gm)].map(([head, status]) => ({
    status: Number(status),
    head: head.toLowerCase(),
  }));
}

const filled = (text: string) => text.replaceAll("GATEWAY", host).replaceAll("CREDENTIAL", CREDENTIAL);

test("8. paths, headers and methods that are no good are refused, and no cluster hears of them", async () => {
  upstream.handle = answering(200, []);
  // From here on the credential is known, and nobody asks the cluster whether it is a good one.
  expect(answersIn(await exchange(filled(dressedRequests[0]?.[1] ?? "")))[0]?.status).toBe(200);
  const before = upstream.requests.length;
  const wrong: string[] = [];
  const judge = async ({ name, text, answers }: HostileRequest) => {
    const answer = await exchange(filled(text)).catch((error: unknown) => String(error));
    const [first, ...more] = answersIn(answer);
    const isGood =
      first === undefined
        ? answer === "" && answers.includes("closed")
        : answers.includes(first.status) && more.length === 0 && isGuarded(first.head) && isProblem(answer);
    if (!isGood) wrong.push(`${name}: ${answer.slice(0, 2000)}`);
  };
  // A few at a time, as they come from several clients.
  for (let at = 0; at < hostileRequests.length; at += 8) {
    await Promise.all(hostileRequests.slice(at, at + 8).map(judge));
  }
  expect(wrong).toEqual([]);
  expect(upstream.requests.slice(before)).toEqual([]);
  expect(log.filter((line) => line.includes('"level":"error"'))).toEqual([]);
});

function isGuarded(head: string): boolean {
  return (
    head.includes("content-security-policy: default-src 'none'") && !/^(?:server|x-powered-by):/m.test(head)
  );
}

function isProblem(answer: string): boolean {
  const body: unknown = JSON.parse(answer.slice(answer.indexOf("\r\n\r\n") + 4));
  return problemSchema.safeParse(body).success;
}

test("7. a request reaches the cluster with its credential and with nothing else of what a client sends", async () => {
  const heads: Record<string, string | string[] | undefined>[] = [];
  const bodies = () => upstream.requests.map(({ body }) => body).join("");
  upstream.handle = (request, response) => {
    heads.push(request.headers);
    answering(200, [])(request, response);
  };
  for (const [name, text] of dressedRequests) {
    heads.length = 0;
    upstream.requests.length = 0;
    const answers = answersIn(await exchange(filled(text)));
    expect([name, answers.map(({ status }) => status).filter((status) => status !== 100)]).toEqual([
      name,
      [200],
    ]);
    expect([name, upstream.requests.map(({ method, path }) => `${method} ${path}`)]).toEqual([
      name,
      ["GET /api/v0/tokens"],
    ]);
    expect([name, heads]).toEqual([
      name,
      [
        {
          host: new URL(upstream.url).host,
          connection: "keep-alive",
          accept: "application/json",
          authorization: `Bearer ${CREDENTIAL}`,
          "user-agent": "tokenward",
        },
      ],
    ]);
    expect(bodies()).toBe("");
  }
});

test("7. what a cluster sets for a browser, or says of itself, does not come back", async () => {
  for (const status of [200, 403, 500]) {
    upstream.handle = answering(status, status === 200 ? [] : { code: status, message: "no" }, {
      "Set-Cookie": "tokenward_1=planted; Path=/",
      Server: "InfluxDB/9.9.9",
      "X-Powered-By": "X",
      "X-Influxdb-Version": "9.9.9",
      "Access-Control-Allow-Origin": "*",
      "Access-Control-Allow-Credentials": "true",
      "Content-Security-Policy": "default-src *",
      "Strict-Transport-Security": "max-age=0",
      "Clear-Site-Data": '"*"',
      "Cache-Control": "public, max-age=999",
      Location: "https://evil.example/",
      Link: "<https://evil.example/x.js>; rel=preload",
      Refresh: "0;url=https://evil.example/",
      "WWW-Authenticate": "Basic realm=x",
      "Content-Encoding": "identity",
      "Content-Disposition": "attachment",
      Warning: "199 x",
      "Alt-Svc": 'h3=":443"',
    });
    const [answer] = answersIn(await exchange(filled(dressedRequests[0]?.[1] ?? "")));
    const names = [...(answer?.head.matchAll(/^([\w-]+):/gm) ?? [])].map(([, name]) => name ?? "");
    const ours = [
      "cache-control",
      "connection",
      "content-length",
      "content-security-policy",
      "content-type",
      "cross-origin-opener-policy",
      "cross-origin-resource-policy",
      "date",
      "etag",
      "permissions-policy",
      "referrer-policy",
      "transfer-encoding",
      "vary",
      "x-content-type-options",
      "x-request-id",
    ];
    expect([status, names.filter((name) => !ours.includes(name))]).toEqual([status, []]);
    expect(answer?.head).toContain("cache-control: no-store");
    expect(answer?.head).not.toMatch(/planted|9\.9\.9|evil\.example/);
  }
});

test("8. a redirect of the cluster is an answer that is no good: the credential goes nowhere else", async () => {
  const elsewhere = await startHostileServer();
  elsewhere.handle = answering(200, []);
  for (const status of [301, 302, 303, 307, 308]) {
    upstream.requests.length = 0;
    upstream.handle = answering(status, "", { Location: `${elsewhere.url}/api/v0/tokens` });
    const answer = await exchange(filled(dressedRequests[0]?.[1] ?? ""));
    expect([status, answersIn(answer)[0]?.status]).toEqual([status, 502]);
    expect(upstream.requests.length).toBe(1);
  }
  expect(elsewhere.requests).toEqual([]);
  await elsewhere.close();
});
