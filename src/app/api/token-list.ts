import { isInstant } from "#contract/instant.ts";
import {
  ACCEPT_CHANGES_HEADER,
  CHANGES_BASE_HEADER,
  CHANGES_HEADER,
  CHANGES_STATUS,
  TOKEN_CHANGES,
} from "#contract/list-changes.ts";
import type { ManagementToken } from "#contract/management-token.ts";
import { textFault } from "#contract/text.ts";
import { TOKEN_COLUMNS, type TokenColumns } from "#contract/token-columns.ts";
import type { Token } from "#contract/token.ts";
import { ApiError } from "./api-error.ts";
import { takeEarlyList } from "./early-list.ts";
import { isJson, isOfType, open, refusalOf, serverTime, unreadable, type OpenAnswer } from "./http.ts";
import { createArrayCutter, type Elements } from "./json-array.ts";
import { loadSchemas, type Schema, type Schemas } from "./load-schemas.ts";
import { pause } from "./pause.ts";

/** A row that does not fit the contract. It is counted and named, never dropped in silence. */
export interface UnreadableRow {
  /** Position in the answer, from 0. */
  position: number;
  id: string | undefined;
  reason: string;
}

/** When an answer was given, by both clocks. */
export interface ListTimes {
  /** Our clock when the answer began to arrive, in milliseconds. */
  receivedAt: number;
  /** Add to our clock to get the server's, in milliseconds. */
  clockOffset: number;
}

/** What a list call came to. A cut or failed answer is an error, never a shorter list. */
export type ListAnswer<T> = ListTimes &
  (
    | { kind: "unchanged" }
    | { kind: "changes"; changed: readonly T[]; removed: readonly string[]; validator: string | undefined }
    /** All rows went to `onRows` and `onColumns`. */
    | { kind: "whole"; unreadable: readonly UnreadableRow[]; validator: string | undefined }
  );

export interface ListRequest<T> {
  path: string;
  /** The validator of the list that the caller has: what did not change since need not travel. */
  held?: string | undefined;
  /** How much is read at a time: "first" when somebody waits for it, "refresh" when nobody does. */
  pace: "first" | "refresh";
  /** Gets the rows of a whole list, in order, some at a time; the next ones wait until it is done with them. */
  onRows: (rows: readonly T[]) => void | Promise<void>;
  /** The same, of rows that came by columns. */
  onColumns: (columns: TokenColumns) => void | Promise<void>;
  signal?: AbortSignal | undefined;
}

/** What is to be read, and how rows are told to be good. */
export interface RowKind<T> {
  schema(schemas: Schemas): Schema<T>;
  /** What a difference between two lists looks like, where there are any. */
  changes?(schemas: Schemas): Schema<{ changed: readonly T[]; removed: readonly string[] }>;
  /** Whether a row fits, decided quickly; what it refuses goes to the schema. */
  fits(row: unknown, mayHoldFaultyText: boolean): row is T;
}

/** A list may be long and the line slow; the server's own deadline is shorter. */
const TIMEOUT_SECONDS = 60;

/** Below this the difference is the header's rounding to seconds and the way here, not a wrong clock. */
const CLOCK_TOLERANCE_MILLIS = 2000;

const LIMIT_MEGABYTES = 64;

/** UTF-16 units that are parsed and indexed at a time: some milliseconds of work. */
const SLICE = { first: 128 * 1024, refresh: 32 * 1024 };

/** Rows that are indexed at a time where many came at once: a list in rows may be all on one line. */
const MOST_ROWS = 500;

