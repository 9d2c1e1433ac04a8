import { expect, test } from "vitest";
import { ApiError } from "#server/api-error.ts";
import { OPERATOR } from "#server/services/operator.ts";
import type { CallContext, TokenService } from "#server/services/token-service.ts";
import { clusterState } from "./cluster-state.ts";

const context: CallContext = {
  credential: { kind: "operator" },
  actor: OPERATOR,
  signal: new AbortController().signal,
};
const stateOf = (service: Pick<TokenService, "check" | "partialReason">, patience?: number) =>
  clusterState(service, context, patience);
const failing = (error: unknown) => ({
  check: async () => {
    throw error;
  },
});
const never = () => new Promise<never>(() => undefined);

test("a cluster that takes the credential is reachable, with what its lists may lack", async () => {
  const check = async () => undefined;
  expect(await stateOf({ check })).toEqual({ state: "reachable" });
  expect(await stateOf({ check, partialReason: async () => undefined })).toEqual({ state: "reachable" });
  expect(await stateOf({ check, partialReason: async () => "Some." })).toEqual({
    state: "reachable",
    partialReason: "Some.",
  });
  expect(await stateOf({ check, partialReason: () => Promise.reject(new Error("no")) })).toEqual({
    state: "reachable",
    partialReason: "Whether its lists are whole could not be found out.",
  });
  expect(await stateOf({ check, partialReason: never }, 1)).toEqual({
    state: "reachable",
    partialReason: "Whether its lists are whole could not be found out.",
  });
});

test("a refusal is told from trouble, in the words of the error", async () => {
  expect(await stateOf(failing(new ApiError(401, "credential_refused", "Unknown.")))).toEqual({
    state: "credential_refused",
    reason: "Unknown.",
  });
  expect(await stateOf(failing(new ApiError(403, "forbidden", "Not this one.")))).toMatchObject({
    state: "credential_refused",
  });
  expect(await stateOf(failing(new ApiError(502, "upstream_unreachable", "No way there.")))).toEqual({
    state: "unreachable",
    reason: "No way there.",
  });
  expect(await stateOf(failing(new Error("internal detail")))).toEqual({
    state: "unreachable",
    reason: "Something went wrong in the gateway. Its log has the details.",
  });
});

test("a cluster that takes too long is given up, whether it notices or not", async () => {
  const late = { state: "unreachable", reason: "It did not answer within 0.001 seconds." };
  expect(await stateOf({ check: never }, 1)).toEqual(late);
  const noticing = ({ signal }: CallContext) =>
    new Promise<never>((_resolve, reject) => {
      signal.addEventListener("abort", () => reject(new ApiError(504, "upstream_timeout", "Given up.")));
    });
  expect(await stateOf({ check: noticing }, 1)).toEqual(late);
});
