import { ApiError, describeFailure } from "#app/api/api-error.ts";
import { visibleText } from "#app/ui/visible-text.ts";

/** One sentence for the form, with how long to wait where that is asked. */
export function signInProblem(error: Error): string {
  if (!(error instanceof ApiError)) return "Signing in failed in this page.";
  const { failure } = error;
  const words = visibleText(describeFailure(failure), 1000);
  if (failure.kind === "problem" && failure.retryAfter !== undefined) {
    return `${words} Try again in ${failure.retryAfter} seconds.`;
  }
  return words;
}