/** Asks for a list, once; again for the whole of it when a difference cannot be read. Throws ApiError. */
export async function readList<T>(kind: RowKind<T>, request: ListRequest<T>): Promise<ListAnswer<T>> {
  const { path, held, signal } = request;
  const early = held === undefined ? takeEarlyList(path) : undefined;
  const opened = await open(
    { path, signal, headers: listHeaders(kind, held), timeoutSeconds: TIMEOUT_SECONDS },
    early,
  );
  const { response } = opened;
  const times = timesOf(response.headers, early?.answeredAt ?? Date.now());
  if (response.status === 304 && held !== undefined) return { kind: "unchanged", ...times };
  if (response.status === CHANGES_STATUS && held !== undefined) {
    const changes = await readChanges(kind, opened, held);
    if (changes === undefined) return readList(kind, { ...request, held: undefined });
    return { kind: "changes", ...changes, validator: validatorOf(response), ...times };
  }
  if (response.status !== 200 || !(isJson(response.headers) || isInColumns(response)))
    throw await refusalOf(opened);
  const unreadableRows = await readRows(kind, request, opened);
  return { kind: "whole", unreadable: unreadableRows, validator: validatorOf(response), ...times };
}

function isInColumns({ headers }: Response): boolean {
  return isOfType(headers, TOKEN_COLUMNS);
}

function listHeaders<T>(kind: RowKind<T>, held: string | undefined): Record<string, string> {
  return {
    Accept: `${TOKEN_COLUMNS}, application/json`,
    ...(held === undefined ? {} : { "If-None-Match": held }),
    ...(held === undefined || kind.changes === undefined ? {} : { [ACCEPT_CHANGES_HEADER]: TOKEN_CHANGES }),
  };
}

function validatorOf({ headers }: Response): string | undefined {
  return headers.get("ETag") ?? undefined;
}

function timesOf(headers: Headers, receivedAt: number): ListTimes {
  const offset = (serverTime(headers) ?? receivedAt) - receivedAt;
  return { receivedAt, clockOffset: Math.abs(offset) < CLOCK_TOLERANCE_MILLIS ? 0 : offset };
}

async function readChanges<T>(kind: RowKind<T>, { response, failed }: OpenAnswer, held: string) {
  let body: unknown;
  try {
    body = JSON.parse(await response.text());
  } catch (cause) {
    if (cause instanceof SyntaxError) return undefined;
    throw failed(cause);
  }
  const { headers } = response;
  if (headers.get(CHANGES_HEADER) !== TOKEN_CHANGES || headers.get(CHANGES_BASE_HEADER) !== held)
    return undefined;
  if (kind.changes === undefined) return undefined;
  // Nothing else that stands there may pass for what is said of the answer.
  if (arePlainChanges(kind, body)) return { changed: body.changed, removed: body.removed };
  const parsedChanges = kind.changes(await loadSchemas()).safeParse(body);
  return parsedChanges.success ? parsedChanges.data : undefined;
}

/** As with rows: quickly, and only what the schema accepts too. */
function arePlainChanges<T>(kind: RowKind<T>, body: unknown): body is { changed: T[]; removed: string[] } {
  return (
    isFields(body) &&
    Array.isArray(body["changed"]) &&
    body["changed"].every((row) => kind.fits(row, true)) &&
    Array.isArray(body["removed"]) &&
    body["removed"].every((id) => typeof id === "string")
  );
}

async function readRows<T>(
  kind: RowKind<T>,
  { onRows, onColumns, pace }: ListRequest<T>,
  { response, failed }: OpenAnswer,
): Promise<UnreadableRow[]> {
  const unreadableRows: UnreadableRow[] = [];
  const cutter = createArrayCutter();
  let schema: Schema<T> | undefined;
  let position = 0;
  let isFirst = true;

  async function take({ values, mayHoldFaultyText }: Elements): Promise<void> {
    if (!isInColumns(response)) return takeRows(values, mayHoldFaultyText);
    for (const part of values) {
      if (arePlainColumns(part, mayHoldFaultyText)) {
        position += part.id.length;
        await onColumns(part);
      } else if (isFields(part) && Array.isArray(part["rows"])) {
        await takeRows(part["rows"], mayHoldFaultyText);
      } else throw unreadable(response);
    }
  }

  async function takeRows(values: readonly unknown[], mayHoldFaultyText: boolean): Promise<void> {
    const rows: T[] = [];
    for (const value of values) {
      if (rows.length === MOST_ROWS) {
        await onRows(rows.splice(0));
        await pause();
      }
      if (kind.fits(value, mayHoldFaultyText)) rows.push(value);
      else {
        // Most lists never come here.
        schema ??= kind.schema(await loadSchemas());
        const row = readRow(schema, value);
        if ("token" in row) rows.push(row.token);
        else unreadableRows.push({ position, ...row });
      }
      position++;
    }
    if (rows.length > 0) await onRows(rows);
  }

  let text = "";
  for await (const piece of piecesOf(response, SLICE[pace], (cause) => brokenOff(failed(cause), position))) {
    text += piece;
    // The first rows do not wait for more.
    if (!isFirst && text.length < SLICE[pace]) continue;
    const elements = cutter.push(text);
    text = "";
    if (elements === undefined) continue;
    isFirst = false;
    await take(elements);
    await pause();
  }
  const rest = cutter.push(text);
  if (rest !== undefined) await take(rest);
  await take(
    parsed(
      () => cutter.end(),
      () => new ApiError({ kind: "cut", rows: position }),
    ),
  );
  return unreadableRows;
}

