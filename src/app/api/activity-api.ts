import type { ActivityDeed, ActivityEntry, ActivityHead } from "#contract/activity.ts";
import type { ActivityFilter } from "#contract/activity-filter.ts";
import { activityText } from "#contract/activity-match.ts";
import { parseBody, send, serverTime } from "./http.ts";
import { loadSchemas } from "./load-schemas.ts";
import { pause } from "./pause.ts";

/** A deed that does not fit the contract. It is counted and named, never dropped in silence. */
export interface UnreadableDeed {
  id: string | undefined;
  reason: string;
}

/** An answer of the record: the newest deed first. */
export interface ActivityPart {
  entries: readonly ActivityEntry[];
  unreadable: readonly UnreadableDeed[];
  /** Older ones are asked for with `before` set to this; undefined: there are none. */
  older: number | undefined;
  head: ActivityHead | undefined;
  /** Our clock when it arrived, in milliseconds. */
  receivedAt: number;
  /** Add to our clock to get the server's, in milliseconds. */
  clockOffset: number;
}

/** Deeds older than one, or deeds and outcomes recorded after a row; without either the newest ones. */
export type ActivityQuestion = { before?: number; limit: number } | { since: number };

const texts = new WeakMap<ActivityEntry, string>();

/** What a search looks at in a deed. Made once for each. */
export function searchedText(entry: ActivityEntry): string {
  let text = texts.get(entry);
  if (text === undefined) texts.set(entry, (text = activityText(entry)));
  return text;
}

/** Milliseconds of one task that are used at most, and by one deed more. */
const SLICE = 8;

/** Below this the difference is the header's rounding to seconds and the way here, not a wrong clock. */
const CLOCK_TOLERANCE_MILLIS = 2000;

function activityPath(slug: string): string {
  return `/api/clusters/${encodeURIComponent(slug)}/activity`;
}

/** Asks for a part of a cluster's record, once, and reads it in turns with whatever else the page has to do. Throws ApiError. */
export async function readActivity(
  slug: string,
  question: ActivityQuestion,
  signal?: AbortSignal,
): Promise<ActivityPart> {
  const params = new URLSearchParams(
    Object.entries(question).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
  );
  const answer = await send({ path: `${activityPath(slug)}?${params}`, signal });
  const receivedAt = Date.now();
  const offset = (serverTime(answer.headers) ?? receivedAt) - receivedAt;
  const page = await parseBody(({ activityPage }) => activityPage, answer);
  const schema = (await loadSchemas()).activityEntry;
  const entries: ActivityEntry[] = [];
  const unreadable: UnreadableDeed[] = [];
  let end = performance.now() + SLICE;
  for (const row of page.entries) {
    const read = schema.safeParse(row);
    if (read.success) {
      entries.push(read.data);
      // Made along the way: the first key that is typed would have to wait for all of them.
      searchedText(read.data);
    } else {
      const [issue] = read.error.issues;
      unreadable.push({
        id: idOf(row),
        reason: issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`,
      });
    }
    if (performance.now() < end) continue;
    await pause();
    end = performance.now() + SLICE;
  }
  return {
    entries,
    unreadable,
    older: page.older,
    head: page.head,
    receivedAt,
    clockOffset: Math.abs(offset) < CLOCK_TOLERANCE_MILLIS ? 0 : offset,
  };
}

function idOf(row: unknown): string | undefined {
  const id = typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
  return typeof id === "string" ? id : undefined;
}

/** One deed whole. Throws ApiError. */
export async function getDeed(slug: string, id: string, signal?: AbortSignal): Promise<ActivityDeed> {
  return parseBody(
    ({ activityDeed }) => activityDeed,
    await send({ path: `${activityPath(slug)}/${encodeURIComponent(id)}`, signal }),
  );
}

export type ExportFormat = "jsonl" | "csv";

/** Where the browser gets the deeds that a filter means as a file. */
export function activityExportPath(slug: string, format: ExportFormat, filter: ActivityFilter): string {
  const params = new URLSearchParams({ format });
  const add = (name: string, value: string | undefined) => value !== undefined && params.append(name, value);
  add("q", filter.query);
  for (const action of filter.actions ?? []) add("action", action);
  for (const outcome of filter.outcomes ?? []) add("outcome", outcome);
  add("kind", filter.kind);
  add("actor", filter.actor);
  add("token", filter.tokenId);
  add("from", filter.from);
  add("until", filter.until);
  return `${activityPath(slug)}/export?${params}`;
}
