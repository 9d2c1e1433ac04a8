import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { databaseNameFault } from "#contract/database.ts";
import { problemSchema } from "#contract/problem.ts";
import { revokeRunSchema } from "#contract/revoke-run.ts";
import { hostileUnicode, unstorable } from "#e2e/hostile-unicode.ts";
import { scriptPayloads } from "#e2e/script-payloads.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { createdBy, MANAGEMENT, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import { answering, startHostileServer } from "#server/hostile-server-for-tests.ts";
import { clusterBehind, type ClusterBehind } from "./cluster-behind.ts";

const listed = z.array(
  z.looseObject({
    id: z.string(),
    description: z.string(),
    permissions: z.optional(z.array(z.record(z.string(), z.unknown()))),
  }),
);
const isOneLine = (line: string) => /^[\x20-\x7e]+\n$/.test(line);

describeOnEachEngine("18. Over 100 hostile texts in every field", (engine) => {
  let gateway: TestGateway;
  beforeEach(async () => {
    gateway = await startTestGateway({ engine, mutationRate: 1_000_000 });
  });
  afterEach(() => gateway.close());

  const list = async (path: string) => listed.parse(await (await gateway.bearer("GET", path)).json());
  const fieldOf = async (answer: Response) => {
    const { field, message } = problemSchema.parse(await answer.json());
    return [answer.status, field, message.length > 20];
  };

  test("are kept as they are: descriptions, permissions and fields that nobody knows", async () => {
    expect(new Set(hostileUnicode).size).toBeGreaterThan(100);
    expect(hostileUnicode.length).toBe(new Set(hostileUnicode).size);
    const wanted = new Map<string, object>();
    for (const text of hostileUnicode) {
      const short = text.length > 0 && text.length <= 64 ? text : "short";
      const permission = { action: text === "" ? "read" : text, resource: short, resourceType: text };
      // An own field of this name would be another object's prototype: it is dropped, as a test of its own says.
      const named = text === "__proto__" ? permission : { ...permission, [`x${text}`]: text };
      const made = await gateway.bearer("POST", "/api/v0/tokens", {
        description: text,
        permissions: [named],
      });
      expect([text, made.status]).toEqual([text, 200]);
      wanted.set((await createdBy(made)).id, { description: text, permissions: [named] });
    }
    const tokens = await list("/api/v0/tokens");
    expect(
      new Map(tokens.map(({ id, description, permissions }) => [id, { description, permissions }])),
    ).toEqual(wanted);
    expect(gateway.logLines.filter((line) => !isOneLine(line))).toEqual([]);
  });

  test("are kept as they are: changed descriptions, the history, management tokens, rotations, runs", async () => {
    const { id } = await createdBy(await gateway.bearer("POST", "/api/v0/tokens", { description: "first" }));
    const runs = hostileUnicode.map((text) => ({
      tokenId: text.slice(0, 100) || "x",
      description: text.slice(0, 200),
    }));
    const well = runs.filter(({ description, tokenId }) => (description + tokenId).isWellFormed());
    const tokens = [
      ...new Map(well.map((one) => [one.tokenId.toLowerCase().normalize("NFKC"), one])).values(),
    ];
    const run = await gateway.bearer("POST", "/api/clusters/own/revoke-runs", { kind: "database", tokens });
    expect([run.status, tokens.length > 100]).toEqual([200, true]);
    const { id: runId } = z.object({ id: z.string() }).parse(await run.json());
    const kept = await (await gateway.bearer("GET", `/api/clusters/own/revoke-runs/${runId}`)).json();
    expect(revokeRunSchema.parse(kept).items).toMatchObject(tokens);

    // Some of each family: whatever has a text, keeps it as the descriptions above are kept.
    const some = hostileUnicode.filter((_text, place) => place % 9 === 0);
    for (const description of some) {
      const changed = await gateway.bearer("PATCH", `/api/v0/tokens/${id}`, { description });
      expect([description, changed.status, await changed.json()]).toMatchObject([
        description,
        200,
        { description },
      ]);
      const rotation = await gateway.bearer("POST", "/api/clusters/own/rotations", {
        kind: "database",
        tokenId: (await createdBy(await gateway.bearer("POST", "/api/v0/tokens", { description }))).id,
        description,
      });
      expect([description, rotation.status, await rotation.json()]).toMatchObject([
        description,
        200,
        { rotation: { oldDescription: description, newDescription: description } },
      ]);
      const management = await gateway.bearer("POST", MANAGEMENT, { description });
      expect([description, management.status]).toEqual([description, 200]);
    }
    const descriptions = new Set((await list(MANAGEMENT)).map(({ description }) => description));
    expect(some.filter((text) => !descriptions.has(text))).toEqual([]);
    const history = await (await gateway.bearer("GET", `/api/v0/tokens/${id}/history`)).text();
    for (const text of some.filter(({ length }) => length < 200)) {
      expect(history).toContain(JSON.stringify(text));
    }
    expect(gateway.logLines.filter((line) => !isOneLine(line))).toEqual([]);
  });

  test("are names of databases that can be listed and deleted, or are refused with a reason", async () => {
    const kept: string[] = [];
    for (const name of hostileUnicode) {
      const made = await gateway.bearer("POST", "/api/v0/databases", { name });
      if (name === "" || Array.from(name).length > 64 || databaseNameFault(name) !== undefined) {
        expect([name, ...(await fieldOf(made))]).toEqual([name, 400, "name", true]);
        continue;
      }
      expect([name, made.status]).toEqual([name, 200]);
      kept.push(name);
    }
    expect(kept.length).toBeGreaterThan(80);
    const names = async () =>
      z
        .array(z.object({ name: z.string() }))
        .parse(await (await gateway.bearer("GET", "/api/v0/databases")).json())
        .map(({ name }) => name);
    expect((await names()).sort()).toEqual([...kept].sort());
    for (const name of kept) {
      const path = `/api/v0/databases/${encodeURIComponent(name)}`;
      expect([name, (await gateway.bearer("DELETE", path)).status]).toEqual([name, 204]);
    }
    expect(await names()).toEqual([]);
  });

  test("are refused with a reason where no store keeps them, and nothing is made", async () => {
    for (const text of unstorable) {
      const places: [string, unknown, string][] = [
        ["/api/v0/tokens", { description: text }, "description"],
        [
          "/api/v0/tokens",
          { description: "x", permissions: [{ action: text, resource: "x" }] },
          "permissions[0].action",
        ],
        [
          "/api/v0/tokens",
          { description: "x", permissions: [{ action: "read", resource: text }] },
          "permissions[0].resource",
        ],
        [
          "/api/v0/tokens",
          { description: "x", permissions: [{ action: "read", resource: "x", own: [text] }] },
          "permissions[0].own[0]",
        ],
        [MANAGEMENT, { description: text }, "description"],
        ["/api/v0/databases", { name: text }, "name"],
        ["/api/clusters/own/rotations", { kind: "database", tokenId: text, description: "x" }, "tokenId"],
        [
          "/api/clusters/own/revoke-runs",
          { kind: "database", tokens: [{ tokenId: "x", description: text }] },
          "tokens[0].description",
        ],
      ];
      for (const [path, body, field] of places) {
        const answer = await gateway.bearer("POST", path, body);
        expect([path, text, ...(await fieldOf(answer))]).toEqual([path, text, 400, field, true]);
      }
    }
    expect(await list("/api/v0/tokens")).toEqual([]);
    expect(await list(MANAGEMENT)).toHaveLength(1);
  });
});

