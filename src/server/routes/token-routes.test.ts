import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { suspensionSchema } from "#contract/suspension.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { createdBy, LONG, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";

const ABSENT = "aaaaaaaa-2222-4333-8444-555555555555";
let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway.close());
beforeEach(() => gateway.pass(60_000));

const problemOf = async (answer: Response) => problemSchema.parse(await answer.json());

test("wrong input is 400 and names the field", async () => {
  const cases: [unknown, string | undefined][] = [
    ["not json", undefined],
    ["[]", undefined],
    [{}, "description"],
    [{ description: 1 }, "description"],
    [{ description: "a\u0000b" }, "description"],
    [{ description: "x", unknown: ["\u0000"] }, "unknown[0]"],
    ['{"description":"\\ud800"}', "description"],
    [{ description: "x", expiresAt: "tomorrow" }, "expiresAt"],
    // Tokens of this cluster belong to none.
    [{ description: "x", organizationId: "0123456789abcdef" }, "organizationId"],
    [{ description: "x", permissions: [{ action: "read" }] }, "permissions[0].resource"],
    [
      { description: "x", permissions: [{ action: "read", resource: "r".repeat(65) }] },
      "permissions[0].resource",
    ],
  ];
  for (const [body, field] of cases) {
    const answer = await gateway.bearer("POST", "/api/v0/tokens", body);
    const problem = await problemOf(answer);
    expect([answer.status, problem.code, problem.field]).toEqual([400, 400, field]);
    if (field !== undefined) expect(problem.message).toContain(field);
  }
  const patch = await gateway.bearer("PATCH", `/api/v0/tokens/${ABSENT}`, {});
  expect([patch.status, (await problemOf(patch)).message]).toEqual([
    400,
    "The body must have a description, permissions, or both.",
  ]);
});

test("tokens: create, read with an entity tag, update, revoke, on both addresses", async () => {
  const permissions = [{ action: "read", resource: "db", note: "kept" }];
  const created = await gateway.bearer("POST", `${LONG}/tokens`, {
    description: "life",
    permissions,
    other: 1,
  });
  const token = await createdBy(created);
  expect(created.status).toBe(200);
  expect(token).toMatchObject({ description: "life", permissions, accountId: LONG.split("/")[4] });
  expect(token.accessToken).toMatch(/^apiv1_.{58}/);
  expect(token).not.toHaveProperty("other");

  const short = await gateway.bearer("GET", `/api/v0/tokens/${token.id}`);
  const shown: unknown = await short.json();
  expect(shown).not.toHaveProperty("accountId");
  expect(shown).not.toHaveProperty("clusterId");
  expect(shown).not.toHaveProperty("accessToken");

  const cookie = await gateway.signIn();
  const body = { description: "renamed" };
  const patch = (headers?: Record<string, string>) =>
    gateway.page("PATCH", `/api/v0/tokens/${token.id}`, { cookie, body, ...(headers ? { headers } : {}) });
  const blind = await patch();
  expect([blind.status, (await problemOf(blind)).reason]).toEqual([428, "precondition_required"]);
  const stale = await patch({ "If-Match": '"old"' });
  expect([stale.status, (await problemOf(stale)).reason]).toEqual([412, "precondition_failed"]);
  const saved = await patch({ "If-Match": short.headers.get("ETag") ?? "" });
  expect([saved.status, await saved.json()]).toMatchObject([200, { description: "renamed", permissions }]);

  expect((await gateway.bearer("DELETE", `${LONG}/tokens/${token.id}`)).status).toBe(204);
  expect((await gateway.bearer("DELETE", `${LONG}/tokens/${token.id}`)).status).toBe(404);
  expect((await gateway.bearer("PATCH", `${LONG}/tokens/${token.id}`, body)).status).toBe(409);
});

test("suspension: a session says what it saw, the answers have the new tag, both addresses see the same", async () => {
  const permissions = [{ action: "write", resource: "ci" }];
  const { id } = await createdBy(
    await gateway.bearer("POST", `${LONG}/tokens`, { description: "to suspend", permissions }),
  );
  const cookie = await gateway.signIn();
  const tagOf = async (of = "") =>
    (await gateway.bearer("GET", `/api/v0/tokens/${id}${of}`)).headers.get("ETag") ?? "";
  const seen = await tagOf();
  for (const [method, ifMatch, status, path] of [
    ["DELETE", seen, 404, "/api/v0"],
    ["POST", undefined, 428, LONG],
    ["POST", '"old"', 412, LONG],
    ["POST", seen, 200, LONG],
    ["POST", seen, 409, LONG],
    ["DELETE", undefined, 428, "/api/v0"],
    ["DELETE", seen, 412, "/api/v0"],
    ["DELETE", "the token's", 412, "/api/v0"],
    ["DELETE", "the suspension's", 200, "/api/v0"],
  ] as const) {
    const tags = { "the token's": "", "the suspension's": "/suspension" } as const;
    const isTag = ifMatch === "the token's" || ifMatch === "the suspension's";
    const given = isTag ? await tagOf(tags[ifMatch]) : ifMatch;
    const headers = given === undefined ? {} : { "If-Match": given };
    const answer = await gateway.page(method, `${path}/tokens/${id}/suspension`, { cookie, headers });
    expect([method, ifMatch, answer.status]).toEqual([method, ifMatch, status]);
    const kept = await gateway.bearer("GET", `/api/v0/tokens/${id}/suspension`);
    if (status !== 200) continue;
    const token = tokenSchema.parse(await answer.json());
    expect(answer.headers.get("ETag")).toBe(await tagOf());
    if (method === "POST") {
      expect(token).toMatchObject({ permissions: [], suspendedBy: "Operator (sign-in link)" });
      const { suspendedAt, suspendedBy } = token;
      expect(suspensionSchema.parse(await kept.json())).toEqual({ suspendedAt, suspendedBy, permissions });
    } else {
      expect(token).toMatchObject({ permissions });
      for (const field of ["suspendedAt", "accountId", "clusterId"]) expect(token).not.toHaveProperty(field);
      expect([answer.headers.get("ETag"), kept.status]).toEqual([seen, 404]);
    }
  }
  // A plain client may go without.
  const plain = (method: string) => gateway.bearer(method, `/api/v0/tokens/${id}/suspension`);
  expect([(await plain("POST")).status, (await plain("DELETE")).status]).toEqual([200, 200]);
});
