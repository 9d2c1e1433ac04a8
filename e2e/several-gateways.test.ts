import { execFile } from "node:child_process";
import { randomBytes, randomUUID } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from "vitest";
import * as z from "zod/mini";
import { ACCEPT_CHANGES_HEADER, TOKEN_CHANGES } from "#contract/list-changes.ts";
import { createdManagementTokenSchema } from "#contract/management-token.ts";
import { settledOperationSchema } from "#contract/operation-schema.ts";
import { revokeRunKey, revokeRunSchema, revokeRunSummarySchema } from "#contract/revoke-run.ts";
import { rotationSchema, startedRotationSchema } from "#contract/rotation.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import { cleanEnvironment, type GatewayAnswer, type GatewayProcess } from "./gateway-process.ts";
import { type SeveralGateways, startSeveralGateways } from "./several-gateways.ts";

/** From source, so that the run needs no build. */
const program = ["--import", "tsx", "src/server/main.ts"];
const postgresUrl = inject("postgresUrl");
const ROOM = 60_000;

const upwards = (one: number, other: number) => one - other;

const sessionSchema = z.looseObject({ signedIn: z.boolean() });
const tokensSchema = z.array(tokenSchema);

function read<Shape>(schema: z.ZodMiniType<Shape>, answer: GatewayAnswer): Shape {
  expect(answer.status, answer.text).toBe(200);
  return schema.parse(answer.json());
}

async function start(): Promise<SeveralGateways> {
  if (postgresUrl === undefined) throw new Error("PostgreSQL is not available in this run");
  return startSeveralGateways({ postgresUrl, program });
}

const create = async (gateway: GatewayProcess, description = "CI writer", key = randomUUID()) =>
  gateway.api("/api/v0/tokens", {
    method: "POST",
    headers: { "Idempotency-Key": key },
    body: { description, permissions: [{ action: "write", resource: "ci" }] },
  });
const created = async (gateway: GatewayProcess, description?: string) =>
  read(createdTokenSchema, await create(gateway, description));
const revoke = (gateway: GatewayProcess, id: string, key: string = randomUUID()) =>
  gateway.api(`/api/v0/tokens/${id}`, { method: "DELETE", headers: { "Idempotency-Key": key } });
const settle = async (gateway: GatewayProcess, operationKey: string) =>
  read(
    settledOperationSchema,
    await gateway.api("/api/operations/settlement", { method: "POST", body: { operationKey } }),
  );
const acknowledge = (gateway: GatewayProcess, operationKey: string) =>
  gateway.api("/api/operations/acknowledgement", { method: "POST", body: { operationKey } });