/** Bytes that hold the rows of a window: the first that somebody sees of a list does not wait for more to be indexed. */
const FIRST_PIECE = 16 * 1024;

/** The body as text, in pieces of at most so many units. Throws what `failed` makes of a broken line. */
async function* piecesOf(
  response: Response,
  longest: number,
  failed: (cause: unknown) => ApiError,
): AsyncGenerator<string> {
  if (response.body === null) return;
  const decoder = new TextDecoder("utf-8", { fatal: true });
  const reader = response.body.getReader();
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw failed(cause);
      });
      if (done) break;
      bytes += value.byteLength;
      if (bytes > LIMIT_MEGABYTES * 1_000_000) {
        throw new ApiError({ kind: "too_large", limitMegabytes: LIMIT_MEGABYTES });
      }
      let to = Math.min(longest, bytes === value.byteLength ? FIRST_PIECE : longest);
      for (let at = 0; at < value.byteLength; at = to, to += longest) {
        const part = value.subarray(at, to);
        yield parsed(
          () => decoder.decode(part, { stream: true }),
          () => unreadable(response),
        );
      }
    }
    yield parsed(
      () => decoder.decode(),
      () => unreadable(response),
    );
  } finally {
    // Nobody reads on after an error: the line is let go.
    reader.cancel().catch(() => {});
  }
}

/** What parsing gives; text that cannot be parsed is that failure. */
function parsed<T>(parse: () => T, failure: () => ApiError): T {
  try {
    return parse();
  } catch (cause) {
    if (cause instanceof SyntaxError || cause instanceof TypeError) throw failure();
    throw cause;
  }
}

function brokenOff(error: ApiError, rows: number): ApiError {
  return error.failure.kind === "network"
    ? new ApiError({ kind: "cut", rows }, { cause: error.cause })
    : error;
}

