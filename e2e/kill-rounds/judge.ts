import { isDeepStrictEqual } from "node:util";
import { canonical } from "#contract/canonical.ts";
import { problemSchema } from "#contract/problem.ts";
import { verifyChain } from "#server/activity/verify.ts";
import { rawKeyHashOf } from "#server/operations/idempotency.ts";
import type { OpenDatabase } from "#server/database/connect.ts";
import type { GatewayAnswer, GatewayProcess } from "#e2e/gateway-process.ts";
import {
  type Change,
  isAcknowledged,
  secretIn,
  sendChange,
  type TokenState,
  type Tracked,
} from "./change.ts";

export type Fault =
  /** Acknowledged, and not there. */
  | "lost"
  /** There, and not whole. */
  | "half"
  /** An answer that is not true: told "not done" what was done, done twice, or answered differently. */
  | "untrue"
  /** Begun, and nobody says how it ended. */
  | "unreconciled";

export type Report = (fault: Fault, words: string) => void;

type Db = OpenDatabase["db"];

/** The one row of a token, as far as rounds change it. Throws when its name stands in two. */
export async function readState(
  db: Db,
  token: Tracked,
): Promise<{ id: string | undefined; state: TokenState }> {
  const rows = await db
    .selectFrom("database_tokens")
    .select(["id", "description", "permissions", "suspended_permissions", "revoked_at"])
    .where("description", "like", `${token.name} %`)
    .execute();
  if (rows.length > 1) throw new Error(`${token.name} is there ${String(rows.length)} times`);
  const [row] = rows;
  if (row === undefined) {
    const state = { exists: false, description: "", permissions: "[]", kept: undefined, isRevoked: false };
    return { id: undefined, state };
  }
  return {
    id: row.id,
    state: {
      exists: true,
      description: row.description,
      permissions: row.permissions,
      kept: row.suspended_permissions ?? undefined,
      isRevoked: row.revoked_at !== null,
    },
  };
}

export function isSame(one: TokenState, other: TokenState): boolean {
  return isDeepStrictEqual(comparable(one), comparable(other));
}

function comparable({ permissions, kept, ...rest }: TokenState) {
  const text = (json: string) => canonical(JSON.parse(json));
  return { ...rest, permissions: text(permissions), kept: kept === undefined ? undefined : text(kept) };
}

/** Whether every token is what was acknowledged, or what the one change that was cut off was to make of it. */
export async function judgeTokens(db: Db, changes: readonly Change[], report: Report): Promise<void> {
  const open = new Map(changes.filter(({ answer }) => answer === undefined).map((one) => [one.token, one]));
  for (const token of new Set(changes.map((change) => change.token))) {
    try {
      const { state } = await readState(db, token);
      const wish = open.get(token)?.wish;
      if (isSame(state, token.state) || (wish !== undefined && isSame(state, wish))) continue;
      report(
        "lost",
        `${token.name} is ${JSON.stringify(state)}, acknowledged was ${JSON.stringify(token.state)}`,
      );
    } catch (error) {
      report("untrue", String(error));
    }
  }
}

/** What is only whole together: tokens and the versions of their list, revocations and suspensions with their parts. */
export async function judgeRows(db: Db, report: Report): Promise<void> {
  const rows = await db.selectFrom("database_tokens").selectAll().execute();
  const versions = await db.selectFrom("token_list_versions").select("version").execute();
  const known = new Set(versions.map(({ version }) => version));
  const clusters = await db.selectFrom("clusters").select(["id", "list_version"]).execute();
  const newest = new Map(clusters.map(({ id, list_version: version }) => [id, version]));
  const taken = new Set<number>();
  for (const row of rows) {
    const half = (what: string) => report("half", `${row.description} (${row.id}): ${what}`);
    if (!known.has(row.version)) half("its version is none of the list's");
    if (row.version > (newest.get(row.cluster_id) ?? 0)) half("its version is newer than its list");
    if (taken.has(row.version)) half("another token has its version");
    taken.add(row.version);
    if (row.secret_hash === null) half("it has no secret");
    if (row.revoked_at !== null && row.version < Date.parse(row.revoked_at))
      half("revoked after its last version");
    const parts = [row.suspended_at, row.suspended_by, row.suspended_permissions];
    if (new Set(parts.map((part) => part === null)).size > 1) half("a part of its suspension is missing");
    if (row.suspended_at !== null && row.permissions !== "[]") half("suspended with permissions");
  }
}

