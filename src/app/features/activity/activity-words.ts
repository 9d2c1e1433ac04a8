import type { ActivityAction, ActivityEntry, ActivityOutcome } from "#contract/activity.ts";
import type { FilterInForce } from "#app/table/table-toolbar.tsx";
import { numberText } from "#app/ui/number-text.ts";
import type { Say } from "#app/ui/vocabulary.ts";
import type { ActivitySortKey } from "./activity-index.ts";
import type { ActivityView, Period } from "./activity-view-state.ts";

/** What somebody set out to do. */
export const actionWords: Record<ActivityAction, string> = {
  create: "Create",
  update: "Edit",
  suspend: "Suspend",
  restore: "Restore",
  revoke: "Revoke",
};

/** How that ended. */
export const outcomeWords: Record<ActivityOutcome, string> = {
  started: "Started",
  done: "Done",
  not_done: "Not done",
  unknown: "Unknown",
};

export const columnNames: Record<ActivitySortKey, string> = {
  time: "Time",
  who: "Who",
  action: "Action",
  token: "Token",
  outcome: "Outcome",
  reason: "Reason",
};

export const kindWords: Record<ActivityEntry["kind"], string> = {
  database: "Database token",
  management: "Management token",
};

export const periodWords: Record<Period, string> = {
  "1h": "Last hour",
  "24h": "Last 24 hours",
  "7d": "Last 7 days",
  "30d": "Last 30 days",
};

/** What an outcome means, in a sentence. */
export const outcomeSentences: Record<Exclude<ActivityOutcome, "done">, string> = {
  started: "No outcome is recorded yet. It is under way, or the gateway was ended while it was.",
  not_done: "It was not done.",
  unknown: "Whether it was done is not known.",
};

/** The filters in force, each with the change that takes it away. `tokenName`: what the token is called. */
export function filterChips(
  view: ActivityView,
  say: Say,
  tokenName: string | undefined,
): FilterInForce<ActivityView>[] {
  const chips: FilterInForce<ActivityView>[] = [];
  for (const action of view.actions ?? []) {
    chips.push({
      label: `Action: ${say(actionWords[action])}`,
      without: { actions: rest(view.actions, action) },
    });
  }
  for (const outcome of view.outcomes ?? []) {
    chips.push({
      label: `Outcome: ${outcomeWords[outcome]}`,
      without: { outcomes: rest(view.outcomes, outcome) },
    });
  }
  if (view.kind !== undefined) chips.push({ label: kindWords[view.kind], without: { kind: undefined } });
  if (view.actor !== undefined) chips.push({ label: `Who: ${view.actor}`, without: { actor: undefined } });
  if (view.tokenId !== undefined) {
    chips.push({ label: `Token: ${tokenName || view.tokenId}`, without: { tokenId: undefined } });
  }
  if (view.period !== undefined) {
    chips.push({ label: periodWords[view.period], without: { period: undefined } });
  }
  return chips;
}

function rest<T>(values: readonly T[] | undefined, one: T): readonly T[] | undefined {
  const others = values?.filter((value) => value !== one);
  return others === undefined || others.length === 0 ? undefined : others;
}

export function actionsText(count: number): string {
  return `${numberText(count)} ${count === 1 ? "action" : "actions"}`;
}

/** What stands beside the title. `coming`: more is being read. `shown`: how many match. */
export function countWords(total: number, shown: number, isComplete: boolean, coming: boolean): string {
  const matching = shown === total ? "" : `, ${isComplete ? "" : "at least "}${numberText(shown)} shown`;
  if (isComplete) return actionsText(total) + matching;
  return `At least ${actionsText(total)}${matching}${coming ? " so far…" : ""}`;
}
