import { ApiError, describeFailure } from "#app/api/api-error.ts";

/** One sentence for the form, with how long to wait where that is asked. */
export function signInProblem(error: Error): string {
  if (!(error instanceof ApiError)) return "Signing in failed in this page.";
  const { failure } = error;
  if (failure.kind === "problem" && failure.retryAfter !== undefined) {
    return `${describeFailure(failure)} Try again in ${failure.retryAfter} seconds.`;
  }
  return describeFailure(failure);
}
