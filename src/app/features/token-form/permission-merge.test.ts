import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalSet } from "#contract/canonical.ts";
import type { Permission } from "#contract/permission.ts";
import { applyDiff, diffPermissions } from "./permission-diff.ts";
import { mergeContent, mergePermissions, type EditableContent } from "./permission-merge.ts";
import { grants, permissionLists, permissionSets, reordered } from "./permissions-for-tests.ts";

const text = canonicalSet;
const has = (set: readonly Permission[], one: Permission) =>
  set.some((other) => canonicalSet([other]) === canonicalSet([one]));

describe("mergePermissions", () => {
  it("keeps what either side granted and what either side took away", () => {
    const base = grants("read:a write:a read:b");
    const mine = grants("read:a write:a read:b write:c");
    const theirs = grants("read:a read:b");
    expect(text(mergePermissions(base, mine, theirs))).toBe(text(grants("read:a read:b write:c")));
  });

  it("is what the other side has when one side changed nothing", () => {
    fc.assert(
      fc.property(permissionLists, permissionLists, (base, other) => {
        expect(text(mergePermissions(base, base, other))).toBe(text(other));
        expect(text(mergePermissions(base, other, base))).toBe(text(other));
        expect(text(mergePermissions(base, other, reordered(other)))).toBe(text(other));
      }),
    );
  });

  it("does not depend on whose change is called mine, nor on any order", () => {
    fc.assert(
      fc.property(permissionLists, permissionLists, permissionLists, (base, one, other) => {
        const merged = text(mergePermissions(base, one, other));
        expect(text(mergePermissions(base, other, one))).toBe(merged);
        expect(text(mergePermissions(reordered(base), reordered(one), reordered(other)))).toBe(merged);
      }),
    );
  });

  it("loses nothing of either side", () => {
    fc.assert(
      fc.property(permissionSets, permissionSets, permissionSets, (base, mine, theirs) => {
        const merged = mergePermissions(base, mine, theirs);
        const changes = [diffPermissions(base, mine), diffPermissions(base, theirs)];
        for (const { granted, taken } of changes) {
          for (const one of granted) expect(has(merged, one)).toBe(true);
          for (const one of taken) expect(has(merged, one)).toBe(false);
        }
        // And nothing that neither side changed.
        for (const one of base) {
          if (has(mine, one) && has(theirs, one)) expect(has(merged, one)).toBe(true);
        }
        for (const one of merged) expect(has(mine, one) || has(theirs, one)).toBe(true);
      }),
    );
  });

  it("merges three changes of sets the same in any grouping", () => {
    fc.assert(
      fc.property(permissionSets, permissionSets, permissionSets, permissionSets, (base, a, b, c) => {
        const left = mergePermissions(base, mergePermissions(base, a, b), c);
        const right = mergePermissions(base, a, mergePermissions(base, b, c));
        expect(text(left)).toBe(text(right));
      }),
    );
  });

  it("applies disjoint changes one after the other, in either order", () => {
    const disjoint = fc.tuple(permissionSets, permissionSets, permissionSets).map(([base, one, other]) => {
      // The second side leaves alone what the first one changed.
      const first = diffPermissions(base, one);
      const untouched = ({ granted, taken }: typeof first) => ({
        granted: granted.filter((permission) => !has(first.granted, permission)),
        taken: taken.filter((permission) => !has(first.taken, permission)),
      });
      return { base, first, second: untouched(diffPermissions(base, other)) };
    });
    fc.assert(
      fc.property(disjoint, ({ base, first, second }) => {
        const mine = applyDiff(base, first);
        const theirs = applyDiff(base, second);
        const merged = text(mergePermissions(base, mine, theirs));
        expect(merged).toBe(text(applyDiff(mine, second)));
        expect(merged).toBe(text(applyDiff(theirs, first)));
      }),
    );
  });

  it.each([
    ["both took one of two", "x:a x:a", "x:a", "x:a", "x:a"],
    ["one took one, the other both", "x:a x:a", "x:a", "", ""],
    ["both granted it", "", "x:a", "x:a", "x:a"],
    ["one granted it twice", "", "x:a", "x:a x:a", "x:a x:a"],
    ["one took it, the other added a second one", "x:a", "", "x:a x:a", "x:a"],
  ])("counts: %s", (_, base, mine, theirs, merged) => {
    expect(text(mergePermissions(grants(base), grants(mine), grants(theirs)))).toBe(text(grants(merged)));
  });

  it("keeps fields that nobody knows, verbatim", () => {
    const odd = { action: "drop", resource: "a", resourceType: "table", note: [1] };
    expect(mergePermissions([odd], [odd, ...grants("read:a")], [odd])).toEqual([odd, ...grants("read:a")]);
  });
});

describe("mergeContent", () => {
  const content = (description: string, permissions = ""): EditableContent => ({
    description,
    permissions: grants(permissions),
  });

  it.each([
    ["x", "x", "x", { kind: "unchanged", text: "x" }],
    ["x", "y", "x", { kind: "mine", text: "y" }],
    ["x", "x", "y", { kind: "theirs", text: "y" }],
    ["x", "y", "y", { kind: "both", text: "y" }],
    ["x", "y", "z", { kind: "conflict", mine: "y", theirs: "z" }],
    ["x", "", "z", { kind: "conflict", mine: "", theirs: "z" }],
  ])("description %o, mine %o, theirs %o", (base, mine, theirs, merged) => {
    expect(mergeContent(content(base), content(mine), content(theirs)).description).toEqual(merged);
  });

  it("says what each side changed", () => {
    const merged = mergeContent(
      content("x", "read:a write:a"),
      content("x", "read:a write:a read:b"),
      content("x", "read:a"),
    );
    expect(merged.mine).toMatchObject({ granted: grants("read:b"), taken: [] });
    expect(merged.theirs).toMatchObject({ granted: [], taken: grants("write:a") });
    expect(text(merged.permissions)).toBe(text(grants("read:a read:b")));
  });
});
