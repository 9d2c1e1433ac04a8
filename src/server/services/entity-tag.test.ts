import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Permission } from "#contract/permission.ts";
import { matchesEntityTag, tokenEntityTag } from "./entity-tag.ts";

const permission = fc
  .record({
    action: fc.oneof(fc.constantFrom("read", "write"), fc.string({ minLength: 1, unit: "binary" })),
    resource: fc.oneof(fc.constantFrom("*", "a", "b"), fc.string({ minLength: 1, maxLength: 64 })),
    extra: fc.option(fc.jsonValue(), { nil: undefined }),
  })
  .map(({ extra, ...rest }): Permission => (extra === undefined ? rest : { ...rest, extra }));
const content = fc.record({ description: fc.string({ unit: "binary" }), permissions: fc.array(permission) });

/** The slow and obvious way to say that two permission sets are the same. */
function sameSet(left: Permission[], right: Permission[]): boolean {
  const rest = [...right];
  for (const one of left) {
    const index = rest.findIndex((other) => sameValue(one, other));
    if (index < 0) return false;
    rest.splice(index, 1);
  }
  return rest.length === 0;
}

function sameValue(left: unknown, right: unknown): boolean {
  try {
    // Through JSON first, since that is how both travel: -0 becomes 0 there.
    expect(JSON.parse(JSON.stringify(left))).toEqual(JSON.parse(JSON.stringify(right)));
    return true;
  } catch {
    return false;
  }
}

function withKeysReversed(value: Permission): Permission {
  const { action, resource, ...rest } = value;
  return { ...Object.fromEntries(Object.entries(rest).reverse()), resource, action };
}

describe("tokenEntityTag", () => {
  it("is a strong entity tag", () => {
    expect(tokenEntityTag({ description: "", permissions: [] })).toMatch(/^"[\w-]{43}"$/);
  });

  it("does not depend on the order of permissions, or of their fields", () => {
    fc.assert(
      fc.property(content, fc.infiniteStream(fc.nat()), ({ description, permissions }, keys) => {
        const shuffled = permissions
          .map((value) => ({ value: withKeysReversed(value), key: keys.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ value }) => value);
        expect(tokenEntityTag({ description, permissions: shuffled })).toBe(
          tokenEntityTag({ description, permissions }),
        );
      }),
    );
  });

  it("differs when the content does, and only then", () => {
    const close = content.chain((one) =>
      fc.tuple(
        fc.constant(one),
        fc.oneof(
          content,
          fc.record({
            description: fc.constant(one.description),
            permissions: fc.shuffledSubarray(one.permissions),
          }),
        ),
      ),
    );
    fc.assert(
      fc.property(close, ([one, two]) => {
        const same = one.description === two.description && sameSet(one.permissions, two.permissions);
        expect(tokenEntityTag(one) === tokenEntityTag(two)).toBe(same);
      }),
    );
  });

  it.each([
    [
      "a text that looks like structure",
      [{ action: "a", resource: 'b","resource":"c' }],
      [{ action: "a", resource: "b" }],
    ],
    [
      "a number and its text",
      [{ action: "a", resource: "b", n: 1 }],
      [{ action: "a", resource: "b", n: "1" }],
    ],
    ["null and nothing", [{ action: "a", resource: "b", n: null }], [{ action: "a", resource: "b" }]],
    [
      "an empty list and an empty object",
      [{ action: "a", resource: "b", n: [] }],
      [{ action: "a", resource: "b", n: {} }],
    ],
    [
      "one grant and the same twice",
      [{ action: "a", resource: "b" }],
      [
        { action: "a", resource: "b" },
        { action: "a", resource: "b" },
      ],
    ],
  ])("tells apart %s", (_, left, right) => {
    expect(tokenEntityTag({ description: "", permissions: left })).not.toBe(
      tokenEntityTag({ description: "", permissions: right }),
    );
  });

  it("sees a key named __proto__", () => {
    const hostile: Permission = JSON.parse('{"action":"a","resource":"b","__proto__":{"x":1}}');
    expect(tokenEntityTag({ description: "", permissions: [hostile] })).not.toBe(
      tokenEntityTag({ description: "", permissions: [{ action: "a", resource: "b" }] }),
    );
  });
});

describe("matchesEntityTag", () => {
  it.each([
    ['"a"', true],
    ['W/"a"', true],
    ["*", true],
    ['"b", "a"', true],
    ['"b",W/"a"', true],
    ['"b"', false],
    ["a", false],
    ['"A"', false],
    ["", false],
  ])('%s allows a change of "a": %s', (ifMatch, allowed) => {
    expect(matchesEntityTag(ifMatch, '"a"')).toBe(allowed);
  });
});
