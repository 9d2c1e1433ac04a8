import { sql } from "kysely";
import { expect, it, test } from "vitest";
import { describeOnEachEngine } from "./database/engines-for-tests.ts";
import { startTestGateway } from "./gateway-for-tests.ts";
import { createReadiness, type Hindrance } from "./readiness.ts";

type Check = () => Promise<"good" | "other_schema">;

function readinessOf(check: Check, changes: { isStopping?: () => boolean; patience?: number } = {}) {
  let now = 0;
  const readiness = createReadiness({
    database: { check },
    clock: () => now,
    isStopping: () => false,
    isConfigured: () => true,
    ...changes,
  });
  return { readiness, pass: (millis: number) => (now += millis) };
}

test("the database is asked once a second, however many ask", async () => {
  let asked = 0;
  const { readiness, pass } = readinessOf(async () => {
    asked++;
    return "good";
  });
  const all = await Promise.all(Array.from({ length: 20 }, () => readiness.hindrances()));
  expect([asked, all.flat()]).toEqual([1, []]);
  pass(999);
  await readiness.hindrances();
  expect(asked).toBe(1);
  pass(1);
  await readiness.hindrances();
  expect(asked).toBe(2);
});

test("a database that fails, or does not answer in time, is one that does not answer", async () => {
  const failing = readinessOf(() => Promise.reject(new Error("password authentication failed for user me")));
  expect(await failing.readiness.hindrances()).toEqual(["database"] satisfies Hindrance[]);
  const silent = readinessOf(() => new Promise(() => undefined), { patience: 10 });
  expect(await silent.readiness.hindrances()).toEqual(["database"] satisfies Hindrance[]);
});

test("it is not ready from the moment it stops, whatever was found a moment ago", async () => {
  let isStopping = false;
  const { readiness } = readinessOf(async () => "good", { isStopping: () => isStopping });
  expect(await readiness.hindrances()).toEqual([]);
  isStopping = true;
  expect(await readiness.hindrances()).toEqual(["stopping"] satisfies Hindrance[]);
});

describeOnEachEngine("Readiness", (engine) => {
  it("is 200 with the tables of this version, and 503 in general words without", async () => {
    const gateway = await startTestGateway({ engine });
    try {
      const ask = async () => {
        gateway.pass(1000);
        const answer = await gateway.send("/readyz");
        return [answer.status, await answer.json()];
      };
      expect(await ask()).toEqual([200, { status: "ready", reasons: [] }]);
      await sql`insert into kysely_migration (name, timestamp) values ('9999-later', 'now')`.execute(
        gateway.database.db,
      );
      expect(await ask()).toEqual([
        503,
        { status: "not ready", reasons: ["Its database is that of another version."] },
      ]);
      await sql`drop table kysely_migration`.execute(gateway.database.db);
      expect(await ask()).toEqual([503, { status: "not ready", reasons: ["Its database does not answer."] }]);
      // Alive all the same: nothing is gained by starting it again. And no line in the log for each time it is asked.
      expect((await gateway.send("/healthz")).status).toBe(200);
      expect(gateway.logLines.filter((line) => line.includes("/readyz"))).toEqual([]);
    } finally {
      await gateway.close();
    }
  });
});
