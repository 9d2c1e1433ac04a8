import { copyFileSync, renameSync, rmSync } from "node:fs";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { problemSchema } from "#contract/problem.ts";
import { createApp } from "./app.ts";
import { describeOnEachEngine, describeOnPostgres } from "./database/engines-for-tests.ts";
import { setUpOwnCluster } from "./database/own-cluster-setup.ts";
import { CHANGE_LIMIT } from "./deadline.ts";
import { createdBy, MANAGEMENT_TOKEN, startTestGateway, type TestGateway } from "./gateway-for-tests.ts";
import { StartError } from "./start-error.ts";

let gateway: TestGateway;
afterEach(() => gateway.close());

async function newToken(): Promise<string> {
  return (await createdBy(await gateway.bearer("POST", "/api/v0/tokens", { description: "x" }))).id;
}
const revoke = (id: string) => gateway.bearer("DELETE", `/api/v0/tokens/${id}`);
async function expectUnavailable(answer: Response): Promise<void> {
  expect([answer.status, problemSchema.parse(await answer.json()).reason]).toEqual([503, "unavailable"]);
}
async function isRevoked(id: string): Promise<boolean> {
  const answer = await gateway.bearer("GET", `/api/v0/tokens/${id}`);
  expect(answer.status).toBe(200);
  return (await answer.text()).includes("revokedAt");
}

describeOnEachEngine("A store in trouble", (engine) => {
  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
  });

  test("a change that comes too late is refused before it begins, and recorded as not done", async () => {
    const id = await newToken();
    const { main } = gateway.options.clusters;
    let [lag, began] = [0, 0];
    const real = performance.now.bind(performance);
    vi.spyOn(performance, "now").mockImplementation(() => real() + lag);
    const service = {
      ...main.service,
      authenticate: async (credential: Parameters<typeof main.service.authenticate>[0]) => {
        lag += CHANGE_LIMIT;
        return main.service.authenticate(credential);
      },
      revokeToken: async () => void began++,
    };
    const clusters = { ...gateway.options.clusters, main: { ...main, service } };
    const { hono } = createApp({ ...gateway.options, clusters });
    const send = (method: string, headers: Record<string, string> = {}) =>
      hono.request(`http://localhost:4600/api/v0/tokens/${id}`, {
        method,
        headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}`, ...headers },
      });

    await expectUnavailable(await send("DELETE"));
    const late = await send("DELETE", { "Idempotency-Key": "key-of-sixteen-chars" });
    expect(late.headers.get("Retry-After")).toBe("5");
    await expectUnavailable(late);
    expect([began, await isRevoked(id)]).toEqual([0, false]);
    const rows = await gateway.database.db.selectFrom("operations").select(["state", "status"]).execute();
    expect(rows).toEqual([{ state: "failed", status: 503 }]);
    const again = await send("DELETE", { "Idempotency-Key": "key-of-sixteen-chars" });
    expect([again.status, again.headers.get("Idempotency-Replayed")]).toEqual([503, "true"]);
    // Reading is never too late.
    expect((await send("GET")).status).toBe(200);
  });

  test("13. a table that is gone is 503", async () => {
    await sql`drop table database_tokens`.execute(gateway.database.db);
    await expectUnavailable(await gateway.bearer("GET", "/api/v0/tokens"));
  });
});

test("setting up waits for another gateway that sets up, but not for ever", async () => {
  gateway = await startTestGateway();
  const { db } = gateway.database;
  await db.deleteFrom("management_tokens").execute();
  await db.deleteFrom("token_list_versions").execute();
  await db.deleteFrom("clusters").execute();
  await db.deleteFrom("accounts").execute();
  const setUp = () =>
    setUpOwnCluster({ db, clock: gateway.clock, sample: false, firstManagementToken: MANAGEMENT_TOKEN });
  const transaction = vi.spyOn(db, "transaction");
  const locked = (code: string) => () => {
    throw Object.assign(new Error("locked"), { code });
  };
  transaction.mockImplementation(locked("SQLITE_BUSY"));
  await expect(setUp()).rejects.toThrow(StartError);
  transaction.mockRestore();
  vi.spyOn(db, "transaction").mockImplementationOnce(locked("55P03"));
  expect(await setUp()).toEqual({ created: true });
});

test("a database file that was removed or replaced takes no change", async () => {
  gateway = await startTestGateway();
  const id = await newToken();
  const { file } = gateway.database.location;
  const kept = `${file}.kept`;
  renameSync(file, kept);
  await expectUnavailable(await revoke(id));
  await expectUnavailable(await gateway.bearer("POST", "/api/v0/tokens", { description: "y" }));
  copyFileSync(kept, file);
  await expectUnavailable(await revoke(id));
  rmSync(file);
  // Put back, it is the same file again.
  renameSync(kept, file);
  expect((await revoke(id)).status).toBe(204);
});

describeOnPostgres("A row that somebody else holds", (engine) => {
  test("is not changed after the gateway has answered 503", { timeout: 30_000 }, async () => {
    gateway = await startTestGateway({ engine });
    const id = await newToken();
    const other = await gateway.database.openAgain();
    let answer: Response | undefined;
    await other.db.transaction().execute(async (transaction) => {
      await transaction.selectFrom("database_tokens").select("id").forUpdate().execute();
      answer = await revoke(id);
    });
    if (answer === undefined) throw new Error("no answer");
    await expectUnavailable(answer);
    // Nobody waits in the server any more, so nothing can come of it.
    const { rows } = await sql`select 1 from pg_stat_activity
      where datname = current_database() and state <> 'idle' and pid <> pg_backend_pid()`.execute(other.db);
    expect(rows).toEqual([]);
    expect(await isRevoked(id)).toBe(false);
    await other.close();
  });
});
