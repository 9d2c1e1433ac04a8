import { setImmediate as nextTurn } from "node:timers/promises";
import { randomUUID } from "node:crypto";
import fc from "fast-check";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tokenChangesSchema } from "#contract/list-changes-schema.ts";
import type { Token } from "#contract/token.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import { describeOnEachEngine, type TestDatabase } from "#server/database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID, setUpOwnCluster } from "#server/database/own-cluster-setup.ts";
import { unpackBlock, type ListBlock } from "#server/lists/list-block.ts";
import { createListCache } from "#server/lists/list-cache.ts";
import { answerText, readAllTokens } from "./list-for-tests.ts";
import { createOwnCluster } from "./own-cluster.ts";
import { TOKEN_COLUMNS, toToken } from "./own-cluster-rows.ts";
import type { CallContext, ListAnswer, ListForm, RowForm, TokenService } from "./token-service.ts";

const cluster = { accountId: ACCOUNT_ID, clusterId: CLUSTER_ID };
const FIRST = "first-management-token-for-these-tests";
const NOW = Date.parse("2026-03-01T12:00:00.000Z");
const clock = () => NOW;
const context: CallContext = {
  credential: { kind: "operator" },
  actor: { kind: "link", label: "Operator (sign-in link)" },
  signal: new AbortController().signal,
};
const ROOM = { timeout: 60_000 };

const text = fc
  .string({
    unit: fc.oneof(
      fc.constantFrom('"', "\\", "\n", "\u007f", "\u2028", "é", "🏭"),
      fc.string({ unit: "binary", minLength: 1, maxLength: 1 }),
    ),
    maxLength: 30,
  })
  .filter((value) => !value.includes("\u0000"));
const instant = fc.constantFrom("2030-01-31T12:00:00Z", "2030-01-31t12:00:00.123456+05:30");
const tokenParts = fc.record(
  {
    description: text,
    permissions: fc.array(
      fc.record({ action: text.map((word) => `a${word}`), resource: fc.constant("x"), note: text }),
    ),
    expiresAt: instant,
    revokedAt: instant,
    suspendedAt: instant,
    suspendedBy: text,
  },
  { requiredKeys: ["description", "permissions"] },
);

const row = (index: number, description = `token ${index}`): Token => ({
  id: `${index.toString(16).padStart(8, "0")}-0000-4000-8000-000000000000`,
  description,
  permissions: [{ action: "read", resource: "db" }],
  createdAt: "2026-01-01T00:00:00.000Z",
});

