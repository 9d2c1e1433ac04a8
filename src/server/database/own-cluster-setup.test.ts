import { randomUUID } from "node:crypto";
import { InsertQueryNode, ValuesNode } from "kysely";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tokenStatus } from "#contract/token.ts";
import { createListCache } from "#server/lists/list-cache.ts";
import { readAllTokens } from "#server/services/list-for-tests.ts";
import { createOwnCluster } from "#server/services/own-cluster.ts";
import type { CallContext } from "#server/services/token-service.ts";
import { hashSecret } from "#server/secrets.ts";
import { StartError } from "#server/start-error.ts";
import { describeOnEachEngine, type TestDatabase } from "./engines-for-tests.ts";
import {
  ACCOUNT_ID,
  CLUSTER_ID,
  CLUSTER_SLUG,
  setUpOwnCluster,
  type SetUpOptions,
} from "./own-cluster-setup.ts";
import { sampleData } from "./sample-data.ts";
import type { Tables } from "./schema.ts";

const NOW = Date.parse("2026-03-01T12:34:56.789Z");
const GIVEN = "given-management-token-0123456789abcdef";
const clock = () => NOW;
const context: CallContext = {
  credential: { kind: "operator" },
  actor: { kind: "link", label: "Operator" },
  signal: new AbortController().signal,
};