test("18. over 200 hostile texts as an InfluxDB's own words come back as data, whatever they are", async () => {
  const upstream = await startHostileServer();
  let behind: ClusterBehind | undefined;
  const gateway = await startTestGateway({
    clustersOf: async (_own, database, clock) => {
      behind = clusterBehind({ url: upstream.url, product: "clustered", token: "unused" }, database, clock);
      return [{ ...behind.entry, cluster: { ...behind.entry.cluster, isDefault: true } }];
    },
  });
  for (const text of [...hostileUnicode, ...unstorable, ...scriptPayloads]) {
    upstream.handle = (request, response) => {
      const isCheck = request.url?.endsWith("/databases") === true;
      answering(isCheck ? 200 : 400, isCheck ? [] : { code: 400, message: text })(request, response);
    };
    const answer = await gateway.bearer("GET", "/api/v0/tokens");
    expect([answer.status, answer.headers.get("Content-Type")]).toEqual([
      400,
      "application/json; charset=utf-8",
    ]);
    const said = problemSchema.parse(await answer.json());
    // Cut to 2 kB; without a word in it there is nothing to pass on, and half a character is none.
    // Very many a's are as good as the hash of a token.
    const safe = text.toWellFormed().replace(/a{64,}/g, "[token]");
    const whole = text.trim() === "" ? undefined : safe;
    const isWhole = Buffer.byteLength(safe) < 2000;
    if (isWhole) expect([text, said.upstream?.message]).toEqual([text, whole]);
    else expect(whole?.startsWith(said.upstream?.message.slice(0, 600) ?? "-")).toBe(true);
    expect(Buffer.byteLength(said.upstream?.message ?? "")).toBeLessThan(2100);
    // Our own words have none of theirs.
    expect(said.message).toMatch(/^“A cluster of clustered” refused the request/);
  }
  expect(gateway.logLines.filter((line) => !isOneLine(line))).toEqual([]);
  await gateway.close();
  await behind?.close();
  await upstream.close();
});
