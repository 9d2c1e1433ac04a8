import { randomUUID } from "node:crypto";
import { afterEach, beforeEach, expect, it } from "vitest";
import { tokenStatus } from "#contract/token.ts";
import { toInstant } from "#server/clock.ts";
import { describeOnEachEngine, type TestDatabase } from "#server/database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID, setUpOwnCluster } from "#server/database/own-cluster-setup.ts";
import { createListCache } from "#server/lists/list-cache.ts";
import { describeTokenService, expectRefusal } from "./conformance.ts";
import { tokenEntityTag } from "./entity-tag.ts";
import { readAllTokens } from "./list-for-tests.ts";
import { createOwnCluster } from "./own-cluster.ts";
import type { CallContext, TokenService } from "./token-service.ts";

const listCache = createListCache();
const cluster = { accountId: ACCOUNT_ID, clusterId: CLUSTER_ID };
const START = Date.parse("2026-03-01T12:00:00.000Z");
const FIRST = "first-management-token-for-these-tests";
const context: CallContext = {
  credential: { kind: "operator" },
  actor: { kind: "link", label: "Operator (sign-in link)" },
  signal: new AbortController().signal,
};

describeOnEachEngine("Conformance", (engine) => {
  describeTokenService(`own-${engine.name}`, async () => {
    const database = await engine.open();
    const clock = () => START;
    await setUpOwnCluster({ db: database.db, clock, sample: false, firstManagementToken: FIRST });
    return {
      service: createOwnCluster({ database, clock, cluster, listCache }),
      context,
      now: clock,
      absentId: randomUUID(),
      malformedIds: ["", "x", "0123456789abcdef", `${randomUUID()}0`, `${randomUUID()}\n`, "../tokens"],
      close: database.close,
    };
  });
});

