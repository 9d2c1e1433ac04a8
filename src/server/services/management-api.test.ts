import { randomUUID } from "node:crypto";
import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Permission } from "#contract/permission.ts";
import { ApiError } from "#server/api-error.ts";
import { engines, type TestDatabase } from "#server/database/engines-for-tests.ts";
import { answering, startHostileServer, type HostileServer } from "#server/hostile-server-for-tests.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { createClustered } from "./clustered.ts";
import { expectRefusal } from "./conformance.ts";
import { createDedicated } from "./dedicated.ts";
import { tokenEntityTag } from "./entity-tag.ts";
import { answerText, readAllTokens } from "./list-for-tests.ts";
import type { CallContext, TokenService } from "./token-service.ts";
import { createUpstream, type Upstream } from "./upstream.ts";

// What answers of the Management API may look like where the vendor's documents are silent: every one is right somewhere.

const NOW = Date.parse("2030-01-01T00:00:00Z");
const SECRET = "canary-management-token";
const ID = "0e2a1b9c-1111-4222-8333-444455556666";
const SERVED = `/api/v0/tokens/${ID}`;
const context: CallContext = {
  credential: { kind: "management_token", secret: SECRET },
  actor: { kind: "management_token", label: "Token of prod", managementTokenId: "0" },
  signal: new AbortController().signal,
};
const permissions: Permission[] = [
  { action: "read", resource: "metrics" },
  { action: "alter", resource: "*", hint: { deep: [1] } },
];

let profile: Profile;
let server: HostileServer;
let database: TestDatabase;
let upstream: Upstream;
let service: TokenService;
/** What `GET …/tokens/{ID}` answers. */
let row: Record<string, unknown>;
/** The answer to anything else; undefined leaves it without one. */
let onChange: HostileServer["handle"];

beforeEach(async () => {
  const engine = engines[0];
  if (engine === undefined) throw new Error("no engine");
  database = await engine.open();
  server = await startHostileServer();
  row = { id: ID, description: "old", permissions, createdAt: "2029-01-01T00:00:00Z" };
  onChange = () => undefined;
  server.handle = (request, response) =>
    (request.method === "GET" && request.url === SERVED ? answering(200, row) : onChange)(request, response);
  profile = {
    name: "prod",
    slug: "prod",
    product: "clustered",
    url: server.url,
    tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
    accountId: randomUUID(),
    clusterId: randomUUID(),
    longPaths: false,
    token: undefined,
  };
  upstream = createUpstream(profile, { deadline: 1_500 });
  service = createClustered(profile, { upstream, clock: () => NOW, db: database.db });
});
afterEach(async () => {
  await upstream.close();
  await server.close();
  await database.close();
});

const changes = () =>
  server.requests.filter(({ method }) => method !== "GET").map(({ method, body }) => [method, body]);
const records = () => database.db.selectFrom("kept_permissions").selectAll().execute();
const kept = () => service.getSuspension(context, ID).then(({ suspension }) => suspension.permissions);

/** Takes updates as the vendor does. */
const taking: HostileServer["handle"] = (request, response) => {
  const sent: unknown = JSON.parse(server.requests.at(-1)?.body ?? "{}");
  if (request.method === "PATCH" && typeof sent === "object") row = { ...row, ...sent };
  answering(200, row)(request, response);
};

describe("A list", () => {
  const list = (rows: unknown) => {
    onChange = answering(200, rows);
    return service.readTokenList(context, { form: "with_cluster", held: [], acceptsChanges: false });
  };

  it("keeps rows that are no tokens, in their place, without anything secret", async () => {
    const odd = { id: "x", description: 7, accessToken: "apiv1_secret", permissions: "all" };
    const answer = await list([row, odd, null, "apiv1_secret", [row], { ...row, token: "s", hash: "h" }]);
    const text = await answerText(answer);
    const ids = { accountId: profile.accountId, clusterId: profile.clusterId };
    expect(JSON.parse(text)).toEqual([
      { ...ids, ...row },
      { ...ids, id: "x", description: 7, permissions: "all" },
      null,
      null,
      null,
      { ...ids, ...row },
    ]);
    expect(text).not.toContain("secret");
  });

  it("tells whether a token is gone that reading it does not find", async () => {
    const isGone = async (rows: unknown) => {
      onChange = answering(200, rows);
      return (await service.goneAmong?.(context, [ID]))?.has(ID);
    };
    expect(await isGone([{ ...row, id: ID.toUpperCase() }])).toBe(false);
    expect(await isGone([{ ...row, revokedAt: "2029-02-01T00:00:00Z" }])).toBe(true);
    expect(await isGone([{ ...row, id: randomUUID() }])).toBe(true);
    // One of those that cannot be read may be it.
    onChange = answering(200, [{ description: "without an id" }]);
    await expect(service.goneAmong?.(context, [ID])).rejects.toMatchObject({
      status: 409,
      reason: "conflict",
    });
  });

  it("takes null for what is not there, and an empty set written as null", async () => {
    await list([{ ...row, permissions: null, expiresAt: null, revokedAt: null }]);
    const [token] = await readAllTokens(service, context, "without_cluster");
    expect(token).toEqual({ ...row, permissions: [] });
  });

  it("is an error when it is none", async () => {
    for (const other of [{ authorizations: [] }, {}, "list", 7]) {
      await expectRefusal(list(other), 502, "upstream_malformed");
    }
  });

  it("that is held is not sent again, and in its other form it is another one", async () => {
    const { tag } = await list([row]);
    const ask = (form: "with_cluster" | "without_cluster") =>
      service.readTokenList(context, { form, held: [tag], acceptsChanges: true });
    expect(await ask("with_cluster")).toEqual({ kind: "unchanged", tag });
    expect((await ask("without_cluster")).kind).toBe("whole");
  });
});

