import { isInstant, toMillis } from "./instant.ts";
import { managementTokenSchema, type ManagementToken } from "./management-token.ts";
import { textFault } from "./text.ts";

/** UTF-16 units. 18 tokens take 6,000; nobody has so many that this is too little. */
export const MANAGEMENT_LIST_LIMIT = 8_000_000;

export interface UnreadableRow {
  /** From 1, as people count. */
  position: number;
  /** A sentence without anything of the row in it: what a row that nobody understands holds may be a secret. */
  reason: string;
}

export type ManagementListReading =
  | { kind: "read"; tokens: ManagementToken[]; unreadable: UnreadableRow[] }
  /** There is no list in the text. `reason` is a sentence for people. */
  | { kind: "refused"; reason: string };

/**
 * What `influxctl management list --format json` prints, as management tokens: fields in snake_case, times as
 * `{"seconds": n, "nanos": n}` (int64 may come as text, and a zero is left out), or as ISO text; the epoch stands for
 * *never* (docs.influxdata.com, influxctl management list; its printed table shows 1970-01-01T00:00:00Z). The list is an
 * array, or in an object as its only array; lines around it are passed over. Only known fields are taken over, so a
 * secret in another one goes nowhere. Every row is either in `tokens` or in `unreadable`.
 */
export function readManagementList(text: string): ManagementListReading {
  if (text.length > MANAGEMENT_LIST_LIMIT) {
    return refused(`The text is longer than ${MANAGEMENT_LIST_LIMIT / 1_000_000} million characters.`);
  }
  if (text.trim() === "") return refused("There is no text.");
  const json = parse(text);
  if (json === undefined) {
    return refused("This is not JSON. The command needs --format json, and all of its output.");
  }
  const rows = rowsOf(json);
  if (rows === undefined) {
    return refused(
      "There is no list of tokens in this JSON. It must be what influxctl management list prints.",
    );
  }
  const tokens: ManagementToken[] = [];
  const unreadable: UnreadableRow[] = [];
  const positions = new Map<string, number>();
  rows.forEach((row, at) => {
    const position = at + 1;
    const token = readRow(row);
    if (typeof token === "string") {
      unreadable.push({ position, reason: token });
      return;
    }
    // Ids are UUIDs: letters mean the same in either case.
    const first = positions.get(token.id.toLowerCase());
    if (first !== undefined) {
      unreadable.push({ position, reason: `It has the same id as row ${first}.` });
      return;
    }
    positions.set(token.id.toLowerCase(), position);
    tokens.push(token);
  });
  return { kind: "read", tokens, unreadable };
}

function refused(reason: string): ManagementListReading {
  return { kind: "refused", reason };
}

/** Undefined when nothing in the text is JSON. */
function parse(text: string): unknown {
  // A copied terminal has the command above its output, and a prompt below.
  const start = text.search(/^[ \t\uFEFF]*[[{]/m);
  const end = Math.max(text.lastIndexOf("]"), text.lastIndexOf("}"));
  for (const candidate of [text, ...(start >= 0 && end > start ? [text.slice(start, end + 1)] : [])]) {
    try {
      return JSON.parse(candidate.replace(/^\uFEFF/, ""));
    } catch {
      // The next one, or none.
    }
  }
  return undefined;
}

function rowsOf(json: unknown): unknown[] | undefined {
  // The command line is written in Go, whose empty list can be null.
  if (json === null) return [];
  if (Array.isArray(json)) return json;
  if (typeof json !== "object") return undefined;
  const arrays = Object.values(json).filter((value) => Array.isArray(value));
  return arrays.length === 1 ? arrays[0] : undefined;
}

/** The token, or why there is none. */
function readRow(row: unknown): ManagementToken | string {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return "It is not an object.";
  const problems: string[] = [];
  // A row may have a field called __proto__, and none of Object's own counts.
  const field = (name: string): unknown => {
    const value: unknown = Object.getOwnPropertyDescriptor(row, name)?.value;
    return value === null ? undefined : value;
  };
  const textOf = (name: string): string | undefined => {
    const value = field(name);
    if (value === undefined) return undefined;
    const fault = typeof value === "string" ? textFault(value) : "is not text";
    if (fault !== undefined) problems.push(`Its ${name} ${fault}.`);
    return typeof value === "string" ? value : undefined;
  };
  const timeOf = (name: string): string | undefined => {
    const value = field(name);
    if (value === undefined) return undefined;
    const instant = instantOf(value);
    if (instant === undefined) problems.push(`Its ${name} is not a time.`);
    return instant;
  };
  const orNever = (instant: string | undefined) =>
    instant === undefined || isNever(instant) ? undefined : instant;

  const id = textOf("id");
  if (field("id") === undefined || id === "") problems.push("It has no id.");
  const description = textOf("description");
  const accountId = textOf("account_id");
  const prefix = textOf("token_prefix");
  const createdBy = textOf("created_by");
  const createdAt = timeOf("created_at");
  if (field("created_at") === undefined) problems.push("It has no created_at.");
  const expiresAt = orNever(timeOf("expires_at"));
  const revokedAt = orNever(timeOf("revoked_at"));
  const [problem] = problems;
  if (problem !== undefined) return problem;

  const token = managementTokenSchema.safeParse({
    id,
    accountId: accountId ?? "",
    description: description ?? "",
    tokenPrefix: shortPrefix(prefix ?? ""),
    createdAt,
    ...(expiresAt === undefined ? {} : { expiresAt }),
    ...(revokedAt === undefined ? {} : { revokedAt }),
    ...(createdBy === undefined || createdBy === "" ? {} : { createdBy }),
  });
  return token.success ? token.data : "It is not a management token.";
}

/** `M.V1.+5Jk` has 9 characters. What is much longer is no prefix but the token itself. */
function shortPrefix(prefix: string): string {
  const characters = Array.from(prefix);
  return characters.length <= 16 ? prefix : `${characters.slice(0, 9).join("")}…`;
}

/** The first and the last second that RFC 3339 can write. */
const YEAR_0 = -62_167_219_200;
const YEAR_9999 = 253_402_300_799;

/** RFC 3339, from that or from seconds and nanoseconds since 1970; undefined for everything else. */
function instantOf(value: unknown): string | undefined {
  if (typeof value === "string") return isInstant(value) ? value : undefined;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const part = (name: string): number => {
    const given: unknown = Object.getOwnPropertyDescriptor(value, name)?.value;
    if (given === undefined || given === null) return 0;
    if (typeof given === "string") return /^-?\d{1,15}$/.test(given) ? Number(given) : Number.NaN;
    return typeof given === "number" && Number.isInteger(given) ? given : Number.NaN;
  };
  // An object of something else altogether has neither.
  if (!Object.keys(value).every((key) => key === "seconds" || key === "nanos")) return undefined;
  const seconds = part("seconds");
  const nanos = part("nanos");
  if (!(seconds >= YEAR_0 && seconds <= YEAR_9999 && nanos >= 0 && nanos <= 999_999_999)) return undefined;
  const fraction = nanos === 0 ? "" : `.${String(nanos).padStart(9, "0").replace(/0+$/, "")}`;
  return `${new Date(seconds * 1000).toISOString().slice(0, 19)}${fraction}Z`;
}

/** The epoch, and the zero of Go's clock, which is the year 1. */
function isNever(instant: string): boolean {
  const millis = toMillis(instant);
  return millis === 0 || millis === -62_135_596_800_000;
}