describeOnEachEngine("The own cluster", (engine) => {
  let database: TestDatabase;
  let service: TokenService;
  let now: number;
  const clock = () => now;

  beforeEach(async () => {
    now = START;
    database = await engine.open();
    await setUpOwnCluster({ db: database.db, clock, sample: false, firstManagementToken: FIRST });
    service = createOwnCluster({ database, clock, cluster, listCache });
  });
  afterEach(() => database.close());

  const create = (description = "CI writer") =>
    service.createToken(context, { description, permissions: [{ action: "write", resource: "ci" }] });
  const createManagement = (description: string, expiresAt?: string) =>
    service.createManagementToken(context, {
      description,
      ...(expiresAt === undefined ? {} : { expiresAt }),
    });

  it("stamps what it makes and revokes with the clock, and keeps revoked tokens listed", async () => {
    const { accessToken, ...made } = await create();
    expect(accessToken).toMatch(/^apiv1_.{58,}$/);
    expect(made).toEqual({
      ...cluster,
      id: expect.stringMatching(/^[0-9a-f-]{36}$/),
      description: "CI writer",
      permissions: [{ action: "write", resource: "ci" }],
      createdAt: "2026-03-01T12:00:00.000Z",
    });
    now += 1500;
    await service.revokeToken(context, made.id);
    expect(await readAllTokens(service, context)).toEqual([
      { ...made, revokedAt: "2026-03-01T12:00:01.500Z" },
    ]);
  });

  it("keeps an expiry as it was written, zone and fraction too", async () => {
    const expiresAt = "2030-01-31T12:00:00.123456+05:30";
    const { id } = await service.createToken(context, { description: "", permissions: [], expiresAt });
    expect((await service.getToken(context, id)).expiresAt).toBe(expiresAt);
  });

  it("lists an expired token, and lets it be revoked", async () => {
    const expiresAt = toInstant(START + 1000);
    const { id } = await service.createToken(context, { description: "", permissions: [], expiresAt });
    now += 1000;
    const [expired] = await readAllTokens(service, context);
    expect(expired && tokenStatus(expired, now)).toBe("expired");
    await service.revokeToken(context, id);
  });

  it("finds a token by its id in either case", async () => {
    const { id } = await create();
    expect((await service.getToken(context, id.toUpperCase())).id).toBe(id);
    await service.revokeToken(context, id.toUpperCase());
    expect((await service.getToken(context, id)).revokedAt).toBeDefined();
  });

  it("says of a second revocation that it is one", async () => {
    const { id } = await create();
    await service.revokeToken(context, id);
    const error = await expectRefusal(service.revokeToken(context, id), 404, "not_found");
    expect(error.message).toContain("revoked already");
  });

  it("answers 409 to an update of a revoked token, whatever the precondition says", async () => {
    const seen = await create();
    await service.revokeToken(context, seen.id);
    for (const ifMatch of [undefined, tokenEntityTag(seen), '"other"']) {
      await expectRefusal(
        service.updateToken(context, seen.id, { description: "x" }, ifMatch),
        409,
        "conflict",
      );
    }
  });

  it("stamps a suspension with the clock, and keeps it on a token that is revoked meanwhile", async () => {
    const { accessToken: _secret, ...made } = await create();
    now += 1000;
    const suspended = await service.suspendToken(context, made.id.toUpperCase(), undefined);
    expect(suspended.suspendedAt).toBe(toInstant(now));
    now += 1000;
    await service.revokeToken(context, made.id);
    const after = { ...suspended, revokedAt: toInstant(now) };
    expect(await readAllTokens(service, context)).toEqual([after]);
    expect((await service.getSuspension(context, made.id)).suspension).toMatchObject({
      permissions: made.permissions,
    });
    await expectRefusal(service.suspendToken(context, made.id, '"other"'), 409, "conflict");
    await expectRefusal(service.restoreToken(context, made.id, '"other"'), 409, "conflict");
    expect(await service.getToken(context, made.id)).toEqual(after);
  });

  it("does not show the tokens of another cluster or account", async () => {
    const { id } = await create();
    const other = createOwnCluster({
      database,
      clock,
      listCache,
      cluster: { accountId: randomUUID(), clusterId: randomUUID() },
    });
    expect(await readAllTokens(other, context)).toEqual([]);
    expect(await other.listManagementTokens(context)).toEqual([]);
    expect(await other.listDatabases(context)).toEqual([]);
    await expectRefusal(other.getToken(context, id), 404, "not_found");
    await expectRefusal(other.suspendToken(context, id, undefined), 404, "not_found");
    await service.suspendToken(context, id, undefined);
    await expectRefusal(other.getSuspension(context, id), 404, "not_found");
    await expectRefusal(other.restoreToken(context, id, undefined), 404, "not_found");
    await expectRefusal(other.revokeToken(context, id), 404, "not_found");
    await expectRefusal(other.updateToken(context, id, { description: "x" }, undefined), 404, "not_found");
    await expectRefusal(
      other.authenticate({ kind: "management_token", secret: FIRST }),
      401,
      "credential_refused",
    );
  });

  it("lets one of two gateways revoke a token, and one of two change it", async () => {
    const again = await database.openAgain();
    const other = createOwnCluster({ database: again, clock, cluster, listCache });
    for (let round = 0; round < 5; round++) {
      const seen = await create();
      const tag = tokenEntityTag(seen);
      const updates = await Promise.allSettled([
        service.updateToken(context, seen.id, { description: "one" }, tag),
        other.updateToken(context, seen.id, { description: "two" }, tag),
      ]);
      expect(updates.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      const suspensions = await Promise.allSettled([
        service.suspendToken(context, seen.id, undefined),
        other.suspendToken(context, seen.id, undefined),
      ]);
      expect(suspensions.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect((await service.getSuspension(context, seen.id)).suspension.permissions).toEqual(
        seen.permissions,
      );
      const revocations = await Promise.allSettled([
        service.revokeToken(context, seen.id),
        other.revokeToken(context, seen.id),
      ]);
      expect(revocations.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    }
    await again.close();
  });

  it("keeps everything across a restart", async () => {
    const kept = await create("kept");
    const gone = await create("gone");
    await service.suspendToken(context, kept.id, undefined);
    await service.revokeToken(context, gone.id);
    await service.createDatabase(context, {
      name: "a/b",
      maxTables: 5,
      maxColumnsPerTable: 6,
      retentionPeriod: 7,
    });
    const before = await everything(service);
    const again = await database.openAgain();
    await setUpOwnCluster({ db: again.db, clock, sample: true });
    expect(await everything(createOwnCluster({ database: again, clock, cluster, listCache }))).toEqual(
      before,
    );
    expect(before.tokens.map(({ id }) => id).sort()).toEqual([kept.id, gone.id].sort());
    await again.close();
  });

  it("stores no secret, only its hash", async () => {
    const token = await create();
    const managementToken = await createManagement("Deploy");
    const bytes = await database.bytes();
    expect(bytes.includes(token.id)).toBe(true);
    for (const secret of [token.accessToken, managementToken.accessToken, FIRST]) {
      expect(bytes.includes(secret)).toBe(false);
      expect(bytes.includes(secret.slice(6, 30))).toBe(false);
      expect(bytes.includes(Buffer.from(secret).toString("base64").slice(0, 20))).toBe(false);
    }
  });

  it("makes, lists in bytewise order and deletes databases", async () => {
    for (const name of ["b", "B", "a", "ä"]) {
      const year = 365 * 86_400_000_000_000;
      const wanted = { name, maxTables: 500, maxColumnsPerTable: 200, retentionPeriod: year };
      expect(await service.createDatabase(context, wanted)).toEqual({ ...cluster, ...wanted });
      await expectRefusal(service.createDatabase(context, wanted), 409, "conflict");
    }
    expect((await service.listDatabases(context)).map(({ name }) => name)).toEqual(["B", "a", "b", "ä"]);
    expect((await service.listDatabases(context))[0]?.retentionPeriod).toBe(31_536_000_000_000_000);
    await service.deleteDatabase(context, "B");
    await expectRefusal(service.deleteDatabase(context, "B"), 404, "not_found");
    expect(await service.listDatabases(context)).toHaveLength(3);
    const star = { name: "*", maxTables: 1, maxColumnsPerTable: 1, retentionPeriod: 0 };
    expect((await expectRefusal(service.createDatabase(context, star), 400, "invalid_request")).field).toBe(
      "name",
    );
  });

  it("knows who a credential belongs to", async () => {
    expect(await service.authenticate({ kind: "operator" })).toEqual({
      kind: "link",
      label: "Operator (sign-in link)",
    });
    const made = await createManagement("Deploy", toInstant(START + 1000));
    const credential = { kind: "management_token", secret: made.accessToken } as const;
    expect(await service.authenticate(credential)).toEqual({
      kind: "management_token",
      label: "Deploy",
      managementTokenId: made.id,
    });
    now += 1000;
    await expectRefusal(service.authenticate(credential), 401, "credential_refused");
    const nameless = await createManagement("");
    const actor = await service.authenticate({ kind: "management_token", secret: nameless.accessToken });
    expect(actor.label).toBe(nameless.tokenPrefix);
  });

  it("never revokes the last active management token, an expiring one counting until it expires", async () => {
    const [first] = await service.listManagementTokens(context);
    if (first === undefined) throw new Error("set-up makes one");
    await expectRefusal(service.revokeManagementToken(context, first.id), 409, "protected");
    const brief = await createManagement("brief", toInstant(START + 1000));
    now += 1000;
    await expectRefusal(service.revokeManagementToken(context, first.id), 409, "protected");
    // An expired one protects nobody and may go.
    await service.revokeManagementToken(context, brief.id);
    await createManagement("second");
    await service.revokeManagementToken(context, first.id);
    expect((await service.getManagementToken(context, first.id)).revokedAt).toBe(toInstant(now));
  });

  it("keeps one of the last two when two gateways revoke both at once", async () => {
    const again = await database.openAgain();
    const other = createOwnCluster({ database: again, clock, cluster, listCache });
    for (let round = 0; round < 5; round++) {
      const active = async () =>
        (await service.listManagementTokens(context)).filter((token) => tokenStatus(token, now) === "active");
      await createManagement(`round ${round}`);
      const [one, two] = await active();
      if (one === undefined || two === undefined) throw new Error("two are active now");
      const outcomes = await Promise.allSettled([
        service.revokeManagementToken(context, one.id),
        other.revokeManagementToken(context, two.id),
      ]);
      expect(outcomes.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
      expect(await active()).toHaveLength(1);
    }
    await again.close();
  });

  it("undoes every change whose time was over when it was to be committed", async () => {
    const { id } = await create();
    const suspended = await create("suspended");
    await service.suspendToken(context, suspended.id, undefined);
    await service.createDatabase(context, {
      name: "kept",
      maxTables: 1,
      maxColumnsPerTable: 1,
      retentionPeriod: 0,
    });
    const { id: managementId } = await createManagement("second");
    const before = await everything(service);
    const late: CallContext = {
      ...context,
      checkTime: () => {
        throw new Error("too late");
      },
    };
    const changes = [
      service.createToken(late, { description: "late", permissions: [] }),
      service.updateToken(late, id, { description: "late" }, undefined),
      service.suspendToken(late, id, undefined),
      service.restoreToken(late, suspended.id, undefined),
      service.revokeToken(late, id),
      service.createDatabase(late, { name: "late", maxTables: 1, maxColumnsPerTable: 1, retentionPeriod: 0 }),
      service.deleteDatabase(late, "kept"),
      service.createManagementToken(late, { description: "late" }),
      service.revokeManagementToken(late, managementId),
    ];
    const outcomes = await Promise.allSettled(changes);
    for (const outcome of outcomes) expect(outcome).toMatchObject({ reason: new Error("too late") });
    expect(await everything(service)).toEqual(before);
  });
});

async function everything(service: TokenService) {
  const byId = (a: { id: string }, b: { id: string }) => (a.id < b.id ? -1 : 1);
  return {
    tokens: (await readAllTokens(service, context)).sort(byId),
    managementTokens: (await service.listManagementTokens(context)).sort(byId),
    databases: await service.listDatabases(context),
  };
}
