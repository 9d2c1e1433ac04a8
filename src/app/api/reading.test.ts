import { expect, it } from "vitest";
import { ApiError } from "./api-error.ts";
import { problemOf, readingOf, retryUnlessAbsent } from "./reading.ts";

function refusal(status: number): ApiError {
  const requestId = "00000000-0000-4000-8000-000000000000";
  const problem = { code: status, message: "No.", reason: "not_found" as const, requestId };
  return new ApiError({ kind: "problem", status, problem, retryAfter: undefined });
}

const query = { data: undefined, error: null, isFetching: true, refetch: () => undefined };

it("waits while there is neither an answer nor a failure", () => {
  expect(readingOf(query)).toEqual({ state: "waiting" });
});

it("shows what was read before over a later failure", () => {
  expect(readingOf({ ...query, data: 7, error: refusal(503) })).toEqual({ state: "there", value: 7 });
});

it.each([400, 404])("believes a %i that there is no such thing, also over what was read before", (status) => {
  expect(readingOf({ ...query, data: 7, error: refusal(status) })).toEqual({ state: "absent" });
  expect(retryUnlessAbsent(0, refusal(status))).toBe(false);
});

it("tells any other failure in the server's words, and tries once more by itself", () => {
  expect(readingOf({ ...query, error: refusal(503) })).toMatchObject({
    state: "failed",
    problem: { reason: "No.", requestId: "00000000-0000-4000-8000-000000000000" },
    retrying: true,
  });
  expect([0, 1].map((failures) => retryUnlessAbsent(failures, refusal(503)))).toEqual([true, false]);
});

it("says nothing of a fault of the page but that it is one", () => {
  const words = { reason: "Something in this page failed.", requestId: undefined };
  expect(problemOf(new TypeError("a bug"))).toEqual(words);
});