describe("Reading", () => {
  it("does not take another token, nor half of one, for the one that was asked for", async () => {
    for (const other of [{ ...row, id: randomUUID() }, { ...row, permissions: undefined }, [], null]) {
      onChange = () => undefined;
      server.handle = answering(200, other);
      await expectRefusal(service.getToken(context, ID), 502, "upstream_malformed");
    }
  });

  it("takes the id in either case, and shows no secret that came along", async () => {
    row["accessToken"] = "apiv1_secret";
    row["suspendedAt"] = "2029-01-01T00:00:00Z";
    const token = await service.getToken(context, ID);
    expect(token).not.toHaveProperty("accessToken");
    // Another gateway's record is not ours to restore.
    expect(token).not.toHaveProperty("suspendedAt");
  });

  it("sends an id on Dedicated's paths under the account and the cluster of the profile", async () => {
    const dedicated = createDedicated(profile, { upstream, clock: () => NOW, db: database.db });
    server.handle = answering(200, row);
    await dedicated.getToken(context, ID);
    expect(server.requests.map(({ path, authorization }) => [path, authorization])).toEqual([
      [
        `/api/v0/accounts/${profile.accountId}/clusters/${profile.clusterId}/tokens/${ID}`,
        `Bearer ${SECRET}`,
      ],
    ]);
  });
});

describe("The credential", () => {
  it("of the configuration file is used where it is there; a link's operator has none here", async () => {
    const withToken = createClustered(
      { ...profile, token: "token-of-the-file" },
      { upstream, clock: () => NOW, db: database.db },
    );
    await withToken.getToken({ ...context, credential: { kind: "profile" } }, ID);
    expect(server.requests.at(-1)?.authorization).toBe("Bearer token-of-the-file");
    server.requests.length = 0;
    for (const kind of ["profile", "operator"] as const) {
      const call = service.getToken({ ...context, credential: { kind } }, ID);
      const error = await expectRefusal(call, 401, "credential_refused");
      expect(error.message).toContain("sign in to this cluster with a token of its own");
    }
    expect(server.requests).toEqual([]);
  });

  it("makes the actor without asking, the same one each time, and does not show through it", async () => {
    const actor = await service.authenticate(context.credential);
    expect(actor).toEqual({
      kind: "management_token",
      label: "Token of prod",
      managementTokenId: expect.stringMatching(/^[0-9a-f]{32}$/),
    });
    expect(await service.authenticate(context.credential)).toEqual(actor);
    const other = await service.authenticate({ kind: "management_token", secret: "other" });
    expect(other).not.toEqual(actor);
    expect(JSON.stringify(actor)).not.toContain(SECRET);
    expect(server.requests).toEqual([]);
  });

  it("is checked by asking for the databases", async () => {
    onChange = answering(200, []);
    await service.check(context);
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["GET /api/v0/databases"]);
    onChange = answering(401, { code: 401, message: "no" });
    await expectRefusal(service.check(context), 401, "credential_refused");
    onChange = answering(200, { buckets: [] });
    await expectRefusal(service.check(context), 502, "upstream_malformed");
  });
});