describe.skipIf(postgresUrl === undefined)("Two gateways on one PostgreSQL", { timeout: ROOM }, () => {
  let several: SeveralGateways;
  let one: GatewayProcess;
  let other: GatewayProcess;
  beforeAll(async () => {
    several = await start();
    [one, other] = several.gateways;
  }, ROOM);
  afterAll(() => several.close());

  const signInCode = (gateway: GatewayProcess) => new URL(gateway.signInLink).searchParams.get("code") ?? "";
  const spend = (gateway: GatewayProcess, code: string) =>
    gateway.api("/api/session", { method: "POST", cookie: "", body: { method: "link", code } });
  const cookieOf = ({ headers }: GatewayAnswer) => String(headers["set-cookie"]).split(";")[0] ?? "";
  const link = async (gateway: GatewayProcess) => {
    await gateway.restart();
    return signInCode(gateway);
  };

  test("a start of both at the same moment makes one cluster, one key, and the tables once", async () => {
    expect(await several.rows("select count(*)::int as count from clusters")).toEqual([{ count: 1 }]);
    expect(await several.rows("select count(*)::int as count from management_tokens")).toEqual([
      { count: 1 },
    ]);
    expect(readFileSync(several.keyFile, "utf8").trim()).toMatch(/^[A-Za-z0-9+/]{43}=$/);
    for (const gateway of several.gateways) {
      expect(gateway.output).toContain(`Tokenward is ready at ${several.proxy.url}`);
      // Of two printed links both are good: each has a code of its own.
      expect(gateway.signInLink.startsWith(several.proxy.url)).toBe(true);
      expect(gateway.log).not.toContain("error");
    }
    expect(signInCode(one)).not.toBe(signInCode(other));
  });

  test("a sign-in code of one is spent at the other, once, and the session is good at both", async () => {
    const code = signInCode(one);
    const answers = await Promise.all([spend(one, code), spend(other, code)]);
    expect(answers.map(({ status }) => status).sort(upwards)).toEqual([200, 401]);
    const cookie = cookieOf(answers.find(({ status }) => status === 200)!);
    for (const gateway of several.gateways) {
      expect((await spend(gateway, code)).status).toBe(401);
      expect(read(sessionSchema, await gateway.api("/api/session", { cookie })).signedIn).toBe(true);
      expect((await gateway.api("/api/v0/tokens", { cookie })).status).toBe(200);
    }
    await other.api("/api/session", { method: "DELETE", cookie });
    for (const gateway of several.gateways) {
      expect((await gateway.api("/api/v0/tokens", { cookie })).status).toBe(401);
    }
  });

  test("one browser session works through the proxy, whichever gateway gets a request", async () => {
    const { proxy } = several;
    const ask = (path: string, init: RequestInit = {}, cookie = "") =>
      fetch(proxy.url + path, {
        ...init,
        headers: {
          Cookie: cookie,
          Origin: proxy.url,
          "Sec-Fetch-Site": "same-origin",
          "X-Tokenward-Request": "interactive",
          "Content-Type": "application/json",
          "Idempotency-Key": randomUUID(),
        },
      });
    const signedIn = await ask("/api/session", {
      method: "POST",
      body: JSON.stringify({ method: "link", code: signInCode(other) }),
    });
    expect(signedIn.status).toBe(200);
    const cookie = signedIn.headers.get("Set-Cookie")?.split(";")[0];
    const from = proxy.passed.length;
    for (let nth = 0; nth < 6; nth++) {
      const made = await ask(
        "/api/v0/tokens",
        { method: "POST", body: JSON.stringify({ description: `Through the proxy ${String(nth)}` }) },
        cookie,
      );
      const { id } = createdTokenSchema.parse(await made.json());
      const answer = await ask(`/api/v0/tokens/${id}`, {}, cookie);
      expect(tokenSchema.parse(await answer.json()).description).toBe(`Through the proxy ${String(nth)}`);
    }
    const passed = proxy.passed.slice(from).map(({ targets }) => targets[0]);
    expect([passed.filter((target) => target === 0), passed.filter((target) => target === 1)]).toMatchObject([
      { length: 6 },
      { length: 6 },
    ]);
  });

  test("a key that is sent to both at once makes one token, and both give its secret until it is acknowledged", async () => {
    for (let round = 0; round < 5; round++) {
      const [key, description] = [randomUUID(), `Once ${String(round)}`];
      const answers = await Promise.all(several.gateways.map((gateway) => create(gateway, description, key)));
      // Who comes while the first one is at work hears so.
      for (const { status, text } of answers) expect([200, 409], text).toContain(status);
      expect(answers.some(({ status }) => status === 200)).toBe(true);
      const again = await Promise.all(several.gateways.map((gateway) => create(gateway, description, key)));
      const made = answers.find(({ status }) => status === 200)!;
      const { id, accessToken } = read(createdTokenSchema, made);
      for (const answer of again) {
        expect(read(createdTokenSchema, answer)).toMatchObject({ id, accessToken });
        expect(answer.headers["idempotency-replayed"]).toBe("true");
      }
      expect(
        await several.rows("select id from database_tokens where description = $1", [description]),
      ).toEqual([{ id }]);
      expect((await create(other, "Something else", key)).status).toBe(422);

      for (const gateway of several.gateways)
        expect(await settle(gateway, key)).toMatchObject({ state: "done" });
      expect((await acknowledge(other, key)).status).toBeLessThan(300);
      for (const gateway of several.gateways) {
        const gone = await create(gateway, description, key);
        expect([gone.status, gone.text.includes(id)]).toEqual([410, true]);
        expect(gone.text).not.toContain(accessToken);
      }
    }
  });

  test("If-Match of what one said holds at the other", async () => {
    const { id } = await created(one);
    const tag = (await one.api(`/api/v0/tokens/${id}`)).headers["etag"];
    const patch = (gateway: GatewayProcess, description: string) =>
      gateway.api(`/api/v0/tokens/${id}`, {
        method: "PATCH",
        headers: { "If-Match": String(tag) },
        body: { description },
      });
    const both = await Promise.all([patch(one, "first"), patch(other, "second")]);
    expect(both.map(({ status }) => status).sort(upwards)).toEqual([200, 412]);
    const winner = both[0].status === 200 ? "first" : "second";
    for (const gateway of several.gateways) {
      expect(read(tokenSchema, await gateway.api(`/api/v0/tokens/${id}`)).description).toBe(winner);
      expect((await patch(gateway, "late")).status).toBe(412);
    }
  });

  test("a rotation begun at one is taken on at the other, its secret shown until it is acknowledged", async () => {
    const old = await created(one, "To be rotated");
    const key = randomUUID();
    const begin = (gateway: GatewayProcess, headers: Record<string, string> = {}) =>
      gateway.api("/api/clusters/own/rotations", {
        method: "POST",
        headers,
        body: { kind: "database", tokenId: old.id, description: "Replacement" },
      });
    const { rotation, token } = read(startedRotationSchema, await begin(one, { "Idempotency-Key": key }));
    expect(read(startedRotationSchema, await begin(other, { "Idempotency-Key": key }))).toEqual({
      rotation,
      token,
    });
    expect((await begin(other)).status).toBe(409);
    const listed = read(z.array(rotationSchema), await other.api("/api/clusters/own/rotations"));
    expect(listed.map(({ id }) => id)).toEqual([rotation.id]);
    const step = (gateway: GatewayProcess, name: string) =>
      gateway.api(`/api/clusters/own/rotations/${rotation.id}/steps`, {
        method: "POST",
        body: { step: name },
      });
    expect(read(rotationSchema, await step(other, "acknowledged")).state).toBe("overlap");
    expect((await begin(one, { "Idempotency-Key": key })).status).toBe(410);
    expect((await step(one, "finished")).status).toBe(409);
    expect((await revoke(other, old.id)).status).toBe(204);
    expect(read(rotationSchema, await step(one, "finished")).state).toBe("finished");
    expect(read(z.array(rotationSchema), await other.api("/api/clusters/own/rotations"))).toEqual([]);
  });

  test("a run of revocations begun at one is carried out by both, read and ended at the other", async () => {
    const tokens = await Promise.all(
      Array.from({ length: 8 }, (_, nth) => created(one, `In a run ${String(nth)}`)),
    );
    const run = read(
      revokeRunSummarySchema,
      await one.api("/api/clusters/own/revoke-runs", {
        method: "POST",
        body: {
          kind: "database",
          tokens: tokens.map(({ id, description }) => ({ tokenId: id, description })),
        },
      }),
    );
    for (const [nth, { id }] of tokens.slice(0, 6).entries()) {
      const [first, second] = nth % 2 === 0 ? [one, other] : [other, one];
      // The browser or the proxy may send one again, and to the other.
      const answers = [
        await revoke(first, id, revokeRunKey(run.id, id)),
        await revoke(second, id, revokeRunKey(run.id, id)),
      ];
      expect(answers.map(({ status }) => status)).toEqual([204, 204]);
    }
    const path = `/api/clusters/own/revoke-runs/${run.id}`;
    for (const gateway of several.gateways) {
      const { items } = read(revokeRunSchema, await gateway.api(path));
      expect(items.map(({ state }) => state)).toEqual([
        ...Array.from({ length: 6 }, () => "revoked"),
        "not_attempted",
        "not_attempted",
      ]);
    }
    expect(read(revokeRunSchema, await other.api(`${path}/end`, { method: "POST" })).endedAt).toBeDefined();
    expect((await one.api("/api/clusters/own/revoke-runs")).json()).toEqual([]);
  });

  test("a management token that is revoked through one opens nothing at the other any more", async () => {
    const path = "/api/v0/accounts/11111111-1111-4111-8111-111111111111/management-tokens";
    const made = read(
      createdManagementTokenSchema,
      await one.api(path, { method: "POST", body: { description: "Doomed" } }),
    );
    const headers = { Authorization: `Bearer ${made.accessToken}` };
    const signedIn = await other.api("/api/session", {
      method: "POST",
      cookie: "",
      body: { method: "management_token", managementToken: made.accessToken },
    });
    const cookie = cookieOf(signedIn);
    const asks = () =>
      Promise.all([
        other.api("/api/v0/tokens", { headers }),
        other.api("/api/clusters/own/revoke-runs", { headers }),
        other.api("/api/v0/tokens", { cookie }),
      ]);
    expect((await asks()).map(({ status }) => status)).toEqual([200, 200, 200]);
    expect((await one.api(`${path}/${made.id}`, { method: "DELETE" })).status).toBe(204);
    expect((await asks()).map(({ status }) => status)).toEqual([401, 401, 401]);
  });

  test("a list of one shows at once what was done through the other, whole or as changes", async () => {
    for (let round = 0; round < 10; round++) {
      const [actor, reader] = round % 2 === 0 ? [one, other] : [other, one];
      const { id } = await created(reader, `Listed ${String(round)}`);
      // Both have it in memory now.
      const [before] = await Promise.all(several.gateways.map((gateway) => gateway.api("/api/v0/tokens")));
      expect((await revoke(actor, id)).status).toBe(204);
      const after = await reader.api("/api/v0/tokens", {
        headers: { "If-None-Match": String(before?.headers["etag"]) },
      });
      const row = read(tokensSchema, after).find((token) => token.id === id);
      expect(row?.revokedAt).toBeDefined();
      const lists = await Promise.all(several.gateways.map((gateway) => gateway.api("/api/v0/tokens")));
      expect(lists[0]?.headers["etag"]).toBe(lists[1]?.headers["etag"]);
      expect(lists[0]?.text).toBe(lists[1]?.text);
      const changes = await reader.api("/api/v0/tokens", {
        headers: {
          "If-None-Match": String(before?.headers["etag"]),
          [ACCEPT_CHANGES_HEADER]: TOKEN_CHANGES,
        },
      });
      expect(changes.status).toBe(226);
      expect(changes.json()).toMatchObject({ changed: [{ id, revokedAt: row?.revokedAt }], removed: [] });
      const unchanged = await actor.api("/api/v0/tokens", {
        headers: { "If-None-Match": String(after.headers["etag"]) },
      });
      expect(unchanged.status).toBe(304);
    }
  });

  test("what has expired is removed by all that start at once, and none of them is in another's way", async () => {
    await several.rows(
      `insert into operations (key_hash, actor, method, target, body_hash, state, owner, lease_until, started_at)
       select 'old ' || n, 'somebody', 'POST', '/', '', 'done', 'gone', 0, 0 from generate_series(1, 5000) as n`,
    );
    await several.rows(
      `insert into sessions (id_hash, actor, credential, created_at, last_seen_at)
       select 'old ' || n, '{}', '', 0, 0 from generate_series(1, 5000) as n`,
    );
    const codes = await Promise.all(several.gateways.map(link));
    expect(await several.rows("select 1 from operations where started_at = 0")).toEqual([]);
    expect(await several.rows("select 1 from sessions where created_at = 0")).toEqual([]);
    for (const gateway of several.gateways) expect(gateway.log).not.toContain("purge failed");
    // And each other's new codes are left alone.
    for (const code of codes) expect((await spend(one, code)).status).toBe(200);
  });
});

