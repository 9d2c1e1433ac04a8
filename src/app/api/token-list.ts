import { isInstant } from "#contract/instant.ts";
import { managementTokenSchema, type ManagementToken } from "#contract/management-token.ts";
import { textFault } from "#contract/text.ts";
import { tokenSchema, type Token } from "#contract/token.ts";
import { ApiError } from "./api-error.ts";
import { serverTime, type HttpAnswer } from "./http.ts";

/** A row that does not fit the contract. It is counted and named, never dropped in silence. */
export interface UnreadableRow {
  /** Position in the answer, from 0. */
  position: number;
  id: string | undefined;
  reason: string;
}

/** One complete answer of a list call. A cut or failed answer is an error, never a shorter list. */
export interface TokenList<T> {
  tokens: readonly T[];
  unreadable: readonly UnreadableRow[];
  /** Our clock when it arrived, in milliseconds. */
  receivedAt: number;
  /** Add to our clock to get the server's, in milliseconds. */
  clockOffset: number;
}

/** Below this the difference is the header's rounding to seconds and the way here, not a wrong clock. */
const CLOCK_TOLERANCE_MILLIS = 2000;

type Schema<T> = {
  safeParse(
    value: unknown,
  ):
    | { success: true; data: T }
    | { success: false; error: { issues: readonly { path: PropertyKey[]; message: string }[] } };
};

function readList<T>(
  answer: HttpAnswer,
  schema: Schema<T>,
  fits: (value: unknown) => value is T,
): TokenList<T> {
  const { body } = answer;
  if (!Array.isArray(body)) {
    throw new ApiError({ kind: "unreadable", status: answer.status, requestId: undefined });
  }
  const tokens: T[] = [];
  const unreadable: UnreadableRow[] = [];
  const rows: unknown[] = body;
  rows.forEach((row, position) => {
    if (fits(row)) {
      tokens.push(row);
      return;
    }
    const parsed = schema.safeParse(row);
    if (parsed.success) {
      tokens.push(parsed.data);
      return;
    }
    const issue = parsed.error.issues[0];
    const id = typeof row === "object" && row !== null && "id" in row ? row.id : undefined;
    unreadable.push({
      position,
      id: typeof id === "string" ? id : undefined,
      reason: issue === undefined ? "unknown" : `${issue.path.join(".")}: ${issue.message}`,
    });
  });
  const receivedAt = Date.now();
  const offset = (serverTime(answer.headers) ?? receivedAt) - receivedAt;
  return {
    tokens,
    unreadable,
    receivedAt,
    clockOffset: Math.abs(offset) < CLOCK_TOLERANCE_MILLIS ? 0 : offset,
  };
}

export function readTokenList(answer: HttpAnswer): TokenList<Token> {
  return readList(answer, tokenSchema, isPlainToken);
}

export function readManagementTokenList(answer: HttpAnswer): TokenList<ManagementToken> {
  return readList(answer, managementTokenSchema, isPlainManagementToken);
}

// The guards below accept a subset of what the schemas accept, many times faster: a list may have 100,000 rows.
// What they refuse goes to the schema, which decides. A property test holds them to it.

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === "string" && textFault(value) === undefined;
}

function isOptional(value: unknown, check: (text: string) => boolean): boolean {
  return value === undefined || (typeof value === "string" && check(value));
}

function hasTokenBasics(row: Fields): boolean {
  return (
    isText(row["id"]) &&
    row["id"] !== "" &&
    isText(row["description"]) &&
    typeof row["createdAt"] === "string" &&
    isInstant(row["createdAt"]) &&
    isOptional(row["expiresAt"], isInstant) &&
    isOptional(row["revokedAt"], isInstant)
  );
}

function isPlainPermission(value: unknown): boolean {
  return (
    isFields(value) &&
    isText(value["action"]) &&
    value["action"] !== "" &&
    isText(value["resource"]) &&
    value["resource"] !== "" &&
    value["resource"].length <= 64 &&
    value["resourceType"] === undefined &&
    value["resourceId"] === undefined
  );
}

export function isPlainToken(row: unknown): row is Token {
  return (
    isFields(row) &&
    hasTokenBasics(row) &&
    Array.isArray(row["permissions"]) &&
    row["permissions"].every(isPlainPermission) &&
    isOptional(row["suspendedAt"], isInstant) &&
    isOptional(row["accountId"], () => true) &&
    isOptional(row["clusterId"], () => true)
  );
}

export function isPlainManagementToken(row: unknown): row is ManagementToken {
  return (
    isFields(row) &&
    hasTokenBasics(row) &&
    typeof row["accountId"] === "string" &&
    isText(row["tokenPrefix"]) &&
    (row["createdBy"] === undefined || isText(row["createdBy"]))
  );
}
