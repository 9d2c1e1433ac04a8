import type { ActivityEntry } from "#contract/activity.ts";
import type { ActivityPart, ActivityQuestion, UnreadableDeed } from "#app/api/activity-api.ts";

export type { UnreadableDeed };

/** What the page knows of a cluster's record. */
export interface ActivityRecord {
  /** The newest first, each once. The same array as long as nothing in it changed. */
  entries: readonly ActivityEntry[];
  /** Older ones than these are asked for with `before` set to this; undefined: there are none. */
  older: number | undefined;
  /** The row up to which it tells of everything that it holds; undefined while nothing is recorded. */
  head: number | undefined;
  unreadable: readonly UnreadableDeed[];
  /** Our clock when what its head stands for arrived, in milliseconds. */
  receivedAt: number;
  /** Add to our clock to get the server's, in milliseconds. */
  clockOffset: number;
}

/** More are not read into a page: they would take more memory than a browser's tab should. */
export const MOST_ENTRIES = 200_000;

const NEWEST = 200;
const MANY = 2000;

/** Whether it holds the whole record, or as much as it ever will. */
export function isReadToEnd({ entries, older }: ActivityRecord): boolean {
  return older === undefined || entries.length >= MOST_ENTRIES;
}

export interface ActivityReading {
  /** What is there already, whole or not. */
  held: ActivityRecord | undefined;
  ask(question: ActivityQuestion): Promise<ActivityPart>;
  /** Gets what is there while the rest is coming; the rest waits until it is done with it. */
  onPart(part: ActivityRecord): void | Promise<void>;
}

/**
 * Reads a record: the newest part first, then older ones to its end. One that is held already hears what happened since,
 * and is read on from where it ended. Throws what `ask` throws; what was read until then went to `onPart`.
 */
export async function readRecord({ held, ask, onPart }: ActivityReading): Promise<ActivityRecord> {
  let record = held && (await withNews(held, ask));
  if (record === undefined) {
    record = fromNewest(await ask({ limit: NEWEST }));
  }
  while (!isReadToEnd(record) && record.older !== undefined) {
    await onPart(record);
    record = withOlder(record, await ask({ before: record.older, limit: MANY }));
  }
  return record;
}

/** Undefined where what is held has nothing to do with what is recorded now, or too much happened to be told at once. */
async function withNews(
  held: ActivityRecord,
  ask: ActivityReading["ask"],
): Promise<ActivityRecord | undefined> {
  if (held.head === undefined) return undefined;
  const news = await ask({ since: held.head });
  // A record that became shorter is another one: that of a backup which somebody put back.
  if (news.older !== undefined || news.head === undefined || news.head.seq < held.head) return undefined;
  const { head, receivedAt, clockOffset } = news;
  return {
    ...held,
    entries: mergeDeeds(news.entries, held.entries),
    unreadable: mergeUnreadable(held.unreadable, news),
    head: head.seq,
    receivedAt,
    clockOffset,
  };
}

/** The record that a first answer begins. */
export function fromNewest({
  entries,
  older,
  head,
  unreadable,
  receivedAt,
  clockOffset,
}: ActivityPart): ActivityRecord {
  return { entries, older, head: head?.seq, unreadable, receivedAt, clockOffset };
}

/** The record with older deeds. Its head stays: what happened to its newer deeds meanwhile was not told. */
export function withOlder(record: ActivityRecord, part: ActivityPart): ActivityRecord {
  return {
    ...record,
    entries: mergeDeeds(part.entries, record.entries),
    unreadable: mergeUnreadable(record.unreadable, part),
    older: part.older,
  };
}

/** Both, the newest first, each once: as `told` has it, unless that is older knowledge. `known` itself where that is all. */
export function mergeDeeds(
  told: readonly ActivityEntry[],
  known: readonly ActivityEntry[],
): readonly ActivityEntry[] {
  if (told.length === 0) return known;
  const oldest = known.at(-1);
  if (oldest === undefined) return told;
  if (told[0]!.seq < oldest.seq) return known.concat(told);
  const merged: ActivityEntry[] = [];
  let changed = false;
  let at = 0;
  for (const entry of told) {
    while (at < known.length && known[at]!.seq > entry.seq) merged.push(known[at++]!);
    const same = known[at]?.seq === entry.seq ? known[at++] : undefined;
    const kept = same !== undefined && !tellsMore(entry, same) ? same : entry;
    changed ||= kept !== same;
    merged.push(kept);
  }
  return changed ? merged.concat(known.slice(at)) : known;
}

/** Whether an answer says something of a deed that is not known of it yet. An outcome does not become none again. */
function tellsMore(told: ActivityEntry, known: ActivityEntry): boolean {
  if (told.outcome === "started") return false;
  return told.outcome !== known.outcome || told.endedAt !== known.endedAt;
}

function mergeUnreadable(known: readonly UnreadableDeed[], part: ActivityPart): readonly UnreadableDeed[] {
  if (known.length === 0 && part.unreadable.length === 0) return known;
  const readable = new Set(part.entries.map(({ id }) => id));
  const named = new Set(part.unreadable.map(({ id }) => id));
  const still = known.filter(({ id }) => id === undefined || (!readable.has(id) && !named.has(id)));
  return [...still, ...part.unreadable];
}

/** How many deeds of the latest record those who see an earlier one have not seen as they are, older ones aside. */
export function newsCount(shown: ActivityRecord, latest: ActivityRecord): number {
  if (shown.entries === latest.entries) return 0;
  const oldest = shown.entries.at(-1)?.seq ?? Infinity;
  let count = 0;
  let at = 0;
  for (const entry of latest.entries) {
    if (entry.seq < oldest) break;
    while (at < shown.entries.length && shown.entries[at]!.seq > entry.seq) at++;
    if (shown.entries[at] === entry) at++;
    else count++;
  }
  return count;
}
