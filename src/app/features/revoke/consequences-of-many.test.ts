import fc from "fast-check";
import { expect, it } from "vitest";
import { tokenStatus } from "#contract/token.ts";
import { databaseConsequencesOf } from "./consequences-of-many.ts";
import type { GrantedAccess, PermittedToken } from "./consequences.ts";

const NOW = Date.parse("2026-06-01T00:00:00Z");
const DATABASES = ["logs", "metrics", "sensors"];

const permission = fc.record({
  action: fc.constantFrom("read", "write", "manage"),
  // One that is no database of the cluster: tokens may name what is not there yet.
  resource: fc.constantFrom(...DATABASES, "later", "*"),
});
const tokens = fc.uniqueArray(
  fc.record({
    id: fc.constantFrom(..."abcdefg".split("")),
    permissions: fc.array(permission, { maxLength: 3 }),
    expiresAt: fc.option(fc.constantFrom("2026-05-01T00:00:00Z", "2026-07-01T00:00:00Z"), { nil: undefined }),
    revokedAt: fc.option(fc.constant("2026-05-01T00:00:00Z"), { nil: undefined, freq: 6 }),
  }),
  { selector: ({ id }) => id },
);

const isActive = (token: PermittedToken) => tokenStatus(token, NOW) === "active";
const reaches = (token: PermittedToken, action: string, database: string) =>
  isActive(token) &&
  token.permissions.some(
    (each) => each.action === action && (each.resource === database || each.resource === "*"),
  );

function granted(list: readonly PermittedToken[]): GrantedAccess {
  return {
    grants(action, now, exceptId) {
      return list
        .filter((token) => token.id !== exceptId && tokenStatus(token, now) === "active")
        .flatMap((token) => token.permissions)
        .filter((each) => each.action === action);
    },
  };
}

it("names what somebody reached before and nobody does after, asked of each database in turn", () => {
  fc.assert(
    fc.property(tokens, fc.uniqueArray(fc.constantFrom(..."abcdefg".split(""))), (list, chosen) => {
      const going = list.filter(({ id }) => chosen.includes(id));
      const rest = list.filter(({ id }) => !chosen.includes(id));
      const lost = (action: string) =>
        [...DATABASES, "later"].filter(
          (database) =>
            going.some((token) => reaches(token, action, database)) &&
            !rest.some((token) => reaches(token, action, database)) &&
            // A database that is not there is named only where a token names it.
            (DATABASES.includes(database) ||
              going.some(
                (token) =>
                  isActive(token) &&
                  token.permissions.some((each) => each.action === action && each.resource === database),
              )),
        );
      // What no database is called.
      const everything = (action: string) =>
        going.some((token) => reaches(token, action, "?")) &&
        !rest.some((token) => reaches(token, action, "?"));
      const found = databaseConsequencesOf(going, granted(rest), DATABASES, NOW);
      expect(found.inactive).toBe(!going.some(isActive));
      expect(found.lastWriterOf.toSorted()).toEqual(lost("write").toSorted());
      expect(found.lastReaderOf.toSorted()).toEqual(lost("read").toSorted());
      expect(found.lastWildcardWriter).toBe(everything("write"));
      expect(found.lastWildcardReader).toBe(everything("read"));
      expect(found.otherActions).toEqual(
        going.some((token) => isActive(token) && token.permissions.some(({ action }) => action === "manage"))
          ? ["manage"]
          : [],
      );
    }),
  );
});
