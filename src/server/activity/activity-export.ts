import { setImmediate as nextTurn } from "node:timers/promises";
import type { ActivityFilter } from "#contract/activity-filter.ts";
import { activityMatcher } from "#contract/activity-match.ts";
import { csvRow } from "#contract/csv.ts";
import { type ListBlock, packBlock } from "#server/lists/list-block.ts";
import type { ListText } from "#server/lists/list-body.ts";
import type { ActivityPages, ActivityScope, ListedDeed } from "./activity-pages.ts";

/** Deeds that are looked through at a time. */
const PAGE = 500;
/** Characters of text that are packed together. */
const BLOCK = 256 * 1024;

export type ExportFormat = "jsonl" | "csv";

const columns: readonly [string, (deed: ListedDeed) => string | number | undefined][] = [
  ["id", ({ entry }) => entry.id],
  ["at", ({ entry }) => entry.at],
  ["endedAt", ({ entry }) => entry.endedAt],
  ["action", ({ entry }) => entry.action],
  ["outcome", ({ entry }) => entry.outcome],
  ["actor", ({ entry }) => entry.actor],
  ["session", ({ entry }) => entry.session],
  ["kind", ({ entry }) => entry.kind],
  ["tokenId", ({ entry }) => entry.tokenId],
  ["description", ({ entry }) => entry.description],
  ["reason", ({ entry }) => entry.problem?.reason],
  ["message", ({ entry }) => entry.problem?.message],
  ["upstreamStatus", ({ entry }) => entry.problem?.upstream?.status],
  ["upstreamMessage", ({ entry }) => entry.problem?.upstream?.message],
  ["requestId", ({ entry }) => entry.requestId],
  ["intentSeq", ({ rows }) => rows[0]?.seq],
  ["intentHash", ({ rows }) => rows[0]?.hash],
  ["outcomeSeq", ({ rows }) => rows[1] && rows.at(-1)?.seq],
  ["outcomeHash", ({ rows }) => rows[1] && rows.at(-1)?.hash],
];

/** All deeds of the scope that the filter means, newest first, a line each, made while the caller takes them. */
export async function exportText(
  pages: ActivityPages,
  scope: ActivityScope,
  filter: ActivityFilter,
  format: ExportFormat,
): Promise<ListText> {
  const matches = activityMatcher(filter);
  // What is wrong with the store is said before the answer begins.
  const first = await pages.newest(scope, PAGE);

  async function* lines(): AsyncGenerator<string, void> {
    for (let seqs = first; seqs.length > 0; seqs = await pages.newest(scope, PAGE, seqs.at(-1))) {
      for await (const deeds of pages.read(seqs)) {
        for (const deed of deeds.filter(({ entry }) => matches(entry))) {
          if (format === "csv") yield csvRow(columns.map(([, cell]) => String(cell(deed) ?? "")));
          else yield `${JSON.stringify(await pages.deed(scope, deed.entry.id))}\n`;
        }
      }
    }
  }

  async function* blocks(): AsyncGenerator<ListBlock, void> {
    let text = "";
    for await (const line of lines()) {
      text += line;
      if (text.length < BLOCK) continue;
      yield await packBlock(Buffer.from(text));
      text = "";
      await nextTurn();
    }
    if (text !== "") yield await packBlock(Buffer.from(text));
  }

  return {
    opening: format === "csv" ? csvRow(columns.map(([name]) => name)) : "",
    closing: "",
    separator: "",
    blocks,
  };
}