describe("Creating", () => {
  const accessToken = `apiv1_${"s".repeat(64)}`;
  const wanted = { description: "new", permissions };

  it("says the expiry in both ways that the vendor's documents have", async () => {
    onChange = answering(200, { ...row, accessToken });
    await service.createToken(context, wanted);
    await service.createToken(context, { ...wanted, expiresAt: "2030-02-01T00:00:00Z" });
    expect(server.requests.map(({ body }) => JSON.parse(body) as unknown)).toEqual([
      { ...wanted, expirationType: "noExpiration" },
      { ...wanted, expiresAt: "2030-02-01T00:00:00Z", expirationType: "datetime" },
    ]);
  });

  it("passes on which field was refused", async () => {
    for (const field of ["expirationType", "expiresAt", "permissions"]) {
      onChange = answering(400, { code: 400, message: `unknown field "${field}"` });
      const call = service.createToken(context, { ...wanted, expiresAt: "2030-02-01T00:00:00Z" });
      const error = await expectRefusal(call, 400, "invalid_request");
      expect(error.field).toBe(field);
      expect(error.message).toContain(`It names the field ${field}.`);
      expect(error.upstream).toEqual({ status: 400, message: `unknown field "${field}"` });
    }
    onChange = answering(400, { code: 400, message: "no" });
    expect((await expectRefusal(service.createToken(context, wanted), 400, "invalid_request")).field).toBe(
      undefined,
    );
  });

  it("loses no secret for what else is odd in the answer, and does not invent an expiry", async () => {
    onChange = answering(200, { id: ID, accessToken, createdAt: "yesterday", expiresAt: "soon" });
    expect(await service.createToken(context, { ...wanted, expiresAt: "2030-02-01T00:00:00Z" })).toEqual({
      id: ID,
      accessToken,
      ...wanted,
      createdAt: "2030-01-01T00:00:00.000Z",
      accountId: profile.accountId,
      clusterId: profile.clusterId,
    });
  });

  it("is not known to have failed when the answer has no secret, or is lost; and is not tried again", async () => {
    for (const body of [row, { accessToken }, [], "created"]) {
      onChange = answering(200, body);
      const error = await expectRefusal(service.createToken(context, wanted), 502, "upstream_malformed");
      expect(error.nothingDone).toBe(false);
      expect(inspect(error, { depth: 10 })).not.toContain(accessToken);
    }
    server.requests.length = 0;
    onChange = (request) => request.socket.destroy();
    const error = await expectRefusal(service.createToken(context, wanted), 502, "upstream_unreachable");
    expect([error.nothingDone, server.requests.length]).toEqual([false, 1]);
  });

  it("is not sent when it is too late", async () => {
    const late = () => {
      throw new Error("too late");
    };
    const calls = [
      () => service.createToken({ ...context, checkTime: late }, wanted),
      () => service.updateToken({ ...context, checkTime: late }, ID, { description: "x" }, undefined),
      () => service.revokeToken({ ...context, checkTime: late }, ID),
      () => service.suspendToken({ ...context, checkTime: late }, ID, undefined),
    ];
    for (const call of calls) {
      const error = await expectRefusal(call(), 504, "upstream_timeout");
      expect(error.nothingDone).toBe(true);
    }
    expect(changes()).toEqual([]);
    expect(await records()).toEqual([]);
  });
});

describe("Revoking", () => {
  it("is done after a 204, the second one too where the product answers so", async () => {
    onChange = answering(204);
    await service.revokeToken(context, ID);
    await service.revokeToken(context, ID);
    expect(changes()).toEqual([
      ["DELETE", ""],
      ["DELETE", ""],
    ]);
  });

  it("is done by nothing else", async () => {
    const answers: [HostileServer["handle"], number, string][] = [
      [answering(404, { code: 404, message: "token not found" }), 404, "not_found"],
      [answering(404, "<html>404</html>"), 502, "upstream_malformed"],
      [answering(200, "<html>Welcome</html>"), 502, "upstream_malformed"],
      [answering(200, {}), 502, "upstream_malformed"],
      [answering(202), 502, "upstream_malformed"],
      [answering(403, { code: 403, message: "auditor" }), 403, "forbidden"],
      [answering(500), 502, "upstream_failed"],
      [(request) => request.socket.destroy(), 502, "upstream_unreachable"],
      [() => undefined, 504, "upstream_timeout"],
    ];
    for (const [handle, status, reason] of answers) {
      server.requests.length = 0;
      onChange = handle;
      const error: unknown = await service.revokeToken(context, ID).catch((failure: unknown) => failure);
      expect(error).toBeInstanceOf(ApiError);
      if (error instanceof ApiError) {
        expect([error.status, error.reason]).toEqual([status, reason]);
        expect(error.nothingDone).toBe(status < 500);
      }
      expect(changes()).toHaveLength(1);
    }
  });
});