/** The record, deed by deed. */
async function readDeeds(db: Db) {
  const rows = await db
    .selectFrom("activity")
    .select(["operation_id", "operation_key", "phase", "action", "token_id", "outcome", "details"])
    .orderBy("seq")
    .execute();
  const deeds = new Map<string, typeof rows>();
  for (const row of rows) {
    const deed = deeds.get(row.operation_id) ?? [];
    deed.push(row);
    deeds.set(row.operation_id, deed);
  }
  return deeds;
}

/** How many deeds have begun and no outcome. */
export async function countOpenDeeds(db: Db): Promise<number> {
  return [...(await readDeeds(db)).values()].filter((deed) => deed.at(-1)?.phase !== "outcome").length;
}

/**
 * The record is whole as a chain; every deed has one intent before anything else, one outcome at most that says what became
 * of it, and every acknowledged change has its deed.
 */
export async function judgeActivity(db: Db, changes: readonly Change[], report: Report): Promise<void> {
  const { fault } = await verifyChain(db);
  if (fault !== undefined) report("half", `row ${String(fault.seq)} of the activity: ${fault.what}`);
  const deeds = await readDeeds(db);
  const counted = new Map<string, number>();
  for (const [id, deed] of deeds) {
    const words = deed.map(({ phase, outcome }) => (phase === "intent" ? phase : String(outcome))).join(" ");
    // That nobody knows may stand there until somebody does.
    if (!/^intent( unknown)?( done| not_done)?$/.test(words)) report("half", `activity of ${id}: ${words}`);
    const [intent] = deed;
    if (intent === undefined) continue;
    const subject = intent.token_id ?? nameIn(intent.details);
    const key = `${intent.action} ${subject}`;
    counted.set(key, (counted.get(key) ?? 0) + 1);
  }
  for (const token of new Set(changes.map((change) => change.token))) {
    for (const [action, count] of Object.entries(token.counts)) {
      const subject = action === "create" ? token.name : (token.id ?? "");
      const recorded = counted.get(`${action} ${subject}`) ?? 0;
      if (recorded < count) {
        report("lost", `${token.name}: ${String(count)} × ${action}, ${String(recorded)} in the activity`);
      }
    }
  }
}

export interface RecordOptions {
  /** Whether what was acknowledged may be unknown to the record: its store went down in that moment. */
  mayMiss: (change: Change) => boolean;
}

/**
 * When nothing is open any more: what the record says became of each change is what became of it. Of what was cut off it may
 * say that nobody knows.
 */
export async function judgeRecord(
  db: Db,
  changes: readonly Change[],
  { mayMiss }: RecordOptions,
  report: Report,
): Promise<void> {
  const operations = await db.selectFrom("operations").select(["key_hash", "raw_key_hash"]).execute();
  const keys = new Map(operations.map((row) => [row.raw_key_hash, row.key_hash]));
  const ends = new Map<string, string>();
  for (const [id, deed] of await readDeeds(db)) {
    const [intent] = deed;
    const end = deed.at(-1);
    if (end?.outcome === null || end === undefined) report("unreconciled", `activity of ${id}: no outcome`);
    else if (intent?.operation_key != null) ends.set(intent.operation_key, end.outcome);
  }
  const states = new Map<Tracked, TokenState>();
  for (const change of changes) {
    const { token, answer, wish, isCutOff } = change;
    // Nothing more was made of a token after a change that was cut off: the wish is there, or it is not.
    let state = states.get(token);
    if (state === undefined) states.set(token, (state = (await readState(db, token)).state));
    const isDone = (answer !== undefined && isAcknowledged(answer)) || isSame(state, wish);
    const said = ends.get(keys.get(rawKeyHashOf(change.key)) ?? "");
    if (said === (isDone ? "done" : "not_done")) continue;
    if (said === undefined && !isDone) continue;
    if (said === "unknown" && (isCutOff || mayMiss(change))) continue;
    const kind = said === undefined ? "lost" : "untrue";
    const truth = isDone ? "done" : "not done";
    report(kind, `${words(change)} is ${truth}, and the activity says ${said ?? "nothing"}`);
  }
}

