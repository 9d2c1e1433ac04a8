import {
  activityActions,
  activityOutcomes,
  type ActivityAction,
  type ActivityEntry,
  type ActivityOutcome,
} from "#contract/activity.ts";
import type { ActivityFilter } from "#contract/activity-filter.ts";
import { oneOf, setSort, sortFrom } from "#app/table/view-params.ts";
import { activitySortKeys, type ActivitySort } from "./activity-index.ts";

/** How long ago a deed may be at the most, by what it is called in an address. Milliseconds. */
export const periods = {
  "1h": 3_600_000,
  "24h": 24 * 3_600_000,
  "7d": 7 * 24 * 3_600_000,
  "30d": 30 * 24 * 3_600_000,
} as const;
export type Period = keyof typeof periods;
export const periodKeys = ["1h", "24h", "7d", "30d"] as const satisfies readonly Period[];

/** What somebody is looking at. It lives in the address, so that it can be sent to a colleague. */
export interface ActivityView {
  text: string;
  /** Any of them; undefined: all. */
  actions: readonly ActivityAction[] | undefined;
  outcomes: readonly ActivityOutcome[] | undefined;
  kind: ActivityEntry["kind"] | undefined;
  actor: string | undefined;
  tokenId: string | undefined;
  period: Period | undefined;
  sort: ActivitySort;
}

const noFilters = {
  actions: undefined,
  outcomes: undefined,
  kind: undefined,
  actor: undefined,
  tokenId: undefined,
  period: undefined,
};

export const defaultView: ActivityView = {
  text: "",
  ...noFilters,
  sort: { by: "time", descending: true },
};

/** Those of the values that are named, in their own order; undefined where that narrows nothing. */
function someOf<T extends string>(values: readonly T[], named: readonly string[]): readonly T[] | undefined {
  const chosen = values.filter((value) => named.includes(value));
  return chosen.length === 0 || chosen.length === values.length ? undefined : chosen;
}

/** Reads the query of an address. What it does not know it takes as not said: an old link must still open. */
export function parseActivityView(params: URLSearchParams): ActivityView {
  return {
    text: params.get("q") ?? "",
    actions: someOf(activityActions, params.getAll("action")),
    outcomes: someOf(activityOutcomes, params.getAll("outcome")),
    kind: oneOf(["database", "management"], params.get("kind")),
    actor: params.get("actor") || undefined,
    tokenId: params.get("token") || undefined,
    period: oneOf(periodKeys, params.get("period")),
    sort: sortFrom(params, activitySortKeys, defaultView.sort),
  };
}

/** The query that parseActivityView reads back as the same view; what is at its default is left out. */
export function formatActivityView(view: ActivityView): URLSearchParams {
  const params = new URLSearchParams();
  if (view.text !== "") params.set("q", view.text);
  for (const action of someOf(activityActions, view.actions ?? []) ?? []) params.append("action", action);
  for (const outcome of someOf(activityOutcomes, view.outcomes ?? []) ?? [])
    params.append("outcome", outcome);
  if (view.kind !== undefined) params.set("kind", view.kind);
  if (view.actor !== undefined) params.set("actor", view.actor);
  if (view.tokenId !== undefined) params.set("token", view.tokenId);
  if (view.period !== undefined) params.set("period", view.period);
  setSort(params, view.sort, defaultView.sort);
  return params;
}

/** Which deeds a view means at an instant of the server's clock, in milliseconds. */
export function filterOf(view: ActivityView, now: number): ActivityFilter {
  const { text, actions, outcomes, kind, actor, tokenId, period } = view;
  return {
    ...(text.trim() === "" ? {} : { query: text.trim() }),
    ...(actions === undefined ? {} : { actions }),
    ...(outcomes === undefined ? {} : { outcomes }),
    ...(kind === undefined ? {} : { kind }),
    ...(actor === undefined ? {} : { actor }),
    ...(tokenId === undefined ? {} : { tokenId }),
    ...(period === undefined ? {} : { from: new Date(now - periods[period]).toISOString() }),
  };
}

export function withoutFilters(view: ActivityView): ActivityView {
  return { ...view, ...noFilters };
}

export function hasFilters(view: ActivityView): boolean {
  return Object.keys(noFilters).some((name) => view[name as keyof typeof noFilters] !== undefined);
}
