import { expect, it } from "vitest";
import { describeOnPostgres } from "#server/database/engines-for-tests.ts";
import { change } from "./own-cluster-change.ts";
import type { CallContext } from "./token-service.ts";

const context: CallContext = {
  credential: { kind: "operator" },
  actor: { kind: "link", label: "Operator (sign-in link)" },
  signal: new AbortController().signal,
};

describeOnPostgres("Two changes that stand in each other's way", (engine) => {
  it("are both made, one after the other", { timeout: 30_000 }, async () => {
    const database = await engine.open();
    const other = await database.openAgain();
    for (const id of ["a", "b"]) {
      await database.db.insertInto("accounts").values({ id, name: "" }).execute();
    }
    // Each holds one row before either asks for the other's.
    let both = () => {};
    const holding = new Promise<void>((resolve) => (both = resolve));
    let holders = 0;
    let attempts = 0;
    const append = (db: typeof database.db, sign: string, order: string[]) =>
      change(db, context, async (transaction) => {
        attempts += 1;
        for (const id of order) {
          const { name } = await transaction
            .selectFrom("accounts")
            .select("name")
            .where("id", "=", id)
            .forUpdate()
            .executeTakeFirstOrThrow();
          await transaction
            .updateTable("accounts")
            .set({ name: name + sign })
            .where("id", "=", id)
            .execute();
          holders += 1;
          if (holders === 2) both();
          await holding;
        }
      });
    await Promise.all([append(database.db, "x", ["a", "b"]), append(other.db, "y", ["b", "a"])]);
    const rows = await database.db.selectFrom("accounts").select("name").execute();
    expect(rows.map(({ name }) => name.split("").sort().join(""))).toEqual(["xy", "xy"]);
    expect(attempts).toBe(3);
    await other.close();
    await database.close();
  });
});