/** A creation has no id yet: the name that its description begins with. */
function nameIn(details: string): string {
  const { after }: { after?: { description?: string } } = JSON.parse(details);
  return after?.description?.split(" ")[0] ?? "";
}

/** The list that the gateway gives is whole: as many tokens as there are rows. */
export async function judgeList(gateway: GatewayProcess, db: Db, report: Report): Promise<void> {
  const { status, json } = await gateway.api("/api/v0/tokens");
  const { count } = await db
    .selectFrom("database_tokens")
    .select(({ fn }) => fn.countAll<number | string>().as("count"))
    .executeTakeFirstOrThrow();
  const listed = json();
  if (status !== 200 || !Array.isArray(listed) || listed.length !== Number(count)) {
    report("half", `the list has not the ${String(count)} tokens that there are (status ${String(status)})`);
  }
}

/** The key of what was acknowledged gets the same answer again. */
export async function judgeRepeat(gateway: GatewayProcess, change: Change, report: Report): Promise<void> {
  const first = change.answer;
  if (first === undefined || !isAcknowledged(first)) return;
  const again = await untilServed(() => sendChange(gateway, change));
  const replayed = again.headers["idempotency-replayed"] === "true";
  if (again.status === first.status && again.text === first.text && replayed) return;
  const isLost = problemSchema.safeParse(jsonOf(again)).data?.reason === "outcome_unknown";
  // Answered, and killed before it was written down that it was: only reading tells.
  if (isLost) return report("untrue", `${words(change)}: acknowledged, and unknown when asked again`);
  report("untrue", `${words(change)}: ${answerWords(first)} at first, ${answerWords(again)} again`);
}

/**
 * Asks about a change that no answer came to, with its own key, and compares with the database. False while its lease
 * lasts. What had not begun is done now, once.
 */
export async function judgeCutOff(
  gateway: GatewayProcess,
  db: Db,
  change: Change,
  report: Report,
): Promise<boolean> {
  const wasDone = isSame((await readState(db, change.token)).state, change.wish);
  const answer = await untilServed(() => sendChange(gateway, change));
  const { id, state } = await readState(db, change.token);
  const isDone = isSame(state, change.wish);
  const wrong = (what: string) =>
    report(
      "untrue",
      `${words(change)}: ${what}; ${answerWords(answer)}, done before ${String(wasDone)}, now ${String(isDone)}`,
    );
  if (isAcknowledged(answer)) {
    if (!isDone) wrong("said to be done");
    if (change.action === "create" && secretIn(answer) === undefined) wrong("made without a secret");
    takeBack(change, answer, isDone);
    return true;
  }
  const problem = problemSchema.safeParse(jsonOf(answer)).data;
  switch (problem?.reason) {
    case "in_progress":
      return false;
    case "answer_gone":
      if (!wasDone || problem.objectId !== id) wrong("named as done");
      return true;
    case "conflict":
      if (wasDone || isDone) wrong("said not to be done");
      return true;
    case "outcome_unknown":
      if (wasDone !== isDone) wrong("done after all");
      return true;
    default:
      wrong("an answer that settles nothing");
      return true;
  }
}

/** Done under the repeat: from now on that is what was acknowledged. */
function takeBack(change: Change, answer: GatewayAnswer, isDone: boolean): void {
  if (!isDone) return;
  change.answer = answer;
  change.token.state = change.wish;
}

/** A store that has just come back may refuse a moment longer: nothing was begun then. */
async function untilServed(ask: () => Promise<GatewayAnswer>): Promise<GatewayAnswer> {
  for (let attempt = 1; ; attempt++) {
    const answer = await ask();
    if (answer.status < 500 || attempt === 5) return answer;
    await new Promise((resolve) => setTimeout(resolve, 200 * attempt));
  }
}

function jsonOf(answer: GatewayAnswer): unknown {
  try {
    return answer.json();
  } catch {
    return undefined;
  }
}

function words({ action, token, key }: Change): string {
  return `${action} ${token.name} (${key})`;
}

function answerWords(answer: GatewayAnswer): string {
  const reason = problemSchema.safeParse(jsonOf(answer)).data?.reason;
  return `${String(answer.status)}${reason === undefined ? "" : ` ${reason}`}`;
}
