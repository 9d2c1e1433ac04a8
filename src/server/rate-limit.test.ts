import { expect, test } from "vitest";
import { clientAddress, createRateLimit } from "./rate-limit.ts";

test("counts per key in a sliding window", () => {
  let now = 0;
  const limit = createRateLimit({ limit: 2, windowMillis: 1000, clock: () => now });
  expect([limit.take("a"), limit.take("a"), limit.take("b")]).toEqual([0, 0, 0]);
  expect(limit.take("a")).toBe(1);
  now = 999;
  expect(limit.take("a")).toBe(1);
  now = 1000;
  expect(limit.take("a")).toBe(0);
  limit.giveBack("a");
  expect([limit.take("a"), limit.take("a"), limit.take("a")]).toEqual([0, 0, 1]);
});

test("looking does not count", () => {
  const limit = createRateLimit({ limit: 1, windowMillis: 1000, clock: () => 0 });
  expect([limit.wait("a"), limit.wait("a"), limit.take("a"), limit.wait("a")]).toEqual([0, 0, 0, 1]);
});

test("a clock that was set back locks nobody out", () => {
  let now = 86_400_000;
  const limit = createRateLimit({ limit: 1, windowMillis: 1000, clock: () => now });
  limit.take("a");
  now = 0;
  expect([limit.take("a"), limit.take("a")]).toEqual([0, 1]);
});

test("forgets who was not seen for longest when there are too many", () => {
  const limit = createRateLimit({ limit: 1, windowMillis: 1000, clock: () => 0, maxKeys: 2 });
  limit.take("a");
  limit.take("b");
  limit.take("a");
  limit.take("c");
  expect(limit.take("a")).toBe(1);
  expect(limit.take("b")).toBe(0);
});

test("11. an address is the peer's, or what a trusted proxy saw", () => {
  const trusted = new Set(["10.0.0.1", "10.0.0.2"]);
  expect(clientAddress("192.0.2.1", "198.51.100.1", trusted)).toBe("192.0.2.1");
  expect(clientAddress("10.0.0.1", "203.0.113.9, 198.51.100.1", trusted)).toBe("198.51.100.1");
  expect(clientAddress("10.0.0.1", "198.51.100.1, 10.0.0.2", trusted)).toBe("198.51.100.1");
  expect(clientAddress("::ffff:10.0.0.1", "198.51.100.1", trusted)).toBe("198.51.100.1");
  expect(clientAddress("10.0.0.1", undefined, trusted)).toBe("10.0.0.1");
  expect(clientAddress(undefined, "198.51.100.1", trusted)).toBe("unknown");
  // Some proxies write the client's port as well: another connection is no other client.
  expect(clientAddress("10.0.0.1", "198.51.100.1:4711, 10.0.0.2:99", trusted)).toBe("198.51.100.1");
  expect(clientAddress("10.0.0.1", "[2001:0db8::1:2]:4711", trusted)).toBe(
    clientAddress("2001:db8::ffff", undefined, trusted),
  );
  // What is no address is nobody's, and what stands before it is the client's own claim.
  expect(clientAddress("10.0.0.1", "198.51.100.1, unknown", trusted)).toBe("10.0.0.1");
  expect(clientAddress("2001:db8::1:2", undefined, trusted)).toBe(
    clientAddress("2001:db8::ffff", undefined, trusted),
  );
  expect(clientAddress("2001:db8:0:1::1", undefined, trusted)).not.toBe(
    clientAddress("2001:db8::1", undefined, trusted),
  );
});
