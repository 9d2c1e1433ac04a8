import { request as httpRequest, Agent } from "node:http";
import { afterEach, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { START_DATA_PLACEHOLDER } from "#contract/start-data.ts";
import { LONG, MANAGEMENT_TOKEN, ORIGIN, startTestGateway, type TestGateway } from "./gateway-for-tests.ts";
import { silentLog } from "./log.ts";
import { type HttpServer, listen } from "./node-http.ts";
import { MOST_LAG } from "./shedding.ts";

let gateway: TestGateway | undefined;
let http: HttpServer | undefined;
const agent = new Agent({ keepAlive: true, maxSockets: 200 });

afterEach(async () => {
  await http?.close(0);
  await gateway?.close();
});

const token = (description: string) => ({
  description,
  permissions: [{ action: "write", resource: "ci" }],
});

interface Answer {
  status: number;
  retryAfter: string | undefined;
  text: string;
}

function post(port: number, key: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = httpRequest(
      {
        port,
        agent,
        host: "127.0.0.1",
        path: `${LONG}/tokens`,
        method: "POST",
        headers: {
          Host: new URL(ORIGIN).host,
          Authorization: `Bearer ${MANAGEMENT_TOKEN}`,
          "Content-Type": "application/json",
          "Idempotency-Key": key,
        },
      },
      (answer) => {
        let text = "";
        answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
        answer.on("end", () =>
          resolve({ status: answer.statusCode ?? 0, retryAfter: answer.headers["retry-after"], text }),
        );
      },
    );
    outgoing.on("error", reject);
    outgoing.end(JSON.stringify(token(key)));
  });
}

test("of 60 changes at once, what is more than it can is answered with 503 at once and not done; then all is as before", async () => {
  gateway = await startTestGateway({ maxRequests: 10 });
  const { app, database } = gateway;
  http = await listen({ host: "127.0.0.1", port: 0 });
  http.serve((request, connection) => app.hono.fetch(request, connection), { secure: false, log: silentLog });
  const { port } = http;
  const keys = Array.from({ length: 60 }, (_, index) => `overload-${String(index).padStart(10, "0")}`);
  // Somebody else writes to the database: what got in waits for that.
  const other = await database.openAgain();
  let release: () => void = () => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  let isHeld: () => void = () => undefined;
  const taken = new Promise<void>((resolve) => (isHeld = resolve));
  const holding = other.db.transaction().execute(async () => {
    isHeld();
    await held;
  });
  await taken;
  let early = 0;
  const answers = await Promise.all(
    keys.map(async (key) => {
      const answer = await post(port, key);
      // All that are turned away have heard so before the first of the others is done.
      if (answer.status === 503 && ++early === keys.length - 10) release();
      return answer;
    }),
  );
  await holding;
  await other.close();

  const shed = keys.filter((_, index) => answers[index]?.status === 503);
  const done = keys.filter((_, index) => answers[index]?.status === 200);
  expect([done.length, shed.length]).toEqual([10, 50]);
  for (const answer of answers.filter(({ status }) => status === 503)) {
    expect(answer.retryAfter).toBe("1");
    expect(problemSchema.parse(JSON.parse(answer.text))).toMatchObject({
      reason: "unavailable",
      message: expect.stringContaining("nothing was done"),
    });
  }
  // Nothing is wrong with the gateway: an overload is no flood of faults in the log.
  expect(gateway.logLines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  expect(gateway.logLines.filter((line) => line.includes('"status":503'))).toHaveLength(50);
  const descriptions = async () =>
    (await database.db.selectFrom("database_tokens").select("description").execute())
      .map(({ description }) => description)
      .sort();
  expect(await descriptions()).toEqual(done.toSorted());
  // Nothing is known of what was turned away: the same request with the same key is simply done, on the same connections.
  for (const key of shed.slice(0, 10)) expect((await post(port, key)).status).toBe(200);
  expect(await descriptions()).toHaveLength(20);
});

test("while it is late, only what ends something, says what became of something, or watches gets in", async () => {
  let lag = 0;
  const html = `<!doctype html>${START_DATA_PLACEHOLDER}`;
  gateway = await startTestGateway({ loopLag: () => lag, pages: { answer: async () => ({ html }) } });
  const { page, bearer, send, signIn } = gateway;
  const cookie = await signIn();
  const key = "settled-while-it-is-late";
  await bearer("POST", `${LONG}/tokens`, token("x"), { "Idempotency-Key": key });
  const pageText = async () => (await send("/", { headers: { Cookie: cookie } })).text();
  expect(await pageText()).toContain("signedIn");

  lag = MOST_LAG + 1;
  for (const [method, path] of [
    ["GET", `${LONG}/tokens`],
    ["POST", `${LONG}/tokens`],
    ["GET", "/api/session"],
  ] as const) {
    const answer = await bearer(method, path, method === "POST" ? token("y") : undefined);
    expect(answer.status, path).toBe(503);
    expect(answer.headers.get("Retry-After")).toBe("1");
  }
  expect(await pageText()).toBe("<!doctype html>");
  expect((await send("/healthz")).status).toBe(200);
  expect((await send("/readyz")).status).toBe(200);
  const settled = await bearer("POST", "/api/operations/settlement", { operationKey: key });
  expect(await settled.json()).toMatchObject({ state: "done" });
  expect((await page("DELETE", "/api/session", { cookie })).status).toBe(204);

  lag = 0;
  expect((await bearer("GET", `${LONG}/tokens`)).status).toBe(200);
});
