import { activityActions, activityOutcomes, type ActivityEntry } from "#contract/activity.ts";
import type { ActivityFilter } from "#contract/activity-filter.ts";
import { activityMatcher } from "#contract/activity-match.ts";
import { searchedText } from "#app/api/activity-api.ts";

export const activitySortKeys = ["time", "who", "action", "token", "outcome", "reason"] as const;
export type ActivitySortKey = (typeof activitySortKeys)[number];

export interface ActivitySort {
  by: ActivitySortKey;
  descending: boolean;
}

export interface Person {
  name: string;
  /** How many deeds are theirs. */
  count: number;
}

/** Deeds to be searched and sorted. */
export interface ActivityIndex {
  entries: readonly ActivityEntry[];
  /** Positions of the deeds that a filter means, sorted; those that are equal in that the newest first. */
  query(filter: ActivityFilter, sort: ActivitySort): Uint32Array;
  /** The position of a deed among the entries, or undefined. */
  positionOf(id: string): number | undefined;
  /** Everybody who did something, by name. */
  people(): readonly Person[];
}

/** Why a deed was not done or is not known, as the table says it: the upstream's words where it said any. */
export function reasonOf({ problem }: ActivityEntry): string {
  return problem?.upstream?.message ?? problem?.message ?? "";
}

/** What the deeds are sorted by, as text in lower case. Times need none: deeds stand in their order. */
const sortTexts: Record<
  Exclude<ActivitySortKey, "time" | "action" | "outcome">,
  (entry: ActivityEntry) => string
> = {
  who: ({ actor }) => actor.toLowerCase(),
  token: ({ description, tokenId }) => (description || tokenId || "").toLowerCase(),
  reason: (entry) => reasonOf(entry).toLowerCase(),
};

/** `entries`: the newest first. What is worked out of them is kept for the next question. */
export function createActivityIndex(entries: readonly ActivityEntry[]): ActivityIndex {
  const ranks = new Map<ActivitySortKey, Uint32Array>();
  let positions: Map<string, number> | undefined;
  let people: readonly Person[] | undefined;

  function ranksBy(key: Exclude<ActivitySortKey, "time">): Uint32Array {
    let known = ranks.get(key);
    if (known === undefined) {
      known =
        key === "outcome"
          ? Uint32Array.from(entries, ({ outcome }) => activityOutcomes.indexOf(outcome))
          : key === "action"
            ? Uint32Array.from(entries, ({ action }) => activityActions.indexOf(action))
            : textRanks(entries.map(sortTexts[key]));
      ranks.set(key, known);
    }
    return known;
  }

  return {
    entries,

    query(filter, { by, descending }) {
      const matches = activityMatcher(filter);
      const found = new Uint32Array(entries.length);
      let count = 0;
      entries.forEach((entry, position) => {
        if (matches(entry, searchedText(entry))) found[count++] = position;
      });
      const rows = found.subarray(0, count);
      if (by === "time") return descending ? rows : rows.reverse();
      return sortedByRank(rows, ranksBy(by), descending);
    },

    positionOf(id) {
      positions ??= new Map(entries.map((entry, position) => [entry.id, position]));
      return positions.get(id);
    },

    people() {
      if (people === undefined) {
        const counts = new Map<string, number>();
        for (const { actor } of entries) counts.set(actor, (counts.get(actor) ?? 0) + 1);
        people = Array.from(counts, ([name, count]) => ({ name, count })).sort((one, two) =>
          one.name.localeCompare(two.name, "en", { numeric: true }),
        );
      }
      return people;
    },
  };
}

/** The place of each text among all different ones. */
function textRanks(texts: readonly string[]): Uint32Array {
  const different = [...new Set(texts)].sort();
  const rankOf = new Map(different.map((text, rank) => [text, rank]));
  return Uint32Array.from(texts, (text) => rankOf.get(text) ?? 0);
}

/** By counting: ranks are as many as there are different values, and rows of the same one keep their order. */
function sortedByRank(rows: Uint32Array, ranks: Uint32Array, descending: boolean): Uint32Array {
  let most = 0;
  for (const row of rows) most = Math.max(most, ranks[row]!);
  const place = (row: number) => (descending ? most - ranks[row]! : ranks[row]!);
  const starts = new Uint32Array(most + 2);
  for (const row of rows) starts[place(row) + 1]!++;
  for (let rank = 1; rank < starts.length; rank++) starts[rank]! += starts[rank - 1]!;
  const sorted = new Uint32Array(rows.length);
  for (const row of rows) sorted[starts[place(row)]!++] = row;
  return sorted;
}