describeOnEachEngine("setUpOwnCluster", (engine) => {
  let database: TestDatabase;
  beforeEach(async () => {
    database = await engine.open();
  });
  afterEach(() => database.close());

  const keepNothing = async () => {};
  const setUp = (options: Partial<SetUpOptions> = {}) =>
    setUpOwnCluster({
      db: database.db,
      clock,
      sample: false,
      keepManagementToken: keepNothing,
      ...options,
    });
  const service = () =>
    createOwnCluster({
      database,
      clock,
      cluster: { accountId: ACCOUNT_ID, clusterId: CLUSTER_ID },
      listCache: createListCache(),
    });
  const rows = (table: keyof Tables) => database.db.selectFrom(table).selectAll().execute();
  const hashes = async (table: "database_tokens" | "management_tokens") =>
    (await database.db.selectFrom(table).select("secret_hash").execute()).map(
      ({ secret_hash }) => secret_hash,
    );
  const counts = async () => ({
    clusters: (await rows("clusters")).length,
    databases: (await rows("databases")).length,
    tokens: (await rows("database_tokens")).length,
    managementTokens: (await rows("management_tokens")).length,
  });

  it("makes an empty cluster with one management token, whose secret it hands over to be kept", async () => {
    const kept: string[] = [];
    const { created } = await setUp({
      async keepManagementToken(secret) {
        kept.push(secret);
      },
    });
    expect(created).toBe(true);
    expect(kept).toHaveLength(1);
    expect(await counts()).toEqual({ clusters: 1, databases: 0, tokens: 0, managementTokens: 1 });
    expect(await rows("clusters")).toMatchObject([
      { id: CLUSTER_ID, account_id: ACCOUNT_ID, slug: CLUSTER_SLUG, is_default: 1 },
    ]);
    const actor = await service().authenticate({ kind: "management_token", secret: kept[0] ?? "" });
    expect(actor.label).toBe("First management token");
  });

  it("commits only after the secret is kept, and makes nothing when it cannot be", async () => {
    const other = await database.openAgain();
    const seenBefore: number[] = [];
    const failing = setUp({
      async keepManagementToken() {
        seenBefore.push((await other.db.selectFrom("clusters").selectAll().execute()).length);
        throw new StartError("No room on the disk.");
      },
    });
    await expect(failing).rejects.toThrow("No room on the disk.");
    expect(seenBefore).toEqual([0]);
    expect(await counts()).toEqual({ clusters: 0, databases: 0, tokens: 0, managementTokens: 0 });
    // The next start begins anew.
    expect(await setUp()).toEqual({ created: true });
    await other.close();
  });

  it("fills a new cluster with the sample data, the same as everywhere", async () => {
    expect(await setUp({ sample: true, firstManagementToken: GIVEN })).toEqual({ created: true });
    expect(await counts()).toEqual({ clusters: 1, databases: 12, tokens: 757, managementTokens: 19 });
    const listed = await readAllTokens(service(), context);
    expect(listed.filter((token) => tokenStatus(token, NOW) === "active")).toHaveLength(612);
    const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
    const expected = sampleData(NOW).tokens.map((token) => ({
      ...token,
      accountId: ACCOUNT_ID,
      clusterId: CLUSTER_ID,
    }));
    expect(listed.sort(byId)).toEqual(expected.sort(byId));
    expect((await service().authenticate({ kind: "management_token", secret: GIVEN })).kind).toBe(
      "management_token",
    );
  });

  it("gives sample management tokens hashes that nobody can compute", async () => {
    await setUp({ sample: true });
    const first = await hashes("management_tokens");
    const other = await engine.open();
    await setUpOwnCluster({ db: other.db, clock, sample: true, keepManagementToken: keepNothing });
    const second = await other.db.selectFrom("management_tokens").select("secret_hash").execute();
    expect(second.filter(({ secret_hash }) => first.includes(secret_hash))).toEqual([]);
    await other.close();
  });

  it("changes nothing on a later start, whatever it is told", async () => {
    await setUp({ firstManagementToken: GIVEN });
    const before = [await rows("accounts"), await rows("clusters"), await rows("management_tokens")];
    for (const options of [
      { sample: true },
      { firstManagementToken: `${GIVEN}-other` },
      { firstManagementToken: "short" },
    ]) {
      expect(await setUp({ ...options, clock: () => NOW + 1000 })).toEqual({ created: false });
    }
    expect([await rows("accounts"), await rows("clusters"), await rows("management_tokens")]).toEqual(before);
    expect((await counts()).tokens).toBe(0);
  });

  it("fills the cluster once when several gateways start at the same moment", async () => {
    const others = await Promise.all([database.openAgain(), database.openAgain(), database.openAgain()]);
    const kept: string[] = [];
    const keepManagementToken = async (secret: string) => void kept.push(secret);
    const results = await Promise.all(
      [database, ...others].map(({ db }) =>
        setUpOwnCluster({ db, clock, sample: true, keepManagementToken }),
      ),
    );
    expect(results.filter(({ created }) => created)).toHaveLength(1);
    expect(kept).toHaveLength(1);
    expect(await counts()).toEqual({ clusters: 1, databases: 12, tokens: 757, managementTokens: 19 });
    await Promise.all(others.map(({ close }) => close()));
  });

  it.each(["", "x".repeat(31), `${"x".repeat(31)} y`, `${"x".repeat(32)}\n`, `${"x".repeat(32)}ü`])(
    "refuses %j as the first management token, without repeating it",
    async (firstManagementToken) => {
      const error: unknown = await setUp({ firstManagementToken }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(StartError);
      if (firstManagementToken !== "") expect(String(error)).not.toContain(firstManagementToken);
      expect((await counts()).clusters).toBe(0);
    },
  );

  it("stores the given token's hash and four characters of it, never the token", async () => {
    await setUp({ firstManagementToken: GIVEN });
    expect(await rows("management_tokens")).toMatchObject([
      { secret_hash: hashSecret(GIVEN), token_prefix: "give" },
    ]);
    const bytes = await database.bytes();
    expect(bytes.includes(hashSecret(GIVEN))).toBe(true);
    expect(bytes.includes(GIVEN)).toBe(false);
    expect(bytes.includes(GIVEN.slice(8))).toBe(false);
  });

  const imported = (more: object = {}) => ({
    accountId: randomUUID(),
    clusterId: randomUUID(),
    id: randomUUID(),
    description: "Imported",
    permissions: [
      { action: "write", resource: "a", note: "kept" },
      { action: "read", resource: "*" },
    ],
    createdAt: "2021-02-03T04:05:06.123456789+02:00",
    ...more,
  });

  it("imports ids, dates and permissions as they are, and the databases that they name", async () => {
    const tokens = [
      imported({ expiresAt: "2022-01-01T00:00:00Z" }),
      imported({ revokedAt: "2022-01-01T00:00:00.5Z", permissions: [{ action: "x", resource: "b/c" }] }),
      imported({ id: randomUUID().toUpperCase() }),
    ];
    expect((await setUp({ importTokens: tokens })).created).toBe(true);
    for (const token of tokens) {
      const expected = { ...token, accountId: ACCOUNT_ID, clusterId: CLUSTER_ID };
      expect(await service().getToken(context, token.id)).toEqual(expected);
    }
    expect((await service().listDatabases(context)).map(({ name }) => name)).toEqual(["a", "b/c"]);
    expect(await counts()).toMatchObject({ tokens: 3, managementTokens: 1 });
  });

  it("stores no secret that an import carries", async () => {
    const secret = `apiv1_${"s3cr3t".repeat(12)}`;
    await setUp({ importTokens: [imported({ accessToken: secret, token: secret, hash: secret })] });
    expect((await database.bytes()).includes(secret)).toBe(false);
    expect(await hashes("database_tokens")).toEqual([null]);
  });

  it("loads nothing of an import with a bad row, and makes no cluster for it", async () => {
    const importTokens = [imported(), imported({ description: 1 })];
    await expect(setUp({ importTokens })).rejects.toThrow("[1] description is not valid: expected string");
    expect(await counts()).toEqual({ clusters: 0, databases: 0, tokens: 0, managementTokens: 0 });
  });

  it("undoes everything when it fails half way", async () => {
    await database.db.schema.dropTable("management_tokens").execute();
    await expect(setUp({ sample: true })).rejects.toThrow("management_tokens");
    expect([await rows("accounts"), await rows("clusters"), await rows("database_tokens")]).toEqual([
      [],
      [],
      [],
    ]);
  });

  it("imports into an empty cluster that exists, and refuses one that holds tokens", async () => {
    await setUp();
    expect(await setUp({ importTokens: [imported()] })).toEqual({ created: false });
    const again = setUp({ importTokens: [imported()] });
    await expect(again).rejects.toThrow(StartError);
    await expect(again).rejects.toThrow("holds 1 database tokens already");
    expect(await counts()).toMatchObject({ tokens: 1, managementTokens: 1 });
  });

  it("imports in batches: statements by the hundred rows, not by the row", { timeout: 60_000 }, async () => {
    const inserts: number[] = [];
    const counted = database.db.withPlugin({
      transformQuery({ node }) {
        if (InsertQueryNode.is(node) && node.values !== undefined && ValuesNode.is(node.values)) {
          inserts.push(node.values.values.length);
        }
        return node;
      },
      transformResult: async ({ result }) => result,
    });
    const tokens = Array.from({ length: 20_000 }, (_, index) =>
      imported({
        description: `Sensor ${index}`,
        permissions: [{ action: "write", resource: `db-${index % 50}` }],
      }),
    );
    await setUp({ db: counted, importTokens: tokens });
    expect(inserts.reduce((sum, rows) => sum + rows, 0)).toBeGreaterThanOrEqual(20_000);
    expect(inserts.length).toBeLessThanOrEqual(50);
    expect(await readAllTokens(service(), context)).toHaveLength(20_000);
  });
});
