import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalSet } from "#contract/canonical.ts";
import { applyDiff, diffPermissions, isEmptyDiff } from "./permission-diff.ts";
import { grants, permissionLists, reordered } from "./permissions-for-tests.ts";

describe("diffPermissions", () => {
  it("says what is granted, taken away and unchanged", () => {
    expect(diffPermissions(grants("read:a write:a read:b"), grants("write:a read:c"))).toEqual({
      granted: grants("read:c"),
      taken: grants("read:a read:b"),
      unchanged: grants("write:a"),
    });
  });

  it("round trip: applied to the base it gives the wish", () => {
    fc.assert(
      fc.property(permissionLists, permissionLists, (base, wish) => {
        expect(canonicalSet(applyDiff(base, diffPermissions(base, wish)))).toBe(canonicalSet(wish));
      }),
    );
  });

  it("is the other way round from the wish to the base", () => {
    fc.assert(
      fc.property(permissionLists, permissionLists, (base, wish) => {
        const there = diffPermissions(base, wish);
        const back = diffPermissions(wish, base);
        expect(canonicalSet(back.granted)).toBe(canonicalSet(there.taken));
        expect(canonicalSet(back.taken)).toBe(canonicalSet(there.granted));
        expect(canonicalSet(back.unchanged)).toBe(canonicalSet(there.unchanged));
      }),
    );
  });

  it("accounts for every permission of both, once", () => {
    fc.assert(
      fc.property(permissionLists, permissionLists, (base, wish) => {
        const { granted, taken, unchanged } = diffPermissions(base, wish);
        expect(canonicalSet([...unchanged, ...taken])).toBe(canonicalSet(base));
        expect(canonicalSet([...unchanged, ...granted])).toBe(canonicalSet(wish));
        for (const one of granted) expect(canonicalSet(taken)).not.toContain(canonicalSet([one]));
      }),
    );
  });

  it("does not depend on the order of permissions or of their keys", () => {
    fc.assert(
      fc.property(permissionLists, permissionLists, (base, wish) => {
        const plain = diffPermissions(base, wish);
        const other = diffPermissions(reordered(base), reordered(wish));
        expect(canonicalSet(other.granted)).toBe(canonicalSet(plain.granted));
        expect(canonicalSet(other.taken)).toBe(canonicalSet(plain.taken));
        expect(isEmptyDiff(diffPermissions(base, reordered(base)))).toBe(true);
        expect(isEmptyDiff(plain)).toBe(canonicalSet(base) === canonicalSet(wish));
      }),
    );
  });

  it("keeps actions and fields that nobody knows, verbatim", () => {
    const odd = { action: "drop", resource: "a", resourceType: "table", note: { by: "them" } };
    expect(diffPermissions([odd], []).taken).toEqual([odd]);
    expect(diffPermissions([odd], grants("drop:a"))).toEqual({
      granted: grants("drop:a"),
      taken: [odd],
      unchanged: [],
    });
  });

  it("counts one that is there twice", () => {
    expect(diffPermissions(grants("read:a read:a"), grants("read:a"))).toEqual({
      granted: [],
      taken: grants("read:a"),
      unchanged: grants("read:a"),
    });
  });
});

describe("applyDiff", () => {
  it("takes no more than it says, and what is not there is no loss", () => {
    expect(applyDiff(grants("read:a read:a"), { granted: [], taken: grants("read:a write:b") })).toEqual(
      grants("read:a"),
    );
  });
});
