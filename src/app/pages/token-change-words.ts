import type { Cluster } from "#contract/cluster.ts";
import { describeFailure, failureRequestId, type Failure } from "#app/api/api-error.ts";
import type { UpdateOutcome } from "#app/features/tokens/token-changes.ts";
import { visibleText } from "#app/ui/visible-text.ts";

type Saved = Extract<UpdateOutcome, { kind: "saved" }>;

/** What a token is called in a sentence. */
export function nameOf({ id, description }: { id: string; description: string }): string {
  return visibleText(description, 80).trim() || id;
}

/** `Saved "CI writer"`, and how that is known where the server did not say so. */
export function doneTitle(verb: string, { how, saved }: Saved): string {
  const title = `${verb} "${nameOf(saved.token)}"`;
  return how === "verified" ? `${title} (verified by reading it back)` : title;
}

/** What else is to be known of a change that was confirmed. */
export function doneDetail({ readBack }: Saved): string | undefined {
  switch (readBack) {
    case "same":
      return undefined;
    case "unread":
      return "It could not be read back just now.";
    case "differs":
      return "It reads back otherwise: somebody may have changed it right after.";
  }
}

/** What became of a token that its server does not tell of any more. Where it may leave tokens out, that is not known. */
export function absentWords({ listsMayBePartial }: Pick<Cluster, "listsMayBePartial">): string {
  return listsMayBePartial
    ? "Its lists may leave tokens out, so whether this one is still there is not known. This is what was known of it last."
    : "It was revoked, or taken away. This is what was known of it last.";
}

/** Why a change was not made, with the server's own words and the request id where there are some. */
export function whyNot(outcome: Exclude<UpdateOutcome, Saved>): string {
  switch (outcome.kind) {
    case "conflict":
      return "Somebody else changed it meanwhile.";
    case "gone":
      return outcome.how === "revoked" ? "It was revoked meanwhile." : "It was deleted meanwhile.";
    case "not_saved":
      return isLost(outcome.failure)
        ? "The request was lost. Reading the token back shows it as it was."
        : failureWords(outcome.failure);
    case "unknown": {
      const { failure, readFailure } = outcome;
      const read = "It could not be read back either. Look at it before you try again.";
      const requestId = failureRequestId(failure) ?? (readFailure && failureRequestId(readFailure));
      return withRequest(`${describeFailure(failure)} ${read}`, requestId);
    }
  }
}

/** A failure in a toast, which has no lines of its own. */
export function failureWords(failure: Failure): string {
  return withRequest(describeFailure(failure), failureRequestId(failure));
}

function isLost({ kind }: Failure): boolean {
  return kind === "network" || kind === "timeout";
}

function withRequest(words: string, requestId: string | undefined): string {
  return (
    visibleText(words, 400) + (requestId === undefined ? "" : ` (Request ${visibleText(requestId, 80)})`)
  );
}
