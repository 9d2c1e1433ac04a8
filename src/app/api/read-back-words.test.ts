import { expect, test } from "vitest";
import type { Failure } from "./api-error.ts";
import { readBackWords } from "./read-back-words.ts";

const gone: Failure = {
  kind: "problem",
  status: 404,
  problem: {
    code: 404,
    message: "There is no such token.",
    reason: "not_found",
    requestId: "r",
    upstream: { status: 404, message: "authorization not found" },
  },
  retryAfter: undefined,
};

test("InfluxDB's own words end as a sentence where another follows", () => {
  expect(readBackWords(gone, { kind: "partial", reason: "Some are left out." })).toBe(
    "There is no such token. InfluxDB says: authorization not found. " +
      "The list does not show it, which proves nothing. Some are left out.",
  );
});

test("a reading that failed says why, and the same reason is said once", () => {
  expect(readBackWords({ kind: "timeout", seconds: 15 }, { kind: "network" })).toBe(
    "No answer came within 15 seconds. Reading the token back failed as well: " +
      "The gateway did not answer. It may be stopped, or the connection broke.",
  );
  expect(readBackWords({ kind: "network" }, { kind: "network" })).toMatch(
    /connection broke\. Nor could the token be read back\.$/,
  );
});