function readRow<T>(
  schema: Schema<T>,
  row: unknown,
): { token: T } | { id: string | undefined; reason: string } {
  const result = schema.safeParse(row);
  if (result.success) return { token: result.data };
  const issue = result.error.issues[0];
  const id = typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
  return {
    id: typeof id === "string" ? id : undefined,
    reason: issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`,
  };
}

export const databaseTokenRows: RowKind<Token> = {
  schema: ({ token }) => token,
  changes: ({ tokenChanges }) => tokenChanges,
  fits: isPlainToken,
};
export const managementTokenRows: RowKind<ManagementToken> = {
  schema: ({ managementToken }) => managementToken,
  fits: isPlainManagementToken,
};

// The guards below accept a subset of what the schemas accept, many times faster: a list may have 100,000 rows.
// What they refuse goes to the schema, which decides. A property test holds them to it.

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown, mayBeFaulty: boolean): value is string {
  return typeof value === "string" && (!mayBeFaulty || textFault(value) === undefined);
}

function isOptional(value: unknown, check: (text: string) => boolean): boolean {
  return value === undefined || (typeof value === "string" && check(value));
}

function isOptionalText(value: unknown, mayBeFaulty: boolean): boolean {
  return value === undefined || isText(value, mayBeFaulty);
}

function hasTokenBasics(row: Fields, mayBeFaulty: boolean): boolean {
  return (
    isText(row["id"], mayBeFaulty) &&
    row["id"] !== "" &&
    isText(row["description"], mayBeFaulty) &&
    typeof row["createdAt"] === "string" &&
    isInstant(row["createdAt"]) &&
    isOptional(row["expiresAt"], isInstant) &&
    isOptional(row["revokedAt"], isInstant)
  );
}

function isPlainPermission(value: unknown, mayBeFaulty: boolean): boolean {
  return (
    isFields(value) &&
    isText(value["action"], mayBeFaulty) &&
    value["action"] !== "" &&
    isText(value["resource"], mayBeFaulty) &&
    value["resource"] !== "" &&
    value["resource"].length <= 64 &&
    isOptionalText(value["resourceType"], mayBeFaulty) &&
    isOptionalText(value["resourceId"], mayBeFaulty)
  );
}

const optionalTexts = ["suspendedBy", "name", "owner", "ownerId", "organization", "organizationId"];

/** `mayBeFaulty`: whether texts in it may hold NUL or half of a surrogate pair. */
export function isPlainToken(row: unknown, mayBeFaulty: boolean): row is Token {
  return (
    isFields(row) &&
    hasTokenBasics(row, mayBeFaulty) &&
    Array.isArray(row["permissions"]) &&
    row["permissions"].every((permission) => isPlainPermission(permission, mayBeFaulty)) &&
    isOptional(row["suspendedAt"], isInstant) &&
    [row["isDeactivated"], row["isCredential"]].every((mark) => mark === undefined || mark === true) &&
    optionalTexts.every((name) => isOptionalText(row[name], mayBeFaulty)) &&
    isOptional(row["accountId"], () => true) &&
    isOptional(row["clusterId"], () => true)
  );
}

/** The same of columns, which must also fit together. */
export function arePlainColumns(part: unknown, mayBeFaulty: boolean): part is TokenColumns {
  if (!isFields(part)) return false;
  const lengthOf = (name: keyof TokenColumns) => (Array.isArray(part[name]) ? part[name].length : -1);
  const tokens = lengthOf("id");
  const isColumn = (name: keyof TokenColumns, fits: (cell: unknown) => boolean, length = tokens) =>
    Array.isArray(part[name]) && part[name].length === length && part[name].every(fits);
  const permissions = lengthOf("permissions");
  let places = 0;
  return (
    isColumn("id", (cell) => isText(cell, mayBeFaulty) && cell !== "") &&
    isColumn("description", (cell) => isText(cell, mayBeFaulty)) &&
    isColumn("createdAt", isMillis) &&
    isColumn("expiresAt", isMillis) &&
    isColumn("revokedAt", isMillis) &&
    isColumn("written", (cell) => isWhole(cell, 32)) &&
    isColumn("permissions", (cell) => isPlainPermission(cell, mayBeFaulty), permissions) &&
    isColumn("permissionCounts", (cell) => isWhole(cell, Infinity) && (places += cell) >= 0) &&
    isColumn("permissionPlaces", (cell) => isWhole(cell, permissions), places)
  );
}

function isWhole(value: unknown, below: number): value is number {
  return typeof value === "number" && Number.isInteger(value) && value >= 0 && value < below;
}

/** Instants as isInstant takes them, from year 0 to 9999. */
function isMillis(value: unknown): boolean {
  return typeof value === "number" && isWhole(value + 62_167_219_200_000, 315_569_520_000_000);
}

/** `mayBeFaulty`: whether texts in it may hold NUL or half of a surrogate pair. */
export function isPlainManagementToken(row: unknown, mayBeFaulty: boolean): row is ManagementToken {
  return (
    isFields(row) &&
    hasTokenBasics(row, mayBeFaulty) &&
    typeof row["accountId"] === "string" &&
    isText(row["tokenPrefix"], mayBeFaulty) &&
    isOptionalText(row["createdBy"], mayBeFaulty)
  );
}
