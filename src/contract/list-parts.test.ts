import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { listPart, listPartsText } from "./list-parts.ts";
import { listPartSchema } from "./token-columns-schema.ts";
import { PART_ROWS, tokensOf } from "./token-columns.ts";

const text = fc.oneof(fc.string({ unit: "binary", maxLength: 5 }), fc.constantFrom("", "\n", "東京", "a"));
const instant = fc.oneof(
  fc
    .date({
      min: new Date("0000-01-01T00:00:00Z"),
      max: new Date("9999-12-31T23:59:59.999Z"),
      noInvalidDate: true,
    })
    .chain((date) => fc.constantFrom(date.toISOString(), `${date.toISOString().slice(0, 19)}Z`)),
  fc.constantFrom("1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z"),
);
const permission = fc.record(
  { action: fc.constantFrom("read", "write"), resource: fc.constantFrom("a", "b", "*"), resourceType: text },
  { requiredKeys: ["action", "resource"] },
);
const plain = {
  id: text,
  description: text,
  createdAt: instant,
  permissions: fc.array(permission, { maxLength: 3 }),
};
const token = fc.record(
  { ...plain, expiresAt: instant, revokedAt: instant },
  { requiredKeys: ["id", "description", "createdAt", "permissions"] },
);

describe("a part of a list", () => {
  it("is columns, out of which tokens come as they were", () => {
    fc.assert(
      fc.property(fc.array(token, { maxLength: 12 }), (tokens) => {
        const part = listPart(tokens);
        if ("rows" in part) throw new Error("these fit into columns");
        expect(tokensOf(JSON.parse(JSON.stringify(part)))).toEqual(tokens);
        // Equal ones stand there once.
        expect(new Set(part.permissions.map((each) => JSON.stringify(each))).size).toBe(
          part.permissions.length,
        );
      }),
    );
  });

  const other = fc.oneof(
    fc.anything({ withNullPrototype: false }).filter((value) => JSON.stringify(value) !== undefined),
    fc.record({ ...plain, expiresAt: fc.constantFrom("2027-01-01T00:00:00+01:00", "soon", null, 7) }),
    fc.record({
      ...plain,
      createdAt: fc.constantFrom("2027-01-01T00:00:00.123456Z", "2027-02-30T00:00:00Z", ""),
    }),
    fc.record({ ...plain, owner: text }),
    fc.record({ ...plain, accountId: text }),
    fc.record({ ...plain, id: fc.constant(7) }),
    fc.record({
      ...plain,
      permissions: fc.constantFrom<unknown>([null], [7], [{ action: "read" }], "read", null),
    }),
  );

  it("is the rows themselves where one of them would not come out as it was", () => {
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 3 }),
        other,
        fc.array(token, { maxLength: 3 }),
        (before, odd, after) => {
          // As an answer of JSON has it.
          const rows: unknown[] = JSON.parse(JSON.stringify([...before, odd, ...after]));
          expect(listPart(rows)).toEqual({ rows });
        },
      ),
    );
  });

  it("says what its schema says", () => {
    const tokens = fc.array(
      token.filter(({ id }) => id !== ""),
      { maxLength: 3 },
    );
    fc.assert(
      fc.property(tokens, (rows) => {
        const text = JSON.stringify(rows);
        fc.pre(text.isWellFormed() && !/\\u(?:0000|d[89a-f])/.test(text));
        const part: unknown = JSON.parse(JSON.stringify(listPart(rows)));
        expect(listPartSchema.parse(part)).toEqual(part);
      }),
    );
  });
});

it("a list has its parts on lines of their own, and loses no row between them", () => {
  const rows = Array.from({ length: 2 * PART_ROWS + 1 }, (_, index) => ({
    id: `line\n${index}`,
    description: ",\n",
    createdAt: "2026-01-01T00:00:00Z",
    permissions: [],
  }));
  const text = listPartsText(rows);
  expect(text.split("\n")).toHaveLength(4);
  const parts: ReturnType<typeof listPart>[] = JSON.parse(`[${text}]`);
  expect(parts.flatMap((part) => ("rows" in part ? part.rows : tokensOf(part)))).toEqual(rows);
  expect(listPartsText([])).toBe("");
});
