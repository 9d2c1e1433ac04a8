import type { RevokeRunItem } from "#contract/revoke-run.ts";
import { describeFailure, failureRequestId } from "#app/api/api-error.ts";
import { readBackWords } from "#app/api/read-back-words.ts";
import type { RunPhase, RunWork } from "#app/api/revoke-run.ts";
import type { RevokeOutcome } from "#app/api/revoke-token.ts";
import { numberText } from "#app/ui/number-text.ts";
import type { Say } from "#app/ui/vocabulary.ts";
import { csvText } from "#contract/csv.ts";

/** In the order of a report: what needs somebody comes first. */
export const reportStates = ["unknown", "not_revoked", "not_attempted", "revoked", "already_gone"] as const;
export type ReportState = (typeof reportStates)[number];

export const stateNames: Record<ReportState, string> = {
  unknown: "Unknown",
  not_revoked: "Not revoked",
  not_attempted: "Not attempted",
  revoked: "Revoked",
  already_gone: "Already gone",
};

/** Why the token that the session acts with is left alone. */
export const IN_USE = "You are signed in with it. Revoke it by itself, last.";

/** What became of one token of a run. */
export interface ReportRow {
  id: string;
  description: string;
  /** The user and the organization that it belonged to, where that is known. */
  owner: string | undefined;
  organization: string | undefined;
  state: ReportState;
  /** The reason, in the words of whoever gave it; empty where there is nothing to say. */
  detail: string;
  /** Milliseconds, where somebody said when. */
  revokedAt: number | undefined;
  requestId: string | undefined;
}

/** Whether nothing is left to do about a token. */
export function isGone(state: ReportState): boolean {
  return state === "revoked" || state === "already_gone";
}

export interface NamedToken {
  id: string;
  description: string;
  owner?: string | undefined;
  ownerId?: string | undefined;
  organization?: string | undefined;
  organizationId?: string | undefined;
}

export function reportRow(token: NamedToken, outcome: RevokeOutcome | undefined): ReportRow {
  const row = {
    id: token.id,
    description: token.description,
    owner: token.owner || token.ownerId,
    organization: token.organization || token.organizationId,
    detail: "",
    revokedAt: undefined,
    requestId: undefined,
  };
  if (outcome === undefined) return { ...row, state: "not_attempted" };
  switch (outcome.kind) {
    case "done":
      return {
        ...row,
        state: outcome.how === "already_gone" ? "already_gone" : "revoked",
        detail: outcome.how === "verified" ? "Verified by reading it back." : "",
        revokedAt: outcome.revokedAt,
      };
    case "not_done":
      return {
        ...row,
        state: "not_revoked",
        detail: notDoneDetail(outcome.failure),
        requestId: failureRequestId(outcome.failure),
      };
    case "unknown": {
      const { failure, readFailure } = outcome;
      const reason =
        failure.kind === "cancelled" ? "It was sent, and what came of it is lost." : describeFailure(failure);
      return {
        ...row,
        state: "unknown",
        detail:
          readFailure === undefined
            ? `${reason} The list still shows the token, so neither can be believed yet.`
            : readBackWords(failure, readFailure, reason),
        requestId: failureRequestId(readFailure ?? failure) ?? failureRequestId(failure),
      };
    }
  }
}

function notDoneDetail(failure: Extract<RevokeOutcome, { kind: "not_done" }>["failure"]): string {
  switch (failure.kind) {
    case "network":
    case "timeout":
      return "The request was lost. Reading the token back shows that it is still there.";
    case "cancelled":
      return "It was sent, and the answer is lost. Reading the token back shows that it is still there.";
    case "partial":
    case "unreadable":
    case "cut":
    case "too_large":
    case "problem":
    case "offline":
      return describeFailure(failure);
  }
}

/** When a token was revoked, in milliseconds, as a complete list has it; undefined where that does not show it. */
export type RevokedAtOf = (id: string) => number | undefined;

