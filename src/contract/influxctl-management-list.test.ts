import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MANAGEMENT_LIST_LIMIT, readManagementList } from "./influxctl-management-list.ts";
import { toMillis } from "./instant.ts";
import { managementTokenSchema, type ManagementToken } from "./management-token.ts";
import { tokenStatus } from "./token.ts";

const row = {
  id: "3f1a0a52-8a37-4f0d-9d0b-0d8f8a8f0001",
  account_id: "11111111-1111-4111-8111-111111111111",
  token_prefix: "M.V1.+5Jk",
  description: "CI",
  created_at: { seconds: 1_700_000_000, nanos: 120_000_000 },
  expires_at: { seconds: 1_800_000_000, nanos: 0 },
  created_by: "ada@example.com",
};

function read(value: unknown) {
  const reading = readManagementList(JSON.stringify(value));
  if (reading.kind !== "read") throw new Error(reading.reason);
  return reading;
}

function only(value: unknown): ManagementToken {
  const { tokens, unreadable } = read([value]);
  expect(unreadable).toEqual([]);
  const [token] = tokens;
  if (token === undefined) throw new Error("no token");
  return token;
}

function reasonFor(value: unknown): string {
  const { tokens, unreadable } = read([value]);
  expect(tokens).toEqual([]);
  expect(unreadable).toEqual([{ position: 1, reason: expect.any(String) }]);
  return unreadable[0]?.reason ?? "";
}

