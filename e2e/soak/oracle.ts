import { isDeepStrictEqual } from "node:util";
import { canonical } from "#contract/canonical.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import { verifyChain } from "#server/activity/verify.ts";
import { hashSecret } from "#server/secrets.ts";

/** A token as the database has it. Permissions in canonical form, sorted. */
export interface Row {
  id: string;
  description: string;
  permissions: readonly string[];
  /** Those that a suspension keeps. */
  kept: readonly string[] | undefined;
  isRevoked: boolean;
  secretHash: string | null;
}

export interface Content {
  description: string;
  permissions: readonly string[];
}

/** What somebody wanted, in the end. */
export type Effect =
  /** `like`: the token whose permissions it is to have. */
  | { kind: "create"; content: Content | { description: string; like: string }; most: number }
  | { kind: "revoke"; id: string }
  /** `base`: what the change began with, where it says so to the server. */
  | { kind: "update"; id: string; base: Content | undefined; wish: Content }
  | { kind: "suspend"; id: string }
  | { kind: "restore"; id: string };

/** "gone": the token is not there to be changed any more; whether it was before that, nothing is said of. */
export type Outcome = "done" | "not_done" | "unknown" | "gone";

/** What a client was told of something that it set out to do. */
export interface Told {
  /** Who it was and what they did, for a person. */
  words: string;
  outcome: Outcome;
  effect: Effect;
  /** Of a creation that is done: its token, and the secret unless that was said to be lost. */
  made?: { id: string; secret: string | undefined };
}

export type State = ReadonlyMap<string, Row>;

export function canonicalPermissions(permissions: readonly unknown[]): readonly string[] {
  return permissions.map(canonical).sort();
}

export async function readState({ db }: Pick<OpenDatabase, "db">): Promise<State> {
  const rows = await db
    .selectFrom("database_tokens")
    .select(["id", "description", "permissions", "suspended_permissions", "revoked_at", "secret_hash"])
    .execute();
  const parsed = (text: string) => canonicalPermissions(JSON.parse(text));
  return new Map(
    rows.map((row) => [
      row.id,
      {
        id: row.id,
        description: row.description,
        permissions: parsed(row.permissions),
        kept: row.suspended_permissions === null ? undefined : parsed(row.suspended_permissions),
        isRevoked: row.revoked_at !== null,
        secretHash: row.secret_hash,
      },
    ]),
  );
}

/**
 * Holds what clients were told at one time against what the database was before and is now. What is wrong, in words.
 */
export function judge(before: State, after: State, told: readonly Told[]): string[] {
  return [...judgeNew(before, after, told), ...judgeKnown(before, after, told)];
}

/** At most one token for each attempt; done is there, with its secret; not done is not. */
function judgeNew(before: State, after: State, told: readonly Told[]): string[] {
  const wrong: string[] = [];
  const unclaimed = new Map([...after].filter(([id]) => !before.has(id)));
  for (const { words, outcome, effect, made } of told) {
    if (effect.kind !== "create") continue;
    const mine = [...unclaimed.values()].filter(
      ({ description }) => description === effect.content.description,
    );
    for (const { id } of mine) unclaimed.delete(id);
    const { content } = effect;
    // Of a token that somebody else changes in that moment, either is right.
    const right =
      "like" in content
        ? [before, after].map((state) => state.get(content.like)?.permissions)
        : [content.permissions];
    const isLike = mine.every(({ permissions }) => right.some((one) => isDeepStrictEqual(permissions, one)));
    if (!isLike) wrong.push(`${words}: what was made has other permissions`);
    if (mine.length > effect.most) wrong.push(`${words}: made ${String(mine.length)} times`);
    if (outcome === "not_done" && mine.length > 0)
      wrong.push(`${words}: told not done, and it is there (I1, I2)`);
    if (outcome !== "done") continue;
    const row = mine.find(({ id }) => id === made?.id);
    if (row === undefined) wrong.push(`${words}: told done, and it is not there`);
    else if (made?.secret !== undefined && row.secretHash !== hashSecret(made.secret)) {
      wrong.push(`${words}: the secret is not the token's (I3)`);
    }
  }
  for (const { id, description } of unclaimed.values())
    wrong.push(`${id} (${description}) was made by nobody`);
  return wrong;
}

function judgeKnown(before: State, after: State, told: readonly Told[]): string[] {
  const wrong: string[] = [];
  for (const [id, was] of before) {
    const is = after.get(id);
    if (is === undefined) {
      wrong.push(`${was.description} is gone from the database`);
      continue;
    }
    const mine = told.filter(({ effect }) => effect.kind !== "create" && effect.id === id);
    const [only] = mine;
    if (only === undefined) {
      if (!isDeepStrictEqual(is, was)) wrong.push(`${was.description} changed, and nobody did it`);
    } else if (mine.length === 1) wrong.push(...judgeOne(was, is, only));
    else wrong.push(...judgeSeveral(is, mine));
    wrong.push(...judgeRemovals(was, is, mine));
  }
  return wrong;
}

