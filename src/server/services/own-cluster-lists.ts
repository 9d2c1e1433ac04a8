import { setImmediate as nextTurn } from "node:timers/promises";
import { sql, type Kysely, type Transaction } from "kysely";
import { listPartsText } from "#contract/list-parts.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import type { Tables } from "#server/database/schema.ts";
import { packBlock, type ListBlock } from "#server/lists/list-block.ts";
import type { BuildSink } from "#server/lists/list-build.ts";
import type { ListCache } from "#server/lists/list-cache.ts";
import { createSharedList, type CompleteList } from "#server/lists/shared-list.ts";
import { tokenRowText, type OwnClusterIds } from "./own-cluster-rows.ts";
import type { ListAnswer, ListForm, ListRequest, RowForm } from "./token-service.ts";

/** Rows of a fresh block. Reading so many takes libsql some 4 ms, in which the process does nothing else. */
const BLOCK_ROWS = 1000;
/** More changed rows than this, and the whole list is read again. */
const MOST_REREAD = 5000;
/** More changed rows than this, and who holds an older list gets a whole one. They are read in one go, see BLOCK_ROWS. */
const MOST_CHANGES = 2000;

/** Rows in order of their ids, up to and including `last`. */
interface RowBlock extends ListBlock {
  last: string;
  rows: number;
}

/** The text of some rows as it was read. */
interface Page {
  text: Uint8Array;
  last: string;
  rows: number;
}

/** Where the list stands: see list-version.ts. */
interface ListState {
  epoch: string;
  version: number;
}

/** A part of the list that is to be read: ids after one and up to another, so many rows a block. */
interface Stretch {
  after: string;
  through: string | undefined;
  rows: number;
}

/** As the engines hand it over: see joinedLines. */
type JoinedText = string | ArrayBuffer;

type Database = Pick<OpenDatabase, "db" | "engine" | "readSnapshot">;

export interface OwnClusterLists {
  read(request: ListRequest): Promise<ListAnswer>;
}

/** The token list of one cluster as text, from blocks that are kept until their rows change. */
export function createOwnClusterLists(
  database: Database,
  cluster: OwnClusterIds,
  cache: ListCache,
): OwnClusterLists {
  const { db } = database;
  const lists = {
    with_cluster: createSharedList(rowSource(database, cluster, "with_cluster"), cache),
    without_cluster: createSharedList(rowSource(database, cluster, "without_cluster"), cache),
    columns: createSharedList(rowSource(database, cluster, "columns"), cache),
  };
  return {
    async read({ form, held, acceptsChanges }) {
      const current = await readState(db, cluster);
      const tag = tagOf(current);
      if (held.some((candidate) => candidate === tag || candidate === "*")) return { kind: "unchanged", tag };
      if (acceptsChanges) {
        for (const base of held) {
          const changes = await readChanges(database, cluster, rowForm(form), base);
          if (changes !== undefined) return changes;
        }
      }
      const reading = await lists[form].open();
      return {
        kind: "whole",
        tag: reading.tag,
        text: { opening: "[", closing: "]", blocks: reading.blocks },
      };
    },
  };
}

function rowForm(form: ListForm): RowForm {
  return form === "columns" ? "without_cluster" : form;
}

function rowSource(database: Database, cluster: OwnClusterIds, form: ListForm) {
  return {
    currentTag: async () => tagOf(await readState(database.db, cluster)),

    build: (base: CompleteList<RowBlock> | undefined, sink: BuildSink<RowBlock>): Promise<void> =>
      database.readSnapshot(async (snapshot) => {
        sink.begin(tagOf(await readState(snapshot, cluster)));
        // One block is packed while the next is read; they are handed on in their order.
        let handedOn: Promise<void> = Promise.resolve();
        const handOn = (block: RowBlock | Promise<RowBlock>): Promise<void> => {
          const before = handedOn;
          handedOn = Promise.all([block, before]).then(([ready]) => sink.push(ready));
          // It is awaited one block later; until then a failure must not count as one that nobody hears of.
          handedOn.catch(() => undefined);
          return before;
        };
        for (const part of await plan(snapshot, cluster, base)) {
          if ("packed" in part) {
            await handOn(part);
            continue;
          }
          for await (const page of readRows(snapshot, database, cluster, rowForm(form), part)) {
            await handOn(packedPage(page, form));
            await nextTurn();
          }
        }
        await handedOn;
      }),
  };
}

async function packedPage({ text, last, rows }: Page, form: ListForm): Promise<RowBlock> {
  return { ...(await packBlock(form === "columns" ? partsOf(text) : text)), last, rows };
}

/** The blocks that can be used again, and what has to be read between them. */
async function plan(
  snapshot: Transaction<Tables>,
  cluster: OwnClusterIds,
  base: CompleteList<RowBlock> | undefined,
): Promise<(RowBlock | Stretch)[]> {
  const changed = base === undefined ? undefined : await changedIds(snapshot, cluster, base.tag);
  if (base === undefined || changed === undefined || base.blocks.length === 0) {
    return [{ after: "", through: undefined, rows: BLOCK_ROWS }];
  }
  const changesByBlock = new Map<number, number>();
  for (const id of changed) {
    const index = blockOf(base.blocks, id);
    changesByBlock.set(index, (changesByBlock.get(index) ?? 0) + 1);
  }
  return base.blocks.map((block, index) => {
    const changes = changesByBlock.get(index);
    if (changes === undefined) return block;
    // A block that has grown too large is divided evenly.
    const most = block.rows + changes;
    return {
      after: base.blocks[index - 1]?.last ?? "",
      through: index === base.blocks.length - 1 ? undefined : block.last,
      rows: Math.ceil(most / Math.ceil(most / (1.5 * BLOCK_ROWS))),
    };
  });
}

