import { createHash, randomUUID } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it, onTestFinished } from "vitest";
import * as z from "zod/mini";
import { adminPermission } from "#contract/permission.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { ApiError } from "#server/api-error.ts";
import { openDatabase } from "#server/database/connect.ts";
import { describeTokenService, expectRefusal } from "#server/services/conformance.ts";
import { createCore } from "#server/services/core.ts";
import { createService } from "#server/services/create-service.ts";
import { createTurns } from "#server/services/in-turn.ts";
import { answerText, readAllTokens } from "#server/services/list-for-tests.ts";
import type { CallContext, TokenService } from "#server/services/token-service.ts";
import { createUpstream, type Upstream } from "#server/services/upstream.ts";
import { startCoreFixture, type CoreFixture } from "./core.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");
const ids = {
  accountId: "aaaaaaaa-0000-5000-8000-000000000001",
  clusterId: "cccccccc-0000-5000-8000-000000000001",
};
const write = { action: "write", resource: "ci" };

interface Stage {
  server: CoreFixture;
  upstream: Upstream;
  service: TokenService;
  context: CallContext;
  close(): Promise<void>;
}

async function setUp(product: "core" | "enterprise", clock: () => number): Promise<Stage> {
  const server = await startCoreFixture({ product, clock });
  const tls = { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined };
  const profile = { name: "edge", product, url: server.url, tls, token: undefined, ...ids };
  const upstream = createUpstream(profile, { deadline: 5000 });
  return {
    server,
    upstream,
    service: createCore(profile, { upstream, clock }),
    context: {
      credential: { kind: "management_token", secret: server.operatorToken },
      actor: { kind: "link", label: "test" },
      signal: new AbortController().signal,
    },
    close: async () => {
      await upstream.close();
      await server.close();
    },
  };
}

const malformedIds = [
  "",
  "x",
  "01",
  "-1",
  "+1",
  "1.0",
  "1e3",
  "1 ",
  "1\n",
  "１",
  "0x1",
  "18446744073709551616",
  "../token",
  "_admin",
];

for (const product of ["core", "enterprise"] as const) {
  describeTokenService(product, async () => {
    const { service, context, close } = await setUp(product, () => START);
    let nth = 0;
    return {
      service,
      context,
      now: () => START,
      absentId: "4242",
      malformedIds,
      // No two tokens have one name, and Core knows admin tokens only.
      adapt: (wanted) => ({
        ...wanted,
        description: `${wanted.description} #${String(++nth)}`,
        permissions: product === "core" ? [adminPermission] : wanted.permissions,
      }),
      close,
    };
  });
}