describe.skipIf(postgresUrl === undefined)("A gateway that joins others", { timeout: ROOM }, () => {
  test("with another key is told so, and makes no link that leads to another database", async () => {
    const several = await start();
    try {
      const [one, other] = several.gateways;
      const code = new URL(one.signInLink).searchParams.get("code") ?? "";
      const body = { method: "link", code };
      expect((await one.api("/api/session", { method: "POST", cookie: "", body })).status).toBe(200);
      await other.restart();
      await writeFile(several.keyFile, `${randomBytes(32).toString("base64")}\n`);
      await other.restart();
      // Once: with its old key there was nothing to say.
      const remarks = () => other.output.split("need the same --key-file").length - 1;
      await expect.poll(remarks, { timeout: 10_000 }).toBe(1);

      const link = (env: NodeJS.ProcessEnv) =>
        promisify(execFile)(
          process.execPath,
          ["--import", "tsx", "src/scripts/sign-in-link.ts", "--data-dir", one.dataDir],
          { env: { ...cleanEnvironment(), ...env } },
        );
      await expect(link({})).rejects.toMatchObject({
        stderr: expect.stringContaining("the same DATABASE_URL"),
      });
      const { stdout } = await link({ DATABASE_URL: several.databaseUrl });
      expect(stdout).toContain(`${several.proxy.url}/sign-in?code=`);
    } finally {
      await several.close();
    }
  });
});

