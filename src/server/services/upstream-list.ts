import { createHash } from "node:crypto";
import { setImmediate as nextTurn } from "node:timers/promises";
import { listPartsText } from "#contract/list-parts.ts";
import { packBlock } from "#server/lists/list-block.ts";
import type { ListAnswer, ListRequest } from "./token-service.ts";

/** Rows of a block. */
const BLOCK_ROWS = 1000;

/** What products put into rows that nobody may see: v2's `token`, Core's `hash`, and what a create answers. */
const SECRET_FIELDS: readonly string[] = ["token", "hash", "accessToken"];
const NOT_WITHOUT_CLUSTER: readonly string[] = [...SECRET_FIELDS, "accountId", "clusterId"];

interface Ids {
  accountId: string;
  clusterId: string;
}

/**
 * The answer for a list that was read whole. `rows`: tokens, and whatever else stood in the list: a row that is no token
 * goes to the browser all the same, which shows that it is there. Fields that hold secrets are left out of all of them.
 * The tag is made of the content, so the same rows are the same list on every gateway.
 */
export async function listAnswerOf(
  rows: readonly unknown[],
  { form, held }: ListRequest,
  { accountId, clusterId }: Ids,
): Promise<ListAnswer> {
  const ids = form === "with_cluster" ? { accountId, clusterId } : undefined;
  const texts: string[] = [];
  const hash = createHash("sha256").update(`${form}\n`);
  for (let start = 0; start < rows.length; start += BLOCK_ROWS) {
    const page = rows.slice(start, start + BLOCK_ROWS);
    const shown = page.map((row) => withoutSecrets(row, ids));
    const text =
      form === "columns" ? listPartsText(shown) : shown.map((row) => JSON.stringify(row)).join(",");
    hash.update(text).update("\n");
    texts.push(text);
    // Other requests go on between the blocks of a long list.
    await nextTurn();
  }
  const tag = `"${hash.digest("base64url")}"`;
  if (held.some((candidate) => candidate === tag || candidate === "*")) return { kind: "unchanged", tag };
  return {
    kind: "whole",
    tag,
    text: {
      opening: "[",
      closing: "]",
      async *blocks() {
        for (const text of texts) yield await packBlock(Buffer.from(text));
      },
    },
  };
}

/** What is not even an object could be anything: null stands for it, and counts as a row that cannot be read. */
function withoutSecrets(row: unknown, ids: Ids | undefined): unknown {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return null;
  const unwanted = ids === undefined ? NOT_WITHOUT_CLUSTER : SECRET_FIELDS;
  // Taking fields out of 100,000 objects costs far more than looking for them. The ids of a row are ours, or there are none.
  if (!unwanted.some((name) => name in row)) return { ...row, ...ids };
  return { ...Object.fromEntries(Object.entries(row).filter(([name]) => !unwanted.includes(name))), ...ids };
}
