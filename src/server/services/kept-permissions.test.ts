import { randomUUID } from "node:crypto";
import { expect, it } from "vitest";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { createKeptPermissions } from "./kept-permissions.ts";

describeOnEachEngine("Kept permissions", (engine) => {
  it("change from what was seen only, so that none is lost between two gateways", async () => {
    const database = await engine.open();
    try {
      const clusterId = randomUUID();
      const [one, other] = [
        createKeptPermissions(database.db, clusterId),
        createKeptPermissions(database.db, clusterId),
      ];
      const record = (resource: string) => ({
        suspendedAt: "2030-01-01T00:00:00.000Z",
        suspendedBy: "somebody",
        permissions: [{ action: "alter", resource, hint: { deep: [1, "ü"] } }],
      });
      const [first, second, third] = [record("a"), record("b"), record("c")];
      const id = randomUUID();

      const both = [one.exchange(id, undefined, first), other.exchange(id.toUpperCase(), undefined, second)];
      expect((await Promise.all(both)).filter((isDone) => isDone)).toHaveLength(1);
      const there = await one.find(id);
      if (there === undefined) throw new Error("nothing was kept");
      const stale = there.permissions[0]?.resource === "a" ? second : first;

      expect(await other.exchange(id, stale, third)).toBe(false);
      expect(await other.exchange(id, stale, undefined)).toBe(false);
      expect(await other.exchange(id, undefined, third)).toBe(false);
      expect(await one.find(id)).toEqual(there);
      expect(await other.exchange(id, there, third)).toBe(true);
      expect(await one.all()).toEqual(new Map([[id, third]]));
      expect(await createKeptPermissions(database.db, randomUUID()).all()).toEqual(new Map());
      expect(await one.exchange(id, third, undefined)).toBe(true);
      expect(await one.find(id)).toBeUndefined();
    } finally {
      await database.close();
    }
  });
});