/** The block that holds an id or would hold it. Ids are ASCII: their order here is that of both engines. */
function blockOf(blocks: readonly RowBlock[], id: string): number {
  let [low, high] = [0, blocks.length - 1];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((blocks[middle]?.last ?? "") < id) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function* readRows(
  snapshot: Transaction<Tables>,
  { engine }: Database,
  cluster: OwnClusterIds,
  form: RowForm,
  stretch: Stretch,
): AsyncGenerator<Page, void> {
  const through = stretch.through === undefined ? sql`` : sql`and id <= ${stretch.through}`;
  let { after } = stretch;
  for (;;) {
    const { rows } = await sql<{ text: JoinedText | null; last: string | null; count: number }>`
      select ${joinedLines(engine)} as text, max(id) as last, count(*) as count
      from (
        select id, ${tokenRowText(engine, cluster, form)} as line from database_tokens
        where cluster_id = ${cluster.clusterId} and id > ${after} ${through}
        order by id limit ${stretch.rows}
      ) as page`.execute(snapshot);
    const page = rows[0];
    if (page === undefined || page.text === null || page.last === null) return;
    yield { text: toBytes(page.text), last: page.last, rows: page.count };
    if (page.count < stretch.rows) return;
    after = page.last;
  }
}

/** What changed since the list that `base` names; undefined when that cannot be told, or is too much. */
async function readChanges(
  { db, engine }: Database,
  cluster: OwnClusterIds,
  form: RowForm,
  base: string,
): Promise<ListAnswer | undefined> {
  const held = stateOf(base);
  if (held === undefined || !(await isKnown(db, cluster, held))) return undefined;
  if (
    (
      await changedRows(db, cluster, held)
        .select("id")
        .limit(MOST_CHANGES + 1)
        .execute()
    ).length > MOST_CHANGES
  )
    return undefined;
  // One statement, so that the rows are those of the state that is named.
  const { rows } = await sql<{ epoch: string; version: number; text: JoinedText | null }>`
    select list_epoch as epoch, list_version as version, (
      select ${joinedLines(engine)} from (
        select id, ${tokenRowText(engine, cluster, form)} as line from database_tokens
        where cluster_id = ${cluster.clusterId} and version > ${held.version}
      ) as page
    ) as text
    from clusters where id = ${cluster.clusterId}`.execute(db);
  const after = rows[0];
  if (after === undefined) return undefined;
  const text = after.text === null ? undefined : toBytes(after.text);
  return {
    kind: "changes",
    tag: tagOf(after),
    base,
    text: {
      opening: '{"changed":[',
      // Rows are never deleted here.
      closing: '],"removed":[]}',
      async *blocks() {
        if (text !== undefined) yield await packBlock(text);
      },
    },
  };
}

async function changedIds(
  snapshot: Transaction<Tables>,
  cluster: OwnClusterIds,
  base: string,
): Promise<string[] | undefined> {
  const held = stateOf(base);
  if (held === undefined || !(await isKnown(snapshot, cluster, held))) return undefined;
  const rows = await changedRows(snapshot, cluster, held)
    .select("id")
    .limit(MOST_REREAD + 1)
    .execute();
  return rows.length > MOST_REREAD ? undefined : rows.map(({ id }) => id);
}

function changedRows(db: Kysely<Tables>, { clusterId }: OwnClusterIds, { version }: ListState) {
  return db.selectFrom("database_tokens").where("cluster_id", "=", clusterId).where("version", ">", version);
}

/**
 * Whether the list really was in this state. A database that was restored from a backup has taken back states that were
 * handed out, and later versions say nothing about what was taken back.
 */
async function isKnown(
  db: Kysely<Tables>,
  { clusterId }: OwnClusterIds,
  { epoch, version }: ListState,
): Promise<boolean> {
  const row = await db
    .selectFrom("token_list_versions")
    .innerJoin("clusters", "clusters.id", "token_list_versions.cluster_id")
    .select("version")
    .where("cluster_id", "=", clusterId)
    .where("version", "=", version)
    .where("list_epoch", "=", epoch)
    .executeTakeFirst();
  return row !== undefined;
}

/** A cluster that is not in the database has an empty list. */
async function readState(db: Kysely<Tables>, { clusterId }: OwnClusterIds): Promise<ListState> {
  const row = await db
    .selectFrom("clusters")
    .select(["list_epoch", "list_version"])
    .where("id", "=", clusterId)
    .executeTakeFirst();
  return { epoch: row?.list_epoch ?? "", version: row?.list_version ?? 0 };
}

function tagOf({ epoch, version }: ListState): string {
  return `"${epoch}-${version.toString(36)}"`;
}

function stateOf(tag: string): ListState | undefined {
  const [, epoch, version] = /^"([0-9a-f-]*)-([0-9a-z]{1,10})"$/.exec(tag) ?? [];
  return epoch === undefined || version === undefined
    ? undefined
    : { epoch, version: Number.parseInt(version, 36) };
}

/**
 * SQLite hands text over as a string of its own; as a blob the bytes come as they are. It takes the rows in the order in
 * which the inner query gives them; asked for that order again it would sort them once more, for a third of the time.
 */
function joinedLines(engine: OpenDatabase["engine"]) {
  return engine === "postgres"
    ? sql`string_agg(line, ',' order by id)`
    : sql`cast(group_concat(line, ',') as blob)`;
}

function partsOf(rows: Uint8Array): Uint8Array {
  return Buffer.from(listPartsText(JSON.parse(`[${Buffer.from(rows).toString()}]`)));
}

function toBytes(text: JoinedText): Uint8Array {
  return typeof text === "string" ? Buffer.from(text) : new Uint8Array(text);
}
