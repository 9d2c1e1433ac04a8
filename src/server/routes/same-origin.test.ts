import { afterAll, beforeAll, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { createdBy, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { isMutation } from "./route.ts";

const ID = "aaaaaaaa-2222-4333-8444-555555555555";
let gateway: TestGateway;
beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());

const MARKS = { "Sec-Fetch-Site": "same-origin", "X-Tokenward-Request": "interactive" };
const withoutMarks: Record<string, Record<string, string>> = {
  none: {},
  "the header alone": { "X-Tokenward-Request": "interactive" },
  "the browser's word alone": { "Sec-Fetch-Site": "same-origin" },
  "another site": { ...MARKS, "Sec-Fetch-Site": "cross-site" },
  "a sibling's site": { ...MARKS, "Sec-Fetch-Site": "same-site" },
  "another origin": { ...MARKS, Origin: "https://elsewhere.example" },
  "a form": { ...MARKS, "Content-Type": "text/plain" },
};

test("9. no change that there is goes through from a session unless our own pages sent it", async () => {
  // Every registered route: whoever adds one adds it here.
  const routes = gateway.app.hono.routes.filter(({ method }) => method !== "ALL" && isMutation(method));
  const changes = new Set(routes.map(({ method, path }) => `${method} ${path}`));
  expect(changes.size).toBeGreaterThan(20);
  const cookie = await gateway.signIn();
  for (const change of changes) {
    const [method = "", path = ""] = change.split(" ");
    for (const [name, marks] of Object.entries(withoutMarks)) {
      const answer = await gateway.send(path.replace(/:\w+/g, ID), {
        method,
        headers: {
          Cookie: cookie,
          "Content-Type": "application/json",
          "Idempotency-Key": crypto.randomUUID(),
          "If-Match": "*",
          ...marks,
        },
        body: "{}",
      });
      const { reason } = problemSchema.parse(await answer.json());
      expect([change, name, answer.status, reason]).toEqual([change, name, 403, "cross_site"]);
    }
  }
  // The session is a good one, and with the marks the same requests get further.
  expect((await gateway.page("GET", "/api/v0/tokens", { cookie })).status).toBe(200);
});

test("9. reading changes nothing: neither what is kept nor for how long", async () => {
  const cookie = await gateway.signIn();
  const made = await createdBy(await gateway.bearer("POST", "/api/v0/tokens", { description: "kept" }));
  await gateway.bearer("POST", `/api/v0/tokens/${made.id}/suspension`);
  const reads = gateway.app.hono.routes.filter(({ method, path }) => method === "GET" && path !== "/*");
  expect(reads.length).toBeGreaterThan(15);
  const before = await gateway.database.bytes();
  gateway.pass(60_000);
  // What a link in a message, or a picture on another site, can make a browser ask for.
  for (const { path } of reads) {
    for (const method of ["GET", "HEAD"]) {
      const answer = await gateway.send(`${path.replace(/:\w+/g, made.id)}?_method=DELETE&code=x&revoke=1`, {
        method,
        headers: { Cookie: cookie, "Sec-Fetch-Site": "cross-site" },
      });
      expect([path, answer.status < 500]).toEqual([path, true]);
      await answer.arrayBuffer();
    }
  }
  expect((await gateway.database.bytes()).equals(before)).toBe(true);
});
