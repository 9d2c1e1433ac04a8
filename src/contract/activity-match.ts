import type { ActivityFilter } from "./activity-filter.ts";
import type { ActivityAction, ActivityEntry } from "./activity.ts";
import { toMillis } from "./instant.ts";

/** What is looked for in place of a text: letters in either case, and with their accents or without. */
function fold(text: string): string {
  return text.normalize("NFKD").toLowerCase().normalize("NFKD").replace(/\p{M}/gu, "");
}

/** What the screens call some of them, on all products or on some. */
const alsoCalled: Partial<Record<ActivityAction, string>> = {
  update: "edit",
  suspend: "deactivate",
  restore: "activate",
  revoke: "delete",
};

/** All that words may occur in, folded. To be kept by whoever asks for the same entries again and again. */
export function activityText(entry: ActivityEntry): string {
  const { problem } = entry;
  return fold(
    [
      entry.actor,
      entry.description ?? "",
      entry.tokenId ?? "",
      entry.action,
      alsoCalled[entry.action] ?? "",
      entry.outcome,
      // As people write it.
      entry.outcome.replaceAll("_", " "),
      entry.requestId,
      entry.session ?? "",
      problem?.reason ?? "",
      problem?.message ?? "",
      problem?.upstream?.message ?? "",
    ].join("\n"),
  );
}

/**
 * Whether a filter means an entry, for as many entries as there are: the page and the export ask the same. `text` is what
 * activityText makes of the entry, where that is kept.
 */
export function activityMatcher(filter: ActivityFilter): (entry: ActivityEntry, text?: string) => boolean {
  const words = fold(filter.query ?? "")
    .split(/\s+/)
    .filter((word) => word !== "");
  const actions = filter.actions === undefined ? undefined : new Set(filter.actions);
  const outcomes = filter.outcomes === undefined ? undefined : new Set(filter.outcomes);
  const tokenId = filter.tokenId?.toLowerCase();
  const from = filter.from === undefined ? undefined : toMillis(filter.from);
  const until = filter.until === undefined ? undefined : toMillis(filter.until);
  return (entry, text) => {
    if (actions?.has(entry.action) === false || outcomes?.has(entry.outcome) === false) return false;
    if (filter.kind !== undefined && entry.kind !== filter.kind) return false;
    if (filter.actor !== undefined && entry.actor !== filter.actor) return false;
    if (tokenId !== undefined && entry.tokenId?.toLowerCase() !== tokenId) return false;
    if (from !== undefined && toMillis(entry.at) < from) return false;
    if (until !== undefined && toMillis(entry.at) >= until) return false;
    if (words.length === 0) return true;
    const searched = text ?? activityText(entry);
    return words.every((word) => searched.includes(word));
  };
}