describeOnEachEngine("The token lists of the own cluster", (engine) => {
  let database: TestDatabase;
  let service: TokenService;

  const serviceOver = (opened: OpenDatabase) =>
    createOwnCluster({ database: opened, clock, cluster, listCache: createListCache() });
  const setUp = (importTokens?: Token[]) =>
    setUpOwnCluster({ db: database.db, clock, sample: false, firstManagementToken: FIRST, importTokens });
  const create = (description = "new") => service.createToken(context, { description, permissions: [] });
  const read = (request: { held?: string[]; acceptsChanges?: boolean; form?: ListForm } = {}) =>
    service.readTokenList(context, {
      form: request.form ?? "with_cluster",
      held: request.held ?? [],
      acceptsChanges: request.acceptsChanges ?? false,
    });
  const changesSince = (tag: string) => read({ held: [tag], acceptsChanges: true });
  const changesIn = async (answer: ListAnswer) => {
    expect(answer.kind).toBe("changes");
    return tokenChangesSchema.parse(JSON.parse(await answerText(answer)));
  };
  async function blocksOf(answer: ListAnswer): Promise<ListBlock[]> {
    if (answer.kind === "unchanged") throw new Error("nothing was answered");
    const blocks: ListBlock[] = [];
    for await (const block of answer.text.blocks()) blocks.push(block);
    return blocks;
  }
  /** The list as it was made before there were blocks: every row as an object. */
  async function plainList(form: RowForm = "with_cluster"): Promise<string> {
    const rows = await database.db
      .selectFrom("database_tokens")
      .select(TOKEN_COLUMNS)
      .orderBy("id")
      .execute();
    const tokens = rows.map((stored) => {
      const { accountId, clusterId, ...token } = toToken(cluster, stored);
      return form === "with_cluster" ? { accountId, clusterId, ...token } : token;
    });
    return JSON.stringify(tokens);
  }

  beforeEach(async () => {
    database = await engine.open();
    service = serviceOver(database);
  });
  afterEach(() => database.close());

  it("is byte for byte what JSON.stringify makes of the tokens, whatever their texts", ROOM, async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(tokenParts, { maxLength: 12 }), async (parts) => {
        await database.db.deleteFrom("management_tokens").execute();
        await database.db.deleteFrom("database_tokens").execute();
        await setUp(parts.map((part, index) => ({ ...row(index * 7919), ...part })));
        for (const [index, part] of parts.entries()) {
          await database.db
            .updateTable("database_tokens")
            .set({ suspended_at: part.suspendedAt ?? null, suspended_by: part.suspendedBy ?? null })
            .where("id", "=", row(index * 7919).id)
            .execute();
        }
        // Rows are never deleted but by this test: nothing that was kept may be used.
        service = serviceOver(database);
        for (const form of ["with_cluster", "without_cluster"] as const) {
          expect(await answerText(await read({ form }))).toBe(await plainList(form));
        }
        const plain: unknown = JSON.parse(await plainList("without_cluster"));
        expect(await readAllTokens(service, context, "columns")).toEqual(plain);
      }),
      { numRuns: 25 },
    );
  });

  it("says unchanged to who holds the list, and nobody else", async () => {
    await setUp([row(1)]);
    const { tag } = await read();
    expect(await read({ held: ['"x"', tag] })).toEqual({ kind: "unchanged", tag });
    expect(await read({ held: ["*"] })).toEqual({ kind: "unchanged", tag });
    await create();
    const after = await read({ held: [tag] });
    expect(after.kind).toBe("whole");
    expect(after.tag).not.toBe(tag);
    expect((await read({ held: [after.tag.replace(/^"./, '"x')] })).kind).toBe("whole");
  });

  it("answers what changed: made, updated, suspended, restored and revoked, each once and whole", async () => {
    await setUp([row(1), row(2), row(3), row(4), row(5)]);
    await service.suspendToken(context, row(5).id, undefined);
    const { tag } = await read();
    const made = await create("made");
    await service.updateToken(context, row(1).id, { description: "once" }, undefined);
    await service.updateToken(context, row(1).id, { permissions: [] }, undefined);
    await service.revokeToken(context, row(2).id);
    await service.suspendToken(context, row(4).id, undefined);
    await service.restoreToken(context, row(5).id, undefined);
    const answer = await changesSince(tag);
    const { changed, removed } = await changesIn(answer);
    const expected = await Promise.all(
      [row(1).id, row(2).id, row(4).id, row(5).id, made.id].map((id) => service.getToken(context, id)),
    );
    const byId = (a: Token, b: Token) => (a.id < b.id ? -1 : 1);
    expect(changed.sort(byId)).toEqual(expected.sort(byId));
    expect(removed).toEqual([]);
    expect(answer).toMatchObject({ base: tag, tag: (await read()).tag });
    const short = await service.readTokenList(context, {
      form: "without_cluster",
      held: [tag],
      acceptsChanges: true,
    });
    for (const token of (await changesIn(short)).changed) expect(token).not.toHaveProperty("clusterId");
    // What was refused has changed nothing.
    await service.revokeToken(context, row(2).id).catch(() => undefined);
    expect((await changesSince(answer.tag)).kind).toBe("unchanged");
  });

  it("answers changes from any state that it had, also when every row of that state changed again", async () => {
    await setUp([row(1)]);
    const tags: string[] = [];
    for (let step = 0; step < 4; step++) {
      tags.push((await read()).tag);
      await service.updateToken(context, row(1).id, { description: `step ${step}` }, undefined);
    }
    for (const tag of tags) {
      expect((await changesIn(await changesSince(tag))).changed).toMatchObject([{ description: "step 3" }]);
    }
  });

  it("gives the whole list for a tag that it never gave out, in this database or another one", async () => {
    await setUp([row(1)]);
    const { tag } = await read();
    await create();
    const version = Number.parseInt(/-([0-9a-z]+)"$/.exec(tag)?.[1] ?? "", 36);
    const epoch = tag.replace(/-[0-9a-z]+"$/, "");
    const strangers = [
      `${epoch}-${(version - 1).toString(36)}"`,
      `${epoch}-${(version + 5000).toString(36)}"`,
      tag.replace(/^"./, tag.startsWith('"a') ? '"b' : '"a'),
      '"',
      "",
      `"${randomUUID()}"`,
    ];
    for (const stranger of strangers) expect((await changesSince(stranger)).kind, stranger).toBe("whole");
    expect((await changesSince(tag)).kind).toBe("changes");
  });

  it("gives the whole list after the restore of a backup, from memory too", async () => {
    await setUp([row(1), row(2)]);
    const { db } = database;
    const backup = await db.selectFrom("clusters").select("list_version").executeTakeFirstOrThrow();
    await service.revokeToken(context, row(1).id);
    const { tag } = await read();
    expect(await answerText(await read())).toContain("revokedAt");

    await db.updateTable("clusters").set(backup).execute();
    await db.updateTable("database_tokens").set({ revoked_at: null, version: backup.list_version }).execute();
    await db.deleteFrom("token_list_versions").where("version", ">", backup.list_version).execute();
    expect(await answerText(await read())).not.toContain("revokedAt");
    const later = createOwnCluster({
      database,
      clock: () => NOW + 60_000,
      cluster,
      listCache: createListCache(),
    });
    await later.revokeToken(context, row(2).id);

    // The rows with a later version are not all that differs from what was taken back.
    const answer = await changesSince(tag);
    expect([answer.kind, await answerText(answer)]).toEqual(["whole", await plainList()]);
  });

  it("reads and packs again only the blocks whose rows changed", ROOM, async () => {
    await setUp(Array.from({ length: 3500 }, (_, index) => row(index)));
    const before = await blocksOf(await read());
    expect(before).toHaveLength(4);
    expect((await blocksOf(await read())).every((block, index) => block === before[index])).toBe(true);
    await service.revokeToken(context, row(1999).id);
    await service.updateToken(context, row(3499).id, { description: "x" }, undefined);
    const answer = await read();
    const after = await blocksOf(answer);
    expect(after.map((block, index) => block === before[index])).toEqual([true, false, true, false]);
    expect(await answerText(await read())).toBe(await plainList());
  });

  it("has it in columns too: where it ends is told by lines, and blocks are used again", ROOM, async () => {
    await setUp(Array.from({ length: 2500 }, (_, index) => row(index)));
    const first = await read({ form: "columns" });
    const text = await answerText(first);
    expect(text.split(",\n")).toHaveLength(25);
    expect([text.slice(0, 3), text.slice(-2)]).toEqual(["[\n{", "}]"]);
    const before = await blocksOf(first);
    await service.updateToken(context, row(1500).id, { description: "東京" }, undefined);
    await service.suspendToken(context, row(1501).id, undefined);
    const after = await blocksOf(await read({ form: "columns" }));
    expect(after.map((block, index) => block === before[index])).toEqual([true, false, true]);
    const plain: unknown = JSON.parse(await plainList("without_cluster"));
    expect(await readAllTokens(service, context, "columns")).toEqual(plain);
    // What changed is told in rows.
    const changes = await read({ form: "columns", held: [first.tag], acceptsChanges: true });
    const { changed } = await changesIn(changes);
    expect(changed.map(({ id }) => id).sort()).toEqual([row(1500).id, row(1501).id]);
    for (const token of changed) expect(token).not.toHaveProperty("clusterId");
  });

  it("stays the plain list while it grows anywhere, and divides what has grown", ROOM, async () => {
    await setUp(Array.from({ length: 1200 }, (_, index) => row(index * 10_000)));
    await answerText(await read());
    const insert = (tokens: Token[]) =>
      database.db.transaction().execute(async (transaction) => {
        const { list_version } = await transaction
          .updateTable("clusters")
          .set((set) => ({ list_version: set("list_version", "+", 1) }))
          .returning("list_version")
          .executeTakeFirstOrThrow();
        await transaction
          .insertInto("token_list_versions")
          .values({ cluster_id: CLUSTER_ID, version: list_version })
          .execute();
        await transaction
          .insertInto("database_tokens")
          .values(
            tokens.map(({ id, description, createdAt }) => ({
              id,
              description,
              permissions: "[]",
              created_at: createdAt,
              cluster_id: CLUSTER_ID,
              version: list_version,
            })),
          )
          .execute();
      });
    // Into the middle of a block, before the first row, and after the last one.
    for (const start of [5_000_001, 1, 12_000_000]) {
      for (let batch = 0; batch < 3; batch++) {
        await insert(Array.from({ length: 400 }, (_, index) => row(start + batch * 400 + index)));
        expect(await answerText(await read())).toBe(await plainList());
      }
    }
    const rows = (await blocksOf(await read())).map(async (block) => {
      const text = Buffer.from(await unpackBlock(block)).toString();
      return text.split('"createdAt"').length - 1;
    });
    const sizes = await Promise.all(rows);
    expect(Math.max(...sizes)).toBeLessThanOrEqual(1500);
    expect(Math.min(...sizes)).toBeGreaterThanOrEqual(500);
  });

  it(
    "shows one snapshot to who began before a change, and the change to who came after it",
    ROOM,
    async () => {
      await setUp(Array.from({ length: 6000 }, (_, index) => row(index)));
      const before = await plainList();
      const early = await read();
      if (early.kind !== "whole") throw new Error("the list is whole");
      const blocks = early.text.blocks();
      await blocks.next();
      await service.revokeToken(context, row(5999).id);
      const late = await read();
      expect(await answerText(late)).toBe(await plainList());
      expect(await answerText(early)).toBe(before);
      expect(late.tag).not.toBe(early.tag);
    },
  );

  it("gives everybody who asks at once the same, and a full one", ROOM, async () => {
    await setUp(Array.from({ length: 3000 }, (_, index) => row(index)));
    const texts = await Promise.all(Array.from({ length: 10 }, async () => answerText(await read())));
    expect(new Set(texts)).toEqual(new Set([await plainList()]));
  });

  it("shows on every gateway what another one has just answered as done", ROOM, async () => {
    await setUp(Array.from({ length: 1500 }, (_, index) => row(index)));
    const again = await database.openAgain();
    const other = serviceOver(again);
    let { tag } = await read();
    await readAllTokens(other, context);
    for (let round = 0; round < 10; round++) {
      await (round % 2 === 0 ? service : other).revokeToken(context, row(round * 100).id);
      const reader = round % 2 === 0 ? other : service;
      const answer = await reader.readTokenList(context, {
        form: "with_cluster",
        held: [tag],
        acceptsChanges: true,
      });
      expect((await changesIn(answer)).changed.map(({ id }) => id)).toEqual([row(round * 100).id]);
      expect(
        (await readAllTokens(reader, context)).find(({ id }) => id === row(round * 100).id),
      ).toHaveProperty("revokedAt");
      ({ tag } = answer);
    }
    await again.close();
  });

  it("loses no change to who follows them while two gateways write at once", ROOM, async () => {
    await setUp([]);
    const again = await database.openAgain();
    const other = serviceOver(again);
    const first = await read();
    const held = new Map<string, Token>();
    let { tag } = first;
    const follow = async () => {
      const answer = await changesSince(tag);
      if (answer.kind === "unchanged") return;
      for (const token of (await changesIn(answer)).changed) held.set(token.id, token);
      ({ tag } = answer);
    };
    const write = async (gateway: TokenService) => {
      for (let round = 0; round < 40; round++) {
        const { id } = await gateway.createToken(context, { description: `${round}`, permissions: [] });
        if (round % 3 === 0) await gateway.revokeToken(context, id);
      }
    };
    const writing = Promise.all([write(service), write(other), write(service)]);
    const followed = (async () => {
      while (held.size < 120) {
        await follow();
        // As those who ask over a network do; a reader of a file that never lets go would keep the commits waiting.
        await nextTurn();
      }
    })();
    await Promise.all([writing, followed]);
    await follow();
    const byId = (a: Token, b: Token) => (a.id < b.id ? -1 : 1);
    expect([...held.values()].sort(byId)).toEqual((await readAllTokens(service, context)).sort(byId));
    expect(held.size).toBe(120);
    await again.close();
  });

  it("gives the whole list when too much changed", ROOM, async () => {
    await setUp(Array.from({ length: 2500 }, (_, index) => row(index)));
    const { tag } = await read();
    const bump = (limit: number) =>
      database.db
        .updateTable("database_tokens")
        .set({ version: NOW + 10 })
        .where("id", "<", row(limit).id)
        .execute();
    await create();
    await bump(1999);
    expect((await changesIn(await changesSince(tag))).changed).toHaveLength(2000);
    await bump(2000);
    expect((await changesSince(tag)).kind).toBe("whole");
  });
});