describe("Updating", () => {
  const update = (wanted: Parameters<TokenService["updateToken"]>[2], ifMatch?: string) =>
    service.updateToken(context, ID, wanted, ifMatch);

  it("sends what differs, and nothing when nothing does", async () => {
    onChange = taking;
    await update({ description: "new", permissions: permissions.toReversed() });
    await update({ description: "new", permissions: [] });
    await update({ description: "new" });
    expect(changes()).toEqual([
      ["PATCH", '{"description":"new"}'],
      ["PATCH", '{"permissions":[]}'],
    ]);
  });

  it("compares first, and refuses a revoked token, without sending anything", async () => {
    await expectRefusal(update({ description: "x" }, '"other"'), 412, "precondition_failed");
    row["revokedAt"] = "2029-06-01T00:00:00Z";
    await expectRefusal(update({ description: "x" }), 409, "conflict");
    expect(changes()).toEqual([]);
  });

  it("passes on why an inactive token may not be changed", async () => {
    for (const [status, reason] of [[409, "conflict"] as const, [400, "invalid_request"] as const]) {
      onChange = answering(status, { code: status, message: "token is expired" });
      const error = await expectRefusal(update({ description: "x" }), status, reason);
      expect(error.upstream?.message).toBe("token is expired");
      expect(error.nothingDone).toBe(true);
    }
  });

  it("reads back what became of it where the answer does not say", async () => {
    onChange = (request, response) => {
      row["description"] = "new";
      answering(204)(request, response);
    };
    expect((await update({ description: "new" })).description).toBe("new");
    onChange = (request, response) => {
      server.handle = answering(500);
      answering(200, { ok: true })(request, response);
    };
    const error = await expectRefusal(update({ description: "newer" }), 502, "upstream_malformed");
    expect(error.nothingDone).toBe(false);
  });

  it("lets nobody in between the comparison and the change, for each token of its own", async () => {
    const seen = tokenEntityTag({ description: "old", permissions });
    onChange = taking;
    const outcomes = await Promise.allSettled([
      update({ description: "mine" }, seen),
      update({ description: "theirs" }, seen),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual(["fulfilled", "rejected"]);
    expect(changes()).toEqual([["PATCH", '{"description":"mine"}']]);
  });

  it("lets who waits for another change go when they give up, without sending theirs", async () => {
    let release: (() => void) | undefined;
    const arrived = new Promise<void>((resolve) => {
      onChange = (request, response) => {
        release = () => taking(request, response);
        resolve();
      };
    });
    const first = update({ description: "mine" });
    await arrived;
    const caller = new AbortController();
    const second = service.updateToken(
      { ...context, signal: caller.signal },
      ID,
      { description: "x" },
      undefined,
    );
    caller.abort();
    const error = await expectRefusal(second, 504, "upstream_timeout");
    expect(error.nothingDone).toBe(true);
    release?.();
    await first;
    expect(changes()).toHaveLength(1);
  });
});

describe("Suspending", () => {
  const suspend = () => service.suspendToken(context, ID, undefined);

  it("keeps the permissions before it asks for anything", async () => {
    let atTheTime: unknown;
    onChange = (request, response) => {
      void records().then((rows) => {
        atTheTime = rows.map((record) => JSON.parse(record.permissions) as unknown);
        taking(request, response);
      });
    };
    await suspend();
    expect(atTheTime).toEqual([permissions]);
    expect(changes()).toEqual([["PATCH", '{"permissions":[]}']]);
  });

  it("keeps nothing after a refusal", async () => {
    for (const status of [400, 401, 403, 409, 429]) {
      onChange = answering(status, { code: status, message: "no" });
      await expect(suspend()).rejects.toMatchObject({ nothingDone: true });
      expect(await records()).toEqual([]);
    }
  });

  it("keeps the record as long as it is not known what was done, and another go settles it", async () => {
    const unknown: HostileServer["handle"][] = [
      (request) => request.socket.destroy(),
      () => undefined,
      answering(500),
      answering(200, "<html>"),
      answering(404, "<html>"),
      // An empty set may be taken for none given.
      (request, response) => answering(200, row)(request, response),
    ];
    for (const handle of unknown) {
      onChange = handle;
      await expect(suspend()).rejects.toMatchObject({ nothingDone: false });
      expect(await kept()).toEqual(permissions);
      expect(await service.getToken(context, ID)).toMatchObject({
        permissions,
        suspendedAt: "2030-01-01T00:00:00.000Z",
        suspendedBy: "Token of prod",
      });
    }
    // It was not done: suspended once more. It was done: restored. Both end with what there was at first.
    onChange = taking;
    expect((await suspend()).permissions).toEqual([]);
    expect((await service.restoreToken(context, ID, undefined)).permissions).toEqual(permissions);
    expect(await records()).toEqual([]);
  });

  it("that turns out to have been done is one, and can be undone", async () => {
    onChange = (request) => {
      row["permissions"] = [];
      request.socket.destroy();
    };
    await expect(suspend()).rejects.toMatchObject({ nothingDone: false });
    await expectRefusal(suspend(), 409, "conflict");
    onChange = answering(200, [row]);
    expect(await readAllTokens(service, context)).toMatchObject([{ suspendedBy: "Token of prod" }]);
    onChange = taking;
    expect(await service.restoreToken(context, ID, undefined)).toEqual({
      ...row,
      permissions,
      accountId: profile.accountId,
      clusterId: profile.clusterId,
    });
  });

  it("puts back what was kept before when it is refused", async () => {
    onChange = taking;
    await suspend();
    row["permissions"] = [{ action: "read", resource: "second" }];
    onChange = answering(403, { code: 403, message: "no" });
    await expectRefusal(suspend(), 403, "forbidden");
    expect(await kept()).toEqual(permissions);
  });

  it("lets nothing go that a restoration did not give back", async () => {
    onChange = taking;
    await suspend();
    const { tag } = await service.getSuspension(context, ID);
    const failures: HostileServer["handle"][] = [
      answering(403, { code: 403, message: "no" }),
      (request) => request.socket.destroy(),
      // Takes a part of it only.
      (request, response) => answering(200, { ...row, permissions: permissions.slice(1) })(request, response),
    ];
    for (const handle of failures) {
      onChange = handle;
      await expect(service.restoreToken(context, ID, tag)).rejects.toBeInstanceOf(ApiError);
      expect(await kept()).toEqual(permissions);
    }
    onChange = taking;
    expect((await service.restoreToken(context, ID, tag)).permissions).toEqual(permissions);
    expect(await records()).toEqual([]);
  });

  it("of another cluster's token is another one, whatever the case of its id", async () => {
    onChange = taking;
    await suspend();
    const other = createClustered(
      { ...profile, clusterId: randomUUID() },
      { upstream, clock: () => NOW, db: database.db },
    );
    await expectRefusal(other.getSuspension(context, ID), 404, "not_found");
    server.handle = answering(200, row);
    expect((await service.getSuspension(context, ID.toUpperCase())).suspension.permissions).toEqual(
      permissions,
    );
  });
});

describe("What there is no call for", () => {
  it("is said in the capabilities, and refused with the same sentence", async () => {
    const { listManagementTokens, createManagementToken, revokeManagementToken, createAdminToken, ...rest } =
      service.capabilities;
    expect(createAdminToken.allowed).toBe(false);
    for (const capability of Object.values(rest)) expect(capability).toEqual({ allowed: true });
    const calls = [
      [listManagementTokens, () => service.listManagementTokens(context)],
      [listManagementTokens, () => service.getManagementToken(context, ID)],
      [createManagementToken, () => service.createManagementToken(context, { description: "x" })],
      [revokeManagementToken, () => service.revokeManagementToken(context, ID)],
    ] as const;
    for (const [capability, call] of calls) {
      const error = await expectRefusal(call(), 409, "conflict");
      expect(capability).toEqual({ allowed: false, reason: error.message });
    }
    const wanted = { name: "x", maxTables: 1, maxColumnsPerTable: 1, retentionPeriod: 0 };
    await expectRefusal(service.createDatabase(context, wanted), 409, "conflict");
    await expectRefusal(service.deleteDatabase(context, "x"), 409, "conflict");
    expect(server.requests).toEqual([]);
  });
});

describe("Databases", () => {
  it("are listed by their names, with the limits that are said", async () => {
    const whole = {
      name: "b",
      maxTables: 5,
      maxColumnsPerTable: 6,
      retentionPeriod: 7,
      partitionTemplate: [1],
    };
    onChange = answering(200, [{ name: "a", maxTables: null }, whole]);
    const ids = { accountId: profile.accountId, clusterId: profile.clusterId };
    expect(await service.listDatabases(context)).toEqual([
      { name: "a", maxTables: 0, maxColumnsPerTable: 0, retentionPeriod: 0, ...ids },
      { ...whole, ...ids },
    ]);
    for (const odd of [[{}], [null], ["a"], { databases: [] }]) {
      onChange = answering(200, odd);
      await expectRefusal(service.listDatabases(context), 502, "upstream_malformed");
    }
  });
});