/** What the gateway's record says of a token of an earlier run. That a refusal says "not there" proves nothing by itself. */
export function recordedRow({ tokenId: id, description, state, status, reason }: RevokeRunItem): ReportRow {
  // A record says of a token what makes it known again, and no more.
  const unsaid = { owner: undefined, organization: undefined, revokedAt: undefined, requestId: undefined };
  const row = { id, description, detail: "", ...unsaid };
  switch (state) {
    case "revoked":
      return { ...row, state: "revoked" };
    case "not_attempted":
      return { ...row, state: "not_attempted" };
    case "refused": {
      const why = [
        status === undefined ? "" : ` with status ${status}`,
        reason === undefined ? "" : `: ${reason}`,
      ];
      const detail = `The gateway refused it${why.join("")}.`;
      return { ...row, state: status === 404 ? "unknown" : "not_revoked", detail };
    }
    case "in_progress":
    case "unknown":
      return { ...row, state: "unknown", detail: "It was sent, and what came of it was not recorded." };
  }
}

/** The rows with what the list shows by now: what somebody else revoked is not left to do, and no longer unknown. */
export function withList(rows: readonly ReportRow[], revokedAtOf: RevokedAtOf): ReportRow[] {
  return rows.map((row) => {
    if (row.state !== "not_attempted" && row.state !== "unknown") return row;
    const revokedAt = revokedAtOf(row.id);
    if (revokedAt === undefined) return row;
    const shown = { ...row, revokedAt, requestId: undefined };
    // Whether it was this run or somebody else, nobody can tell any more.
    if (row.state === "unknown")
      return { ...shown, state: "revoked", detail: "The list shows it as revoked." };
    return { ...shown, state: "already_gone" };
  });
}

/** The rows with why the one is left alone that the session acts with now: revoking it would end the run in the middle. */
export function withSpared(
  rows: readonly ReportRow[],
  credentialId: string | undefined,
  say: Say = (text) => text,
): ReportRow[] {
  return rows.map((row) =>
    row.state === "not_attempted" && row.id === credentialId ? { ...row, detail: say(IN_USE) } : row,
  );
}

/**
 * What is left to do of an earlier run. What was never sent is sent; what is not known is read. Nothing is sent again, and
 * nothing that was refused, nor the token `credentialId` that the session acts with.
 */
export function workLeft(rows: readonly ReportRow[], credentialId?: string): RunWork[] {
  return rows.flatMap(({ id, state }): RunWork[] => {
    switch (state) {
      case "not_attempted":
        return id === credentialId ? [] : [{ id, how: "send" }];
      case "unknown":
        return [{ id, how: "look" }];
      case "not_revoked":
      case "revoked":
      case "already_gone":
        return [];
    }
  });
}

export type RunEnd = Extract<RunPhase, { phase: "ended" }>["why"] | "actor_changed";

/** Why a run ended before everything was done. */
export const endWords: Record<RunEnd, string | undefined> = {
  finished: undefined,
  stopped: "You stopped the run.",
  credential_refused:
    "InfluxDB does not take the gateway's credential any more, so the run ended. What was left was not attempted.",
  actor_changed:
    "Somebody else signed in, so the run was stopped. Only who began it can continue it, after signing in again.",
};

export type ReportCounts = Record<ReportState, number>;

export function countRows(rows: readonly ReportRow[]): ReportCounts {
  const counts: ReportCounts = { unknown: 0, not_revoked: 0, not_attempted: 0, revoked: 0, already_gone: 0 };
  for (const { state } of rows) counts[state]++;
  return counts;
}

/** "209 revoked, 3 not revoked, 2 not attempted": what there is, what was done first. */
export function countsText(counts: ReportCounts): string {
  const words = (["revoked", "already_gone", "not_revoked", "unknown", "not_attempted"] as const)
    .filter((state) => counts[state] > 0)
    .map((state) => `${numberText(counts[state])} ${stateNames[state].toLowerCase()}`);
  return words.length === 0 ? "Nothing to do" : words.join(", ");
}

/** For spreadsheets and tickets. `say`: in which words. */
export function reportCsv(rows: readonly ReportRow[], say: Say = (text) => text): string {
  const hasOwners = rows.some(({ owner, organization }) => (owner ?? organization) !== undefined);
  return csvText([
    [
      "token_id",
      "description",
      ...(hasOwners ? ["owner", "org"] : []),
      "outcome",
      "detail",
      `${say("revoked")}_at`,
      "request_id",
    ],
    ...rows.map(({ id, description, owner, organization, state, detail, revokedAt, requestId }) => [
      id,
      description,
      ...(hasOwners ? [owner ?? "", organization ?? ""] : []),
      say(stateNames[state]),
      detail,
      revokedAt === undefined ? "" : new Date(revokedAt).toISOString(),
      requestId ?? "",
    ]),
  ]);
}
