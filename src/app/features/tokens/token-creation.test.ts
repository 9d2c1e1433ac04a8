import fc from "fast-check";
import { expect, it } from "vitest";
import { createTokenIndex, type ListedToken } from "./token-index.ts";
import { descriptionsInUse } from "./token-creation.ts";

const now = Date.parse("2026-11-22T09:00:00Z");
let made = 0;
function token(description: string, more: Partial<ListedToken> = {}): ListedToken {
  made++;
  return { id: `t-${made}`, description, createdAt: "2026-01-01T00:00:00Z", permissions: [], ...more };
}

it("knows exactly the descriptions of active tokens", () => {
  const word = fc.constantFrom(
    "CI",
    "ci",
    "CI 2",
    "CI 10",
    "",
    " ",
    "Café",
    "Cafe",
    "cafe",
    "Ünder",
    "\u202eCI",
    "C",
  );
  const state = fc.constantFrom<Partial<ListedToken>>(
    {},
    {},
    { revokedAt: "2026-02-01T00:00:00Z" },
    { expiresAt: "2026-03-01T00:00:00Z" },
    { expiresAt: "2027-03-01T00:00:00Z" },
  );
  fc.assert(
    fc.property(fc.array(fc.tuple(word, state), { maxLength: 30 }), fc.array(word), (all, asked) => {
      const tokens = all.map(([description, more]) => token(description, more));
      const inUse = descriptionsInUse(createTokenIndex(tokens), now);
      const active = new Set(
        tokens
          .filter(
            ({ revokedAt, expiresAt }) =>
              revokedAt === undefined && (expiresAt === undefined || Date.parse(expiresAt) > now),
          )
          .map(({ description }) => description),
      );
      for (const description of [...asked, ...active]) {
        expect(inUse(description)).toBe(active.has(description));
      }
    }),
  );
});

it("looks at a few of many", () => {
  const tokens = Array.from({ length: 5000 }, (_, position) => token(`Sensor ${position}`));
  const index = createTokenIndex(tokens);
  let looked = 0;
  const counting = new Proxy(index, {
    get(target, name) {
      if (name === "tokenAt") looked++;
      const member: unknown = Reflect.get(target, name);
      return typeof member === "function" ? member.bind(target) : member;
    },
  });
  const inUse = descriptionsInUse(counting, now);
  expect(inUse("Sensor 4711")).toBe(true);
  expect(inUse("Sensor 5001")).toBe(false);
  expect(looked).toBeLessThan(40);
});
