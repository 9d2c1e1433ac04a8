import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { managementTokenSchema } from "#contract/management-token.ts";
import { tokenSchema } from "#contract/token.ts";
import { isPlainManagementToken, isPlainToken, readTokenList } from "./token-list.ts";

const good = {
  id: "00000000-0000-4000-8000-000000000001",
  description: "CI writer",
  permissions: [{ action: "read", resource: "*" }],
  createdAt: "2026-01-01T00:00:00Z",
};

function answer(body: unknown, date?: string) {
  return { status: 200, headers: new Headers(date === undefined ? {} : { Date: date }), body };
}

describe("readTokenList", () => {
  it("keeps and names a row that does not parse", () => {
    const list = readTokenList(answer([good, { ...good, id: "b", createdAt: "yesterday" }, 7]));
    expect(list.tokens).toEqual([good]);
    expect(list.unreadable).toEqual([
      { position: 1, id: "b", reason: expect.stringContaining("createdAt") },
      { position: 2, id: undefined, reason: expect.any(String) },
    ]);
  });

  it("takes anything but an array as an error", () => {
    expect(() => readTokenList(answer({ tokens: [] }))).toThrow("not what the gateway sends");
  });

  it("knows how far our clock is off, and forgives the header its rounding", () => {
    const aDayAhead = new Date(Date.now() + 86_400_000).toUTCString();
    expect(Math.abs(readTokenList(answer([], aDayAhead)).clockOffset - 86_400_000)).toBeLessThan(2000);
    expect(readTokenList(answer([], new Date().toUTCString())).clockOffset).toBe(0);
  });
});

describe("the quick guards", () => {
  const odd = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom<unknown>(
      undefined,
      null,
      3,
      "",
      "a\u0000b",
      "\ud800",
      [],
      {},
      "2026-01-01T00:00:00Z",
      "*",
    ),
  );
  const permission = fc.oneof(
    odd,
    fc.record({ action: odd, resource: odd }, { requiredKeys: [] }),
    fc.record({ action: fc.constant("write"), resource: fc.string({ maxLength: 70 }), extra: odd }),
  );
  const row = (extra: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(
      {
        id: fc.oneof(fc.uuid(), odd),
        description: fc.oneof(fc.string(), odd),
        createdAt: fc.oneof(
          fc.constant("2026-02-28T01:02:03.004Z"),
          fc.constant("2026-02-30T01:02:03Z"),
          odd,
        ),
        expiresAt: fc.oneof(fc.constant("2026-01-01T00:00:00+02:00"), odd),
        revokedAt: fc.oneof(fc.constant("2026-01-01T00:00:00Z"), odd),
        ...extra,
      },
      { requiredKeys: [] },
    );

  it("accept nothing that the schemas refuse", () => {
    fc.assert(
      fc.property(row({ permissions: fc.oneof(fc.array(permission, { maxLength: 3 }), odd) }), (value) => {
        if (isPlainToken(value)) expect(tokenSchema.safeParse(value).success).toBe(true);
      }),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(row({ accountId: odd, tokenPrefix: odd, createdBy: odd }), (value) => {
        if (isPlainManagementToken(value)) expect(managementTokenSchema.safeParse(value).success).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("accept what lists are made of", () => {
    expect(isPlainToken(good)).toBe(true);
    expect(
      isPlainManagementToken({
        ...good,
        accountId: "a",
        tokenPrefix: "twm1_ab",
        createdBy: "ann@example.com",
      }),
    ).toBe(true);
  });
});