describe.skipIf(postgresUrl === undefined)("One of two gateways is killed", () => {
  let several: SeveralGateways;
  let one: GatewayProcess;
  let other: GatewayProcess;
  const open = async () => {
    several = await start();
    [one, other] = several.gateways;
  };
  afterEach(() => several.close());

  /** In place of waiting for half a minute: nobody is left to extend it. */
  const endLeases = () => several.rows("update operations set lease_until = 0 where state = 'started'");
  const problemOf = (answer: GatewayAnswer) => {
    const { code, reason } = z.looseObject({ code: z.int(), reason: z.string() }).parse(answer.json());
    return [code, reason];
  };
  const failed = (answer: Promise<GatewayAnswer>) =>
    answer.then(
      ({ status }) => status,
      () => "broken",
    );
  /**
   * Kills the first gateway when it has done what is asked for and has not recorded that: `lock` is what it needs in order
   * to act. What is returned lets go of the record.
   */
  const killAfterActing = async (
    act: () => Promise<GatewayAnswer>,
    lock: [sql: string, values?: unknown[]],
  ): Promise<() => Promise<void>> => {
    const acting = await several.hold(...lock);
    const answer = failed(act());
    await acting.waiting();
    const recording = await several.hold("lock table activity in share mode");
    await acting.release();
    await recording.waiting();
    await one.kill();
    expect(await answer).toBe("broken");
    return recording.release;
  };
  const through = (method: string, path: string, key: string, body?: unknown) =>
    fetch(several.proxy.url + path, {
      method,
      headers: {
        Authorization: `Bearer ${several.managementToken}`,
        "Content-Type": "application/json",
        "Idempotency-Key": key,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });

  test(
    "in the middle of a run: what was answered is done, the rest is settled and carried out by the other",
    { timeout: ROOM },
    async () => {
      await open();
      const tokens = await Promise.all(
        Array.from({ length: 12 }, (_, nth) => created(one, `Sensor ${String(nth)}`)),
      );
      const run = read(
        revokeRunSummarySchema,
        await one.api("/api/clusters/own/revoke-runs", {
          method: "POST",
          body: {
            kind: "database",
            tokens: tokens.map(({ id, description }) => ({ tokenId: id, description })),
          },
        }),
      );
      const keyOf = (id: string) => revokeRunKey(run.id, id);
      const acknowledged: string[] = [];
      for (const { id } of tokens.slice(0, 5)) {
        expect((await through("DELETE", `/api/v0/tokens/${id}`, keyOf(id))).status).toBe(204);
        acknowledged.push(id);
      }
      // One is killed before it could revoke, ...
      const undone = tokens[5]!.id;
      const token = await several.hold("select 1 from database_tokens where id = $1 for update", [undone]);
      const cutOff = failed(revoke(one, undone, keyOf(undone)));
      await token.waiting();
      await one.kill();
      expect(await cutOff).toBe("broken");
      await token.release();
      expect(await settle(other, keyOf(undone))).toMatchObject({ state: "in_progress" });
      await endLeases();
      expect(await settle(other, keyOf(undone))).toMatchObject({ state: "failed" });
      expect(read(tokenSchema, await other.api(`/api/v0/tokens/${undone}`)).revokedAt).toBeUndefined();

      // ... and the proxy goes on with the other, whoever's turn it is.
      for (const { id } of tokens.slice(7)) {
        expect((await through("DELETE", `/api/v0/tokens/${id}`, keyOf(id))).status).toBe(204);
        acknowledged.push(id);
      }
      await one.restart();
      // Then it is killed after it revoked and before that was recorded.
      const done = tokens[6]!.id;
      const letGo = await killAfterActing(
        () => revoke(one, done, keyOf(done)),
        ["select 1 from database_tokens where id = $1 for update", [done]],
      );
      expect(await several.rows("select revoked_at from database_tokens where id = $1", [done])).toEqual([
        { revoked_at: expect.any(String) },
      ]);
      await letGo();
      // Proxies send a DELETE again, to the other: it is told apart from a second one.
      expect(problemOf(await revoke(other, done, keyOf(done)))).toEqual([409, "in_progress"]);
      await endLeases();
      expect((await revoke(other, done, keyOf(done))).status).toBe(204);
      expect(await settle(other, keyOf(done))).toMatchObject({ state: "done" });

      const items = read(revokeRunSchema, await other.api(`/api/clusters/own/revoke-runs/${run.id}`)).items;
      const revoked = await several.rows("select id from database_tokens where revoked_at is not null");
      for (const id of acknowledged) {
        expect(items.find(({ tokenId }) => tokenId === id)?.state).toBe("revoked");
        expect(revoked).toContainEqual({ id });
      }
      expect(items.find(({ tokenId }) => tokenId === undone)?.state).toBe("refused");
      expect(items.find(({ tokenId }) => tokenId === done)?.state).toBe("revoked");
      // A new attempt, under a key of its own.
      expect((await revoke(other, undone)).status).toBe(204);
    },
  );

  test(
    "in the middle of a creation: nothing is there and that is said, or what was made is named",
    { timeout: ROOM },
    async () => {
      await open();
      const cluster = await several.hold("select 1 from clusters for update");
      const [never, made] = [randomUUID(), randomUUID()];
      const cutOff = failed(create(one, "Never made", never));
      await cluster.waiting();
      await one.kill();
      expect(await cutOff).toBe("broken");
      await cluster.release();
      await endLeases();
      expect(await settle(other, never)).toMatchObject({ state: "failed" });
      expect((await create(other, "Never made", never)).status).toBe(409);
      expect(read(tokensSchema, await other.api("/api/v0/tokens"))).toEqual([]);
      // Sent through the proxy with another key it is made, by whoever is there.
      const again = await through("POST", "/api/v0/tokens", made, { description: "Made" });
      const { id, accessToken } = createdTokenSchema.parse(await again.json());
      await one.restart();
      // What the other made can be shown by the one that was not there.
      expect(await settle(one, made)).toMatchObject({
        state: "done",
        objectId: id,
        answer: { id, accessToken },
      });

      const orphan = randomUUID();
      const letGo = await killAfterActing(
        () => create(one, "Orphan", orphan),
        ["select 1 from clusters for update"],
      );
      await letGo();
      await endLeases();
      const settled = await settle(other, orphan);
      expect(settled).toMatchObject({ state: "done" });
      const listed = read(tokensSchema, await other.api("/api/v0/tokens"));
      expect(settled).toHaveProperty(
        "objectId",
        listed.find(({ description }) => description === "Orphan")?.id,
      );
      expect(listed.map(({ description }) => description).sort()).toEqual(["Made", "Orphan"]);
    },
  );

  test(
    "in the middle of a rotation: the other finds the replacement, and the old token is as it was",
    { timeout: ROOM },
    async () => {
      await open();
      const old = await created(one, "To be rotated");
      const key = randomUUID();
      const finishing = await several.hold("select 1 from clusters for update");
      const cutOff = failed(
        one.api("/api/clusters/own/rotations", {
          method: "POST",
          headers: { "Idempotency-Key": key },
          body: { kind: "database", tokenId: old.id, description: "Replacement" },
        }),
      );
      await finishing.waiting();
      // The token is made in the moment in which this is let go; that it is recorded is held up.
      const recording = await several.hold("select 1 from rotations for update");
      await finishing.release();
      await recording.waiting();
      await one.kill();
      await cutOff;
      await recording.release();
      await endLeases();
      expect(await settle(other, key)).toMatchObject({ state: "unknown" });
      const [rotation] = read(z.array(rotationSchema), await other.api("/api/clusters/own/rotations"));
      expect(rotation).toMatchObject({ state: "created", oldTokenId: old.id });
      const replacement = rotation?.newTokenId ?? "";
      expect(read(tokenSchema, await other.api(`/api/v0/tokens/${replacement}`)).description).toBe(
        "Replacement",
      );
      expect(read(tokenSchema, await other.api(`/api/v0/tokens/${old.id}`)).revokedAt).toBeUndefined();
      const step = await other.api(`/api/clusters/own/rotations/${rotation?.id ?? ""}/steps`, {
        method: "POST",
        body: { step: "abandoned" },
      });
      expect(read(rotationSchema, step).state).toBe("abandoned");
      expect((await revoke(other, replacement)).status).toBe(204);
    },
  );
});

describe.skipIf(postgresUrl === undefined)("A first start of several gateways at once", () => {
  const folders: string[] = [];
  afterEach(async () => {
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
  });

  test(
    "writes the first management token once, where the gateway that made the cluster keeps its files",
    { timeout: ROOM },
    async () => {
      folders.push(await mkdtemp(join(tmpdir(), "tokenward-first-")));
      // The variable is empty: nobody named one.
      const several = await startSeveralGateways({
        postgresUrl: postgresUrl ?? "",
        program,
        env: { TOKENWARD_MANAGEMENT_TOKEN: "" },
      });
      try {
        const files = several.gateways
          .map(({ dataDir }) => join(dataDir, "management-token"))
          .filter(existsSync);
        expect(files).toHaveLength(1);
        const token = readFileSync(files[0] ?? "", "utf8").trim();
        for (const gateway of several.gateways) {
          const asked = await gateway.api("/api/v0/tokens", {
            headers: { Authorization: `Bearer ${token}` },
          });
          expect(asked.status).toBe(200);
        }
      } finally {
        await several.close();
      }
    },
  );
});
