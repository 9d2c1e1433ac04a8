import { packBlock } from "#server/lists/list-block.ts";
import type { ListText } from "#server/lists/list-body.ts";
import type { ActivityPages, ActivityScope } from "./activity-pages.ts";

export interface PageRequest {
  before: number | undefined;
  limit: number;
  /** In place of both. */
  since: number | undefined;
}

/** A page of the record as JSON (ActivityPage), whose entries are read while the caller takes them. */
export async function activityPageText(
  pages: ActivityPages,
  scope: ActivityScope,
  { before, limit, since }: PageRequest,
): Promise<ListText> {
  // Before the deeds: what comes in between is told again, and nothing is left out.
  const head = await pages.head();
  let seqs: number[];
  let older: number | undefined;
  if (since === undefined) {
    // One more tells whether there are any.
    const found = await pages.newest(scope, limit + 1, before);
    seqs = found.slice(0, limit);
    if (found.length > limit) older = seqs.at(-1);
  } else seqs = await pages.changedSince(scope, since);
  const rest = JSON.stringify({ older, head }).slice(1);
  return {
    opening: '{"entries":[',
    closing: rest === "}" ? "]}" : `],${rest}`,
    async *blocks() {
      for await (const deeds of pages.read(seqs)) {
        const text = deeds.map(({ entry }) => JSON.stringify(entry)).join(",");
        yield await packBlock(Buffer.from(text));
      }
    },
  };
}
