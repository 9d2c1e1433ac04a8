import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonical, canonicalSet, sameContent } from "./canonical.ts";

/** As JSON carries it: what travels has no -0. */
const asJson = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

function withKeysReversed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withKeysReversed);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .reverse()
      .map(([key, field]) => [key, withKeysReversed(field)]),
  );
}

describe("canonical", () => {
  it("is JSON that reads back as the value, and is written the same again", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const text = canonical(value);
        expect(JSON.parse(text)).toEqual(asJson(value));
        expect(canonical(JSON.parse(text))).toBe(text);
      }),
    );
  });

  it("does not depend on the order of keys, at any depth", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(canonical(withKeysReversed(value))).toBe(canonical(value));
      }),
    );
  });

  it("differs when the values do, and only then", () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
        let same = true;
        try {
          expect(asJson(one)).toEqual(asJson(other));
        } catch {
          same = false;
        }
        expect(canonical(one) === canonical(other)).toBe(same);
      }),
    );
  });

  it("keeps the order of lists, and leaves out what is undefined", () => {
    expect(canonical([1, 2])).not.toBe(canonical([2, 1]));
    expect(canonical({ b: undefined, a: 1 })).toBe('{"a":1}');
    expect(canonical({ list: [undefined] })).toBe('{"list":[null]}');
  });

  it("takes __proto__ for a key like any other", () => {
    expect(canonical(JSON.parse('{"__proto__":{"x":1}}'))).toBe('{"__proto__":{"x":1}}');
  });
});

describe("canonicalSet", () => {
  it("has no order, and counts", () => {
    fc.assert(
      fc.property(
        fc
          .array(fc.jsonValue())
          .chain((set) =>
            fc.tuple(
              fc.constant(set),
              fc.shuffledSubarray(set, { minLength: set.length, maxLength: set.length }),
            ),
          ),
        ([set, shuffled]) => {
          expect(canonicalSet(shuffled)).toBe(canonicalSet(set));
        },
      ),
    );
    expect(canonicalSet([{ a: 1 }, { a: 1 }])).not.toBe(canonicalSet([{ a: 1 }]));
  });
});

describe("sameContent", () => {
  const grant = { action: "read", resource: "a" };
  it.each([
    ["another description", { description: "y", permissions: [grant] }, false],
    ["another grant", { description: "x", permissions: [{ ...grant, resource: "b" }] }, false],
    ["a field more", { description: "x", permissions: [{ ...grant, resourceType: "database" }] }, false],
    ["keys in another order", { description: "x", permissions: [{ resource: "a", action: "read" }] }, true],
  ])("%s", (_, other, same) => {
    expect(sameContent({ description: "x", permissions: [grant] }, other)).toBe(same);
  });
});