describe("readManagementList", () => {
  it("reads a row as the command line prints it", () => {
    expect(only(row)).toEqual({
      id: row.id,
      accountId: row.account_id,
      description: "CI",
      tokenPrefix: "M.V1.+5Jk",
      createdAt: "2023-11-14T22:13:20.12Z",
      expiresAt: "2027-01-15T08:00:00Z",
      createdBy: "ada@example.com",
    });
  });

  it("takes the epoch for never, in every spelling, and revokes nothing by it", () => {
    for (const never of [
      { seconds: 0, nanos: 0 },
      { seconds: "0" },
      {},
      null,
      "1970-01-01T00:00:00Z",
      "1970-01-01T01:00:00.000+01:00",
      "0001-01-01T00:00:00Z",
      { seconds: -62_135_596_800 },
    ]) {
      const token = only({ ...row, expires_at: never, revoked_at: never });
      expect(token).not.toHaveProperty("expiresAt");
      expect(token).not.toHaveProperty("revokedAt");
      expect(tokenStatus(token, Date.now())).toBe("active");
    }
  });

  it("keeps revoked rows as revoked", () => {
    const token = only({ ...row, revoked_at: { seconds: 1_750_000_000 } });
    expect(token.revokedAt).toBe("2025-06-15T15:06:40Z");
    expect(tokenStatus(token, Date.now())).toBe("revoked");
  });

  it("reads times as ISO text and keeps them as they are written", () => {
    const created_at = "2024-02-29T23:59:59.123456+05:30";
    expect(only({ ...row, created_at }).createdAt).toBe(created_at);
  });

  it("reads seconds that come as text, and the last nanosecond", () => {
    const created_at = { seconds: "1700000000", nanos: 999_999_999 };
    expect(only({ ...row, created_at }).createdAt).toBe("2023-11-14T22:13:20.999999999Z");
  });

  it("finds the list in an object, and says so when there is none or more than one", () => {
    expect(read({ tokens: [row], total: 1 }).tokens).toHaveLength(1);
    expect(read(null)).toEqual({ kind: "read", tokens: [], unreadable: [] });
    expect(read([])).toEqual({ kind: "read", tokens: [], unreadable: [] });
    for (const none of [{}, { tokens: "x" }, { a: [], b: [] }, "x", 1, true]) {
      expect(readManagementList(JSON.stringify(none)).kind).toBe("refused");
    }
  });

  it("passes over the lines of a terminal around the list", () => {
    const text = `\uFEFF$ influxctl management list --format json\n${JSON.stringify([row], null, 2)}\n$ `;
    expect(readManagementList(text)).toMatchObject({ kind: "read", tokens: [{ id: row.id }] });
  });

  it("refuses what is not the list, with a reason", () => {
    for (const text of ["", " \n", "| ID | DESCRIPTION |", "[{", '[{"id": "a"', "<html></html>"]) {
      const reading = readManagementList(text);
      expect(reading.kind).toBe("refused");
    }
    expect(readManagementList(`[${" ".repeat(MANAGEMENT_LIST_LIMIT)}]`)).toEqual({
      kind: "refused",
      reason: "The text is longer than 8 million characters.",
    });
  });

  it("names position and reason of each row that it cannot read, and reads the others", () => {
    const { tokens, unreadable } = read([
      { ...row, id: undefined },
      row,
      "M.V1.secret",
      { ...row, id: row.id.toUpperCase() },
      { ...row, id: "b", created_at: { seconds: 1e300 } },
    ]);
    expect(tokens.map(({ id }) => id)).toEqual([row.id]);
    expect(unreadable).toEqual([
      { position: 1, reason: "It has no id." },
      { position: 3, reason: "It is not an object." },
      { position: 4, reason: "It has the same id as row 2." },
      { position: 5, reason: "Its created_at is not a time." },
    ]);
  });

  it("reads no row whose fields are of another kind than they should be", () => {
    expect(reasonFor({ ...row, id: 7 })).toBe("Its id is not text.");
    expect(reasonFor({ ...row, id: "" })).toBe("It has no id.");
    expect(reasonFor({ ...row, description: ["x"] })).toBe("Its description is not text.");
    expect(reasonFor({ ...row, description: "a\u0000" })).toBe(
      "Its description must not contain the NUL character.",
    );
    expect(reasonFor({ ...row, created_at: undefined })).toBe("It has no created_at.");
    for (const expires_at of [
      "tomorrow",
      "2024-02-30T00:00:00Z",
      5,
      { seconds: 1.5 },
      { seconds: 1, nanos: 1e9 },
      { seconds: 1, nanos: -1 },
      { seconds: "1e3" },
      { epoch: 1 },
      [1],
      false,
    ]) {
      expect(reasonFor({ ...row, expires_at })).toBe("Its expires_at is not a time.");
    }
  });

  it("takes over no unknown field, and never more of a prefix than a prefix", () => {
    const secret = "M.V1.+5Jk0123456789abcdefghijklmnopqrstuvwxyz";
    const text = JSON.stringify(
      only({ ...row, token_prefix: secret, token: secret, access_token: secret, deep: { token: secret } }),
    );
    expect(text).not.toContain(secret.slice(0, 12));
    expect(text).toContain("M.V1.+5Jk…");
  });

  it("is not led astray by fields that every object has", () => {
    const text = `[{"__proto__": ${JSON.stringify(row)}}, ${JSON.stringify(row).replace("{", '{"__proto__": {"revoked_at": {"seconds": 5}}, ')}]`;
    expect(readManagementList(text)).toMatchObject({
      kind: "read",
      tokens: [{ id: row.id }],
      unreadable: [{ position: 1, reason: "It has no id." }],
    });
    const reading = readManagementList(text);
    if (reading.kind === "read") expect(reading.tokens[0]).not.toHaveProperty("revokedAt");
  });

  const seconds = fc.integer({ min: -62_135_596_799, max: 253_402_300_799 }).filter((value) => value !== 0);
  const nanos = fc.integer({ min: 0, max: 999_999_999 });
  const time = fc.record({ seconds, nanos });
  const plainText = fc.string({ unit: "grapheme" });

  it("reads every list of good rows whole, in order, with each time to the nanosecond", () => {
    const good = fc.record(
      {
        id: fc.uuid(),
        account_id: fc.uuid(),
        token_prefix: fc.string({ maxLength: 9, unit: "grapheme-ascii" }),
        description: plainText,
        created_at: time,
        expires_at: time,
        revoked_at: time,
        created_by: plainText,
      },
      { requiredKeys: ["id", "created_at"] },
    );
    fc.assert(
      fc.property(fc.uniqueArray(good, { selector: ({ id }) => id }), (rows) => {
        const { tokens, unreadable } = read(rows);
        expect(unreadable).toEqual([]);
        expect(tokens.map(({ id }) => id)).toEqual(rows.map(({ id }) => id));
        tokens.forEach((token, at) => {
          const given = rows[at];
          if (given === undefined) throw new Error("as many tokens as rows");
          expect(token.description).toBe(given.description ?? "");
          expect(Math.floor(toMillis(token.createdAt) / 1000)).toBe(given.created_at.seconds);
          const fraction = /\.(\d+)Z$/.exec(token.createdAt)?.[1] ?? "0";
          expect(Number(fraction.padEnd(9, "0"))).toBe(given.created_at.nanos);
          expect(token.revokedAt === undefined).toBe(given.revoked_at === undefined);
        });
      }),
    );
  });

  it("answers every JSON there is without throwing, counts every row, and makes contract tokens only", () => {
    const hostile = fc.record(
      {
        id: fc.oneof(plainText, fc.jsonValue()),
        created_at: fc.oneof(time, fc.jsonValue()),
        expires_at: fc.oneof(time, fc.jsonValue()),
        revoked_at: fc.jsonValue(),
        description: fc.jsonValue(),
        token_prefix: fc.jsonValue(),
        created_by: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(hostile, fc.jsonValue())), (rows) => {
        const { tokens, unreadable } = read(rows);
        expect(tokens.length + unreadable.length).toBe(rows.length);
        for (const token of tokens) expect(managementTokenSchema.parse(token)).toEqual(token);
        expect(new Set(tokens.map(({ id }) => id.toLowerCase())).size).toBe(tokens.length);
      }),
      { numRuns: 300 },
    );
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void readManagementList(text)));
    fc.assert(fc.property(fc.json(), (text) => void readManagementList(text)));
  });
});