function judgeOne(was: Row, is: Row, { words, outcome, effect }: Told): string[] {
  const isChanged = !isDeepStrictEqual(is, was);
  const wrong: string[] = [];
  if (outcome === "not_done" && isChanged)
    wrong.push(`${words}: told not done, and the token changed (I1, I2)`);
  if (outcome === "done" && !isVisible(is, effect)) wrong.push(`${words}: told done, and it is not (I1)`);
  if (outcome === "gone" && !is.isRevoked)
    wrong.push(`${words}: told that it is gone, and it is active (I1)`);
  if (outcome === "unknown" && isChanged && !isVisible(is, effect)) {
    wrong.push(`${words}: neither what it was nor what was wanted`);
  }
  if (effect.kind === "update" && effect.base !== undefined && isChanged && !isContent(was, effect.base)) {
    wrong.push(`${words}: over a change that its form had not seen (I4)`);
  }
  return wrong;
}

/** Two at once: which was first is nobody's business, but they cannot both have changed the same base. */
function judgeSeveral(is: Row, told: readonly Told[]): string[] {
  const wrong: string[] = [];
  for (const { words, outcome, effect } of told) {
    if (effect.kind === "revoke" && outcome === "done" && !is.isRevoked) {
      wrong.push(`${words}: told done, and it is not (I1)`);
    }
  }
  const saved = told.flatMap(({ outcome, effect }) =>
    outcome === "done" && effect.kind === "update" && effect.base !== undefined ? [effect] : [],
  );
  const [one, other] = saved;
  if (
    one !== undefined &&
    other !== undefined &&
    isDeepStrictEqual(one.base, other.base) &&
    !isDeepStrictEqual(one.wish, other.wish)
  ) {
    wrong.push(`both changes of ${is.description} were saved over the same base (I4)`);
  }
  return wrong;
}

/** No permission is gone, from the token and from what is kept of it, but those that somebody took away. */
function judgeRemovals(was: Row, is: Row, told: readonly Told[]): string[] {
  const has = new Set([...is.permissions, ...(is.kept ?? [])]);
  const lost = [...was.permissions, ...(was.kept ?? [])].filter((permission) => !has.has(permission));
  const allowed = new Set(
    told.filter(({ outcome }) => outcome !== "not_done").flatMap((one) => removals(was, one)),
  );
  const unseen = lost.filter((permission) => !allowed.has(permission));
  return unseen.length === 0
    ? []
    : [`${is.description} lost ${unseen.join(", ")}, which nobody took away (I4)`];
}

function removals(was: Row, { effect }: Told): readonly string[] {
  switch (effect.kind) {
    case "create":
    case "revoke":
      return [];
    case "update": {
      // Who says nothing of what they saw replaces whatever is there.
      const { permissions } = effect.base ?? was;
      return permissions.filter((permission) => !effect.wish.permissions.includes(permission));
    }
    case "suspend":
      return was.kept ?? [];
    case "restore":
      return was.permissions;
  }
}

function isVisible(is: Row, effect: Effect): boolean {
  switch (effect.kind) {
    case "create":
      return true;
    case "revoke":
      return is.isRevoked;
    case "update":
      return isContent(is, effect.wish);
    case "suspend":
      return is.kept !== undefined && is.permissions.length === 0;
    case "restore":
      return is.kept === undefined;
  }
}

function isContent(row: Row, content: Content): boolean {
  return row.description === content.description && isDeepStrictEqual(row.permissions, content.permissions);
}

/**
 * What must hold in the end: every change was recorded as done once, every deed has an outcome, no operation is open, and
 * no secret is anywhere.
 */
export async function judgeRecord(
  { db, bytes }: Pick<OpenDatabase, "db"> & { bytes: () => Promise<Buffer> },
  versionsBefore: number,
  secrets: readonly string[],
): Promise<string[]> {
  const wrong: string[] = [];
  const rows = await db.selectFrom("activity").select(["operation_id", "phase", "outcome"]).execute();
  const intents = new Set(rows.flatMap((row) => (row.phase === "intent" ? [row.operation_id] : [])));
  const outcomes = rows.flatMap((row) => (row.phase === "outcome" ? [row.operation_id] : []));
  const isPaired =
    intents.size + outcomes.length === rows.length &&
    outcomes.length === new Set(outcomes).size &&
    outcomes.length === intents.size &&
    outcomes.every((id) => intents.has(id));
  if (!isPaired)
    wrong.push(`${String(intents.size)} deeds began and ${String(outcomes.length)} have an outcome`);
  const done = rows.filter(({ outcome }) => outcome === "done").length;
  const changes = (await countVersions(db)) - versionsBefore;
  if (done !== changes) wrong.push(`${String(changes)} changes, and ${String(done)} recorded as done`);
  const { fault } = await verifyChain(db);
  if (fault !== undefined) wrong.push(`row ${String(fault.seq)} of the record: ${fault.what}`);
  const open = await db.selectFrom("operations").select("target").where("state", "=", "started").execute();
  for (const { target } of open) wrong.push(`the operation on ${target} is open`);
  const text = await bytes();
  for (const secret of secrets) if (text.includes(secret)) wrong.push("a secret is in the database (I9)");
  return wrong;
}

/** Every change of a token takes one. */
export async function countVersions(db: OpenDatabase["db"]): Promise<number> {
  const { count } = await db
    .selectFrom("token_list_versions")
    .select(({ fn }) => fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}