describe("InfluxDB 3 Core and Enterprise", () => {
  let stage: Stage;
  let server: CoreFixture;
  let service: TokenService;
  let context: CallContext;
  let now: number;
  const start = async (product: "core" | "enterprise") => {
    stage = await setUp(product, () => now);
    ({ server, service, context } = stage);
  };
  beforeEach(() => {
    now = START;
  });
  afterEach(() => stage.close());

  const names = () => server.tokens.map(({ name }) => name);
  const deletions = () => server.seen.filter((line) => line.startsWith("DELETE"));
  /** Happens once, before the server sees the next request with this method. */
  const once = (method: string, act: () => ReturnType<NonNullable<CoreFixture["interfere"]>>) => {
    server.interfere = (request) => {
      if (request.method !== method) return undefined;
      server.interfere = undefined;
      return act();
    };
  };

  it("marks the token that is asked with by the beginning of a hash, which is all that servers show", async () => {
    await start("core");
    const own = createHash("sha512").update("apiv3_own").digest("hex");
    server.add({ name: "own", secret: "apiv3_own", hash: own.slice(0, 9) });
    // So little of a hash tells nothing.
    server.add({ name: "short", hash: own.slice(0, 8) });
    server.add({ name: "none", hash: "" });
    const credential = { kind: "management_token", secret: "apiv3_own" } as const;
    const rows = await readAllTokens(service, { ...context, credential });
    const marked = rows.filter((row) => row["isCredential"] === true);
    expect(marked.map(({ name }) => name)).toEqual(["own"]);
  });

  it("says of the token that is asked with that it is deleted, though nothing can be read any more", async () => {
    await start("core");
    const { id, secret } = server.add({ name: "own" });
    const credential = { kind: "management_token", secret } as const;
    await service.revokeToken({ ...context, credential }, String(id));
    expect(names()).toEqual(["_admin"]);
  });

  it("shows tokens with name, permissions and times, and neither hash nor secret", async () => {
    await start("enterprise");
    server.add({ name: "plain", createdAt: START - 1, expiry: START + 1000 });
    server.add({ name: "told", description: "More of it", permissions: "db:a,b:read,write" });
    server.add({ name: "several", permissions: '["db:*:read","system:*:read"]' });
    server.add({ name: "strange", permissions: "db:a:read;rls:x" });
    const rows = await readAllTokens(service, context);
    expect(rows).toEqual([
      {
        ...ids,
        id: "0",
        name: "_admin",
        description: "_admin",
        permissions: [adminPermission],
        createdAt: "2026-03-01T12:00:00.000Z",
        isCredential: true,
      },
      {
        ...ids,
        id: "1",
        name: "plain",
        description: "plain",
        permissions: [adminPermission],
        createdAt: "2026-03-01T11:59:59.999Z",
        expiresAt: "2026-03-01T12:00:01.000Z",
      },
      {
        ...ids,
        id: "2",
        name: "told",
        description: "More of it",
        permissions: [
          { action: "read", resource: "a" },
          { action: "write", resource: "a" },
          { action: "read", resource: "b" },
          { action: "write", resource: "b" },
        ],
        createdAt: "2026-03-01T12:00:00.000Z",
      },
      expect.objectContaining({
        permissions: [
          { action: "read", resource: "*" },
          { action: "read", resource: "*", resourceType: "system" },
        ],
      }),
      expect.objectContaining({
        permissions: [{ action: "db:a:read;rls:x", resource: "unknown", resourceType: "unknown" }],
      }),
    ]);
    const text = JSON.stringify([rows, await service.getToken(context, "2")]);
    for (const canary of server.canaries()) expect(text).not.toContain(canary);
  });

  it("keeps rows that it cannot read in the list, without hash, and answers an error for one alone", async () => {
    await start("core");
    const rows = [
      { token_id: 1, name: "a", hash: "canary-hash", created_at: "yesterday", permissions: "*:*:*" },
      {
        token_id: 2 ** 60,
        name: "b",
        hash: "canary-hash",
        created_at: "2026-01-01T00:00:00",
        permissions: "x",
      },
      { token_id: 3, hash: "canary-hash", created_at: "2026-01-01T00:00:00", permissions: "*:*:*" },
      { token_id: 4, name: "d", secret: "canary-hash", created_at: 0, permissions: "", expiry: null },
      "canary-hash",
      {
        token_id: 5,
        name: "e",
        hash: "canary-hash",
        created_at: "2026-01-01 00:00:00.5",
        permissions: "*:*:*",
      },
    ];
    server.interfere = ({ path }) =>
      path === "/api/v3/query_sql" ? { kind: "answer", status: 200, body: JSON.stringify(rows) } : undefined;
    const answer = await service.readTokenList(context, {
      form: "without_cluster",
      held: [],
      acceptsChanges: false,
    });
    const listed = z.array(z.unknown()).parse(JSON.parse(await answerText(answer)));
    expect(listed).toHaveLength(rows.length);
    expect(listed.map((row) => tokenSchema.safeParse(row).success)).toEqual([
      false,
      false,
      false,
      false,
      false,
      true,
    ]);
    expect(listed[0]).toMatchObject({ id: "1", name: "a" });
    expect(listed[5]).toMatchObject({ createdAt: "2026-01-01T00:00:00.500Z" });
    expect(JSON.stringify(listed)).not.toContain("canary-hash");
    const error = await expectRefusal(service.getToken(context, "1"), 502, "upstream_malformed");
    expect(error.message).not.toContain("canary-hash");
    // Row 3 may have any name, so nothing is deleted by name.
    await expectRefusal(service.revokeToken(context, "5"), 409, "conflict");
    expect(deletions()).toEqual([]);
  });

  it("refuses an answer that is no list of rows", async () => {
    await start("core");
    for (const body of ['{"error":"x"}', "null", '"x"', "<html>", "[", ""]) {
      server.interfere = () => ({ kind: "answer", status: 200, body });
      await expectRefusal(readAllTokens(service, context), 502, "upstream_malformed");
    }
  });

  it("deletes by name, with whatever is in the name, and reads again", async () => {
    await start("core");
    const token = server.add({ name: "a b+c&token_name=_admin%20ü/?#" });
    server.add({ name: "a b" });
    await service.revokeToken(context, String(token.id));
    expect(names()).toEqual(["_admin", "a b"]);
    expect(server.seen.map((line) => line.split(" ")[0])).toEqual(["GET", "DELETE", "GET"]);
  });

  it("does not touch the operator token", async () => {
    await start("core");
    const error = await expectRefusal(service.revokeToken(context, "0"), 409, "protected");
    expect(error.message).toContain("_admin");
    expect(deletions()).toEqual([]);
  });

  it("refuses to delete one of two tokens of one name, and says why", async () => {
    await start("core");
    const one = server.add({ name: "twin" });
    const two = server.add({ name: "twin" });
    for (const { id } of [one, two]) {
      const error = await expectRefusal(service.revokeToken(context, String(id)), 409, "conflict");
      expect(error.message).toMatch(/by name.*not deleted/);
    }
    expect(deletions()).toEqual([]);
    expect(names()).toEqual(["_admin", "twin", "twin"]);
  });

  it("leaves a token alone that is renamed between reading and deleting", async () => {
    await start("core");
    const token = server.add({ name: "before" });
    once("DELETE", () => {
      token.name = "after";
      return undefined;
    });
    const error = await expectRefusal(service.revokeToken(context, String(token.id)), 409, "conflict");
    expect(error.nothingDone).toBe(true);
    expect(names()).toEqual(["_admin", "after"]);
    await service.revokeToken(context, String(token.id));
    expect(names()).toEqual(["_admin"]);
  });

  it("does not call a token deleted whose name another one took, and says that something may be gone", async () => {
    await start("core");
    const token = server.add({ name: "name" });
    const other = server.add({ name: "other" });
    once("DELETE", () => {
      token.name = "renamed";
      other.name = "name";
      return undefined;
    });
    const error = await expectRefusal(service.revokeToken(context, String(token.id)), 409, "conflict");
    expect(error.nothingDone).toBe(false);
    expect(error.message).toContain("still there");
  });

  it("says of a token that somebody else deleted meanwhile that it is not there", async () => {
    await start("core");
    const token = server.add({ name: "gone" });
    once("DELETE", () => {
      server.tokens.splice(server.tokens.indexOf(token), 1);
      return undefined;
    });
    await expectRefusal(service.revokeToken(context, String(token.id)), 404, "not_found");
  });

  it("says of no token that it is not there while a row has an id that cannot be read", async () => {
    await start("core");
    const listing = (...rows: object[]) => {
      server.interfere = ({ method }) => ({
        kind: "answer",
        status: method === "GET" ? 200 : 404,
        body: method === "GET" ? JSON.stringify(rows) : "",
      });
    };
    const [plain, odd] = [
      { token_id: 7, name: "seven" },
      { token_id: "7 or so", name: "odd" },
    ];
    listing(plain);
    await expectRefusal(service.getToken(context, "8"), 404, "not_found");
    listing(plain, odd);
    await expectRefusal(service.getToken(context, "8"), 409, "conflict");
    await expectRefusal(service.revokeToken(context, "8"), 409, "conflict");
    expect(deletions()).toEqual([]);
    // Gone from the list, or only its id: after a deletion that was refused, nobody knows.
    server.interfere = ({ method }) => {
      if (method === "DELETE") listing(odd);
      return {
        kind: "answer",
        status: method === "GET" ? 200 : 404,
        body: method === "GET" ? JSON.stringify([plain]) : "",
      };
    };
    await expectRefusal(service.revokeToken(context, "7"), 409, "conflict");
    server.interfere = undefined;
  });

  it("never deletes a new token that took the name of one that is being deleted here", async () => {
    await start("core");
    const { id } = server.add({ name: "reused" });
    const [first, second, made] = await Promise.allSettled([
      service.revokeToken(context, String(id)),
      service.revokeToken(context, String(id)),
      service.createToken(context, { description: "reused", permissions: [adminPermission] }),
    ]);
    expect([first.status, second.status, made.status]).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect(names()).toEqual(["_admin", "reused"]);
  });

  it("makes one change at a time of a server that is in the configuration under two names", async () => {
    await start("core");
    const [one, other] = [server.add({ name: "one" }), server.add({ name: "other" })];
    const acrossGateways = createTurns();
    const directory = mkdtempSync(path.join(tmpdir(), "tokenward-core-"));
    const database = await openDatabase({ file: path.join(directory, "tokenward.db") });
    onTestFinished(async () => {
      await database.close();
      rmSync(directory, { recursive: true, force: true });
    });
    const serviceAs = (slug: string) => {
      const tls = { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined };
      const places = { accountId: randomUUID(), clusterId: randomUUID(), url: server.url, longPaths: false };
      const profile = { name: slug, slug, product: "core" as const, tls, token: undefined, ...places };
      return createService(profile, {
        upstream: stage.upstream,
        clock: () => now,
        db: database.db,
        acrossGateways,
      });
    };
    await Promise.all([
      serviceAs("edge").revokeToken(context, String(one.id)),
      serviceAs("edge-again").revokeToken(context, String(other.id)),
    ]);
    const methods = server.seen.map((line) => line.split(" ")[0]);
    expect(methods).toEqual(["GET", "DELETE", "GET", "GET", "DELETE", "GET"]);
  });

  it("does not know what became of a deletion whose answer is lost, and sends it once", async () => {
    await start("core");
    for (const kind of ["lose_answer", "reset"] as const) {
      const { id } = server.add({ name: kind });
      const sent = deletions().length;
      once("DELETE", () => ({ kind }));
      const error = await expectRefusal(
        service.revokeToken(context, String(id)),
        502,
        "upstream_unreachable",
      );
      expect(error.nothingDone).toBe(false);
      expect(deletions()).toHaveLength(sent + 1);
    }
    expect(names()).toEqual(["_admin", "reset"]);
  });

  it("does not call a token deleted that is still listed, or when the list cannot be read afterwards", async () => {
    await start("core");
    const { id } = server.add({ name: "stays" });
    once("DELETE", () => ({ kind: "answer", status: 200, body: "" }));
    const still = await expectRefusal(service.revokeToken(context, String(id)), 502, "upstream_failed");
    expect([still.nothingDone, still.message.includes("still lists")]).toEqual([false, true]);

    for (const [status, body] of [
      [500, "out of memory"],
      [401, '{"error":"the request was not authenticated"}'],
      [403, '{"error":"forbidden"}'],
      [200, "<html>"],
    ] as const) {
      let deleted = false;
      server.interfere = ({ method }) => {
        if (method === "DELETE") deleted = true;
        return deleted && method === "GET" ? { kind: "answer", status, body } : undefined;
      };
      const { id: next } = server.add({ name: `goes ${String(status)}` });
      const unknown = await expectRefusal(service.revokeToken(context, String(next)), 502, "upstream_failed");
      expect(unknown.nothingDone).toBe(false);
      if (status === 401) expect(unknown.message).toContain("token of this session");
    }
  });

  it("says what the server said when it refuses a deletion, and that nothing was done", async () => {
    await start("core");
    const { id } = server.add({ name: "kept" });
    once("DELETE", () => ({ kind: "answer", status: 403, body: `{"error":"no: ${server.operatorToken}"}` }));
    const error = await expectRefusal(service.revokeToken(context, String(id)), 403, "forbidden");
    expect(error.nothingDone).toBe(true);
    expect(error.upstream).toEqual({ status: 403, message: "no: [token]" });
    once("DELETE", () => ({ kind: "answer", status: 500, type: "", body: "catalog is on fire" }));
    const failed = await expectRefusal(service.revokeToken(context, String(id)), 502, "upstream_failed");
    expect(failed.upstream).toEqual({ status: 500, message: "catalog is on fire" });
    expect(failed.nothingDone).toBe(false);
  });

  it("gives a deletion up that was aborted while it waited for another one", async () => {
    await start("core");
    const { id: first } = server.add({ name: "first" });
    const { id: second } = server.add({ name: "second" });
    const caller = new AbortController();
    once("DELETE", () => {
      caller.abort();
      return undefined;
    });
    const [done, waiting] = [
      service.revokeToken(context, String(first)),
      service.revokeToken({ ...context, signal: caller.signal }, String(second)),
    ];
    const error = await expectRefusal(waiting, 504, "upstream_timeout");
    expect(error.nothingDone).toBe(true);
    await done;
    expect(names()).toEqual(["_admin", "second"]);
  });

  it("deletes nothing when the time is over before", async () => {
    await start("core");
    const { id } = server.add({ name: "late" });
    const late: CallContext = {
      ...context,
      checkTime: () => {
        throw new Error("too late");
      },
    };
    await expect(service.revokeToken(late, String(id))).rejects.toThrow("too late");
    await expect(
      service.createToken(late, { description: "x", permissions: [adminPermission] }),
    ).rejects.toThrow("too late");
    expect(server.seen.filter((line) => !line.startsWith("GET"))).toEqual([]);
  });

  it("creates an admin token on both, which expires as many seconds later as were asked", async () => {
    for (const product of ["core", "enterprise"] as const) {
      await start(product);
      const expiresAt = new Date(START + 90_500).toISOString();
      const wanted = { description: "deploy", permissions: [adminPermission], expiresAt };
      const { accessToken, ...made } = await service.createToken(context, wanted);
      expect(accessToken).toMatch(/^apiv3_/);
      expect(made).toMatchObject({ name: "deploy", permissions: [adminPermission] });
      // Seconds are all that can be said: rounded down.
      expect(made.expiresAt).toBe("2026-03-01T12:01:30.000Z");
      expect(server.seen).toEqual(["POST /api/v3/configure/token/named_admin"]);
      expect(await service.getToken(context, made.id)).toEqual(made);
      const credential = { kind: "management_token", secret: accessToken } as const;
      await service.check({ ...context, credential });
      now += 90_000;
      await expectRefusal(service.check({ ...context, credential }), 401, "credential_refused");
      if (product === "core") await stage.close();
      now = START;
    }
  });

  it("creates a resource token on Enterprise, a grant for each resource", async () => {
    await start("enterprise");
    const permissions = [
      { action: "read", resource: "ci" },
      { action: "read", resource: "factory" },
      write,
      write,
      { action: "read", resource: "*", resourceType: "system" },
    ];
    const { accessToken: _secret, ...made } = await service.createToken(context, {
      description: "reader",
      permissions,
    });
    expect(made.permissions).toEqual([
      { action: "read", resource: "ci" },
      write,
      { action: "read", resource: "factory" },
      { action: "read", resource: "*", resourceType: "system" },
    ]);
    expect(await service.getToken(context, made.id)).toEqual(made);
    expect(server.tokens.at(-1)?.permissions).toBe('["db:ci:read,write","db:factory:read","system:*:read"]');
  });

  it("shows a new token as the server made it when that is not what was asked", async () => {
    await start("core");
    once("POST", () => ({
      kind: "answer",
      status: 201,
      type: "json",
      body: JSON.stringify({ id: 9, token: "apiv3_new", hash: "canary-hash", expiry: "soon" }),
    }));
    const expiresAt = new Date(START + 60_000).toISOString();
    const made = await service.createToken(context, {
      description: "d",
      permissions: [adminPermission],
      expiresAt,
    });
    expect(made).toEqual({
      ...ids,
      id: "9",
      description: "d",
      name: "d",
      permissions: [adminPermission],
      createdAt: "2026-03-01T12:00:00.000Z",
      accessToken: "apiv3_new",
    });
  });

  it("refuses permissions that the product does not have, before anything is sent", async () => {
    await start("core");
    const create = (permissions: (typeof write & { resourceType?: string })[], description = "d") =>
      service.createToken(context, { description, permissions });
    for (const permissions of [[write], [{ action: "read", resource: "*" }], [adminPermission, write]]) {
      const error = await expectRefusal(create(permissions), 400, "invalid_request");
      expect(error.field).toBe("permissions");
    }
    expect((await expectRefusal(create([write]), 400, "invalid_request")).message).toContain("Enterprise");
    expect((await expectRefusal(create([]), 400, "invalid_request")).field).toBe("permissions");
    await stage.close();

    await start("enterprise");
    for (const permissions of [
      [],
      [adminPermission, write],
      [{ action: "read", resource: "a,b" }],
      [{ action: "read:x", resource: "a" }],
      [{ action: "db:a:read;rls:x", resource: "unknown", resourceType: "unknown" }],
      [{ ...write, hint: "x" }],
    ]) {
      const error = await expectRefusal(create(permissions), 400, "invalid_request");
      expect(error.field).toBe("permissions");
    }
    expect(server.seen).toEqual([]);
    const unknown = await expectRefusal(
      create([{ action: "read", resource: "nope" }]),
      400,
      "invalid_request",
    );
    expect(unknown.upstream?.message).toBe("database not found: nope");
  });

  it("refuses a description that is no new name, and says so of the field", async () => {
    await start("core");
    const create = (description: string) =>
      service.createToken(context, { description, permissions: [adminPermission] });
    for (const bad of ["", "_admin", "ü".repeat(10_001)]) {
      expect((await expectRefusal(create(bad), 400, "invalid_request")).field).toBe("description");
    }
    expect(server.seen).toEqual([]);
    await create("taken");
    const error = await expectRefusal(create("taken"), 409, "conflict");
    expect(error.field).toBe("description");
    expect(error.upstream?.message).toBe("token name already exists, taken");
    expect(names()).toEqual(["_admin", "taken"]);
  });

  it("does not know what became of a creation whose answer is lost or is something else", async () => {
    await start("core");
    const create = (description: string) =>
      service.createToken(context, { description, permissions: [adminPermission] });
    once("POST", () => ({ kind: "lose_answer" }));
    const lost = await expectRefusal(create("lost"), 502, "upstream_unreachable");
    expect(lost.nothingDone).toBe(false);
    for (const body of ["{}", "[]", '{"id":1}', '{"id":"1","token":"apiv3_x"}', '{"id":1,"token":""}']) {
      once("POST", () => ({ kind: "answer", status: 201, body }));
      const error = await expectRefusal(create("other"), 502, "upstream_malformed");
      expect(error.nothingDone).toBe(false);
      expect(error.message).not.toContain("apiv3_x");
    }
    expect(names()).toEqual(["_admin", "lost"]);
  });

  it("cannot change or suspend a token, nor manage what is not there, and says so as its capabilities do", async () => {
    await start("core");
    const { capabilities } = service;
    const reasons = Object.values(capabilities).flatMap((one) => (one.allowed ? [] : [one.reason]));
    const calls = [
      service.updateToken(context, "0", { description: "x" }, undefined),
      service.suspendToken(context, "0", undefined),
      service.getSuspension(context, "0"),
      service.restoreToken(context, "0", undefined),
      service.listManagementTokens(context),
      service.getManagementToken(context, "x"),
      service.createManagementToken(context, { description: "x" }),
      service.revokeManagementToken(context, "x"),
    ];
    for (const call of calls) {
      expect(reasons).toContain((await expectRefusal(call, 409, "conflict")).message);
    }
    const wanted = { name: "x", maxTables: 1, maxColumnsPerTable: 1, retentionPeriod: 0 };
    await expectRefusal(service.createDatabase(context, wanted), 409, "conflict");
    await expectRefusal(service.deleteDatabase(context, "x"), 409, "conflict");
    expect(server.seen).toEqual([]);
    expect(capabilities.choosePermissions.allowed).toBe(false);
    await stage.close();
    await start("enterprise");
    expect(service.capabilities.choosePermissions.allowed).toBe(true);
  });

  it("lists databases by their names, in the form that is sent and in the one that is documented", async () => {
    await start("core");
    const found = [
      { ...ids, name: "_internal" },
      { ...ids, name: "ci" },
      { ...ids, name: "factory" },
    ];
    expect(await service.listDatabases(context)).toEqual(found);
    server.interfere = () => ({
      kind: "answer",
      status: 200,
      body: '{"databases":["_internal","ci","factory"]}',
    });
    expect(await service.listDatabases(context)).toEqual(found);
    server.interfere = () => ({ kind: "answer", status: 200, body: '[{"name":"ci"}]' });
    await expectRefusal(service.listDatabases(context), 502, "upstream_malformed");
  });

  it("is told that its token is refused, or may not do this", async () => {
    await start("enterprise");
    const small = server.add({ name: "small", permissions: "db:ci:read" });
    const credential = { kind: "management_token", secret: small.secret } as const;
    await expectRefusal(service.check({ ...context, credential }), 403, "forbidden");
    await expectRefusal(
      service.check({ ...context, credential: { kind: "operator" } }),
      401,
      "credential_refused",
    );
    await expectRefusal(
      service.check({ ...context, credential: { kind: "profile" } }),
      401,
      "credential_refused",
    );
  });

  it("puts neither hash nor secret into any error", async () => {
    await start("enterprise");
    const errors: ApiError[] = [];
    const collect = async (call: Promise<unknown>) => {
      const [outcome] = await Promise.allSettled([call]);
      if (outcome.status === "fulfilled") return;
      if (!(outcome.reason instanceof ApiError)) throw outcome.reason;
      errors.push(outcome.reason);
    };
    const token = server.add({ name: "secret" });
    for (const status of [200, 400, 401, 403, 404, 409, 422, 429, 500]) {
      // A server that tells everything it knows.
      const told = JSON.stringify(server.canaries());
      for (const body of [
        `{"error":${JSON.stringify(told)}}`,
        `{"token_id":1,"hash":${told}}`,
        told,
        `<p>${told}`,
      ]) {
        server.interfere = ({ path }) =>
          path.endsWith("query_sql") ? undefined : { kind: "answer", status, body };
        await collect(service.revokeToken(context, String(token.id)));
        await collect(service.createToken(context, { description: "x", permissions: [adminPermission] }));
        server.interfere = () => ({ kind: "answer", status, body });
        await collect(service.getToken(context, String(token.id)));
        await collect(service.listDatabases(context));
      }
    }
    expect(errors.length).toBeGreaterThan(100);
    const text = errors.map((error) => [error.message, JSON.stringify(error), error.stack]).join("\n");
    for (const canary of server.canaries()) expect(text).not.toContain(canary);
  });
});
