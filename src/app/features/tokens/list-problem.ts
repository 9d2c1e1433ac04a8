import { ApiError, describeFailure, failureRequestId } from "#app/api/api-error.ts";

export type { UnreadableRow } from "#app/api/token-list.ts";

/** Why a list is not there, or not fresh. */
export interface ListProblem {
  reason: string;
  requestId: string | undefined;
  /** The cluster does not take the token that it was asked with. */
  refused: boolean;
}

export function listProblem(error: Error | null): ListProblem | undefined {
  if (error === null) return undefined;
  if (!(error instanceof ApiError))
    return { reason: "Something in this page failed.", requestId: undefined, refused: false };
  const { failure } = error;
  const reason = failure.kind === "problem" ? failure.problem.reason : undefined;
  const word =
    reason === "forbidden"
      ? `${describeFailure(failure)} This list is not empty: it may not be read.`
      : describeFailure(failure);
  return { reason: word, requestId: failureRequestId(failure), refused: reason === "credential_refused" };
}
