import { createHash } from "node:crypto";
import { describe, expect, it } from "vitest";
import { toMillis } from "#contract/instant.ts";
import { managementTokenSchema } from "#contract/management-token.ts";
import { ALL_DATABASES } from "#contract/permission.ts";
import { isUuid } from "#contract/text.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { tokenStatus, type Token } from "#contract/token.ts";
import { sampleData } from "./sample-data.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const NOW = Date.parse("2026-03-01T12:34:56.789Z");
const { tokens, managementTokens, databases } = sampleData(NOW);
const active = tokens.filter((token) => tokenStatus(token, NOW) === "active");

function count<T>(items: readonly T[], key: (item: T) => string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of items) counts[key(item)] = (counts[key(item)] ?? 0) + 1;
  return counts;
}

function allows(token: Token, action: string, database: string): boolean {
  return token.permissions.some(
    (permission) => permission.action === action && [database, ALL_DATABASES].includes(permission.resource),
  );
}

describe("sampleData", () => {
  it("has the counts that the documentation names", () => {
    expect(tokens).toHaveLength(757);
    expect(count(tokens, (token) => tokenStatus(token, NOW))).toEqual({
      active: 612,
      revoked: 78,
      expired: 67,
    });
    expect(managementTokens).toHaveLength(18);
    expect(count(managementTokens, (token) => tokenStatus(token, NOW))).toEqual({
      active: 12,
      revoked: 3,
      expired: 3,
    });
    expect(databases).toHaveLength(12);
  });

  it("is the same on every machine: ids, texts and permissions do not depend on the clock", () => {
    const fixed = (data: ReturnType<typeof sampleData>) =>
      JSON.stringify([
        data.databases.map(({ name }) => name),
        data.tokens.map(({ id, description, permissions }) => [id, description, permissions]),
        data.managementTokens.map(({ id, description, tokenPrefix, createdBy }) => [
          id,
          description,
          tokenPrefix,
          createdBy,
        ]),
      ]);
    const golden = "7590004caae46ce9c891637222b76cfbe92226167e61f4f17f921d06fe96d3ad";
    for (const now of [NOW, 0, NOW + 1234 * DAY]) {
      expect(
        createHash("sha256")
          .update(fixed(sampleData(now)))
          .digest("hex"),
      ).toBe(golden);
    }
  });

  it("moves with the clock by whole hours", () => {
    expect(sampleData(NOW + 10 * 60_000)).toEqual(sampleData(NOW));
    const later = sampleData(NOW + HOUR).tokens;
    expect(later.map(({ createdAt }) => toMillis(createdAt) - HOUR)).toEqual(
      tokens.map(({ createdAt }) => toMillis(createdAt)),
    );
  });

  it("fulfils the contract, with ids of their own", () => {
    for (const token of tokens) expect(tokenSchema.parse(token)).toEqual(token);
    for (const token of managementTokens) managementTokenSchema.parse({ ...token, accountId: "x" });
    const ids = [...tokens, ...managementTokens].map(({ id }) => id);
    expect(ids.every(isUuid)).toBe(true);
    expect(new Set(ids).size).toBe(757 + 18);
  });

  it("has dates in a believable order, and nothing that changes its status within a day", () => {
    for (const token of [...tokens, ...managementTokens]) {
      const made = toMillis(token.createdAt);
      expect(made).toBeLessThan(NOW);
      if (token.expiresAt !== undefined) expect(toMillis(token.expiresAt)).toBeGreaterThan(made);
      if (token.revokedAt !== undefined) {
        expect(toMillis(token.revokedAt)).toBeGreaterThan(made);
        expect(toMillis(token.revokedAt)).toBeLessThan(NOW);
      }
      expect(tokenStatus(token, NOW + 22 * HOUR)).toBe(tokenStatus(token, NOW));
    }
  });

  it("has some that expire within 7 and 30 days, and many that never do", () => {
    const within = (days: number) =>
      active.filter(({ expiresAt }) => expiresAt !== undefined && toMillis(expiresAt) < NOW + days * DAY)
        .length;
    expect(within(7)).toBeGreaterThanOrEqual(5);
    expect(within(30)).toBeGreaterThan(within(7) + 10);
    expect(active.filter(({ expiresAt }) => expiresAt === undefined).length).toBeGreaterThan(300);
  });

  it("has tokens whose revocation takes the last writer or reader from a database", () => {
    const holders = (action: string, database: string) =>
      active.filter((token) => allows(token, action, database));
    expect(holders("write", "security-audit").map(({ description }) => description)).toEqual([
      "Vault audit log shipper",
    ]);
    expect(holders("read", "lab-instruments").map(({ description }) => description)).toEqual([
      "Grafana: everything, read only",
    ]);
    for (const { name } of databases) {
      expect(holders("write", name).length, name).toBeGreaterThan(0);
      expect(holders("read", name).length, name).toBeGreaterThan(0);
    }
  });

  it("has what screens must cope with", () => {
    const described = (pattern: RegExp) =>
      tokens.filter(({ description }) => pattern.test(description)).length;
    for (const pattern of [
      /^$/,
      /\p{Script=Han}/u,
      /\p{Script=Arabic}/u,
      /\p{Script=Cyrillic}/u,
      /\p{Script=Greek}/u,
      /\u202E/,
      /\u200B/,
      /<img/,
      /\n/,
      /\p{Extended_Pictographic}/u,
    ]) {
      expect(described(pattern), String(pattern)).toBeGreaterThan(0);
    }
    expect(described(/^.{200,}$/)).toBeGreaterThan(1);
    expect(described(/^CI writer$/)).toBe(3);
    expect(described(/^Sensor (2|10)$/)).toBe(2);
    const spans = count(tokens, ({ permissions }) =>
      String(new Set(permissions.map(({ resource }) => resource)).size),
    );
    expect(Object.keys(spans)).toEqual(expect.arrayContaining(["0", "1", "2", "3", "9"]));
    expect(tokens.filter((token) => allows(token, "write", "")).length).toBeGreaterThan(3);
  });
});
