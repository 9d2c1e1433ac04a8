import { createHash } from "node:crypto";
import * as z from "zod/mini";
import { isInstant, toMillis } from "#contract/instant.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import type { Token } from "#contract/token.ts";
import { toInstant } from "#server/clock.ts";
import { readPermissions } from "./core-permissions.ts";
import { equalTo } from "./upstream-credential.ts";

/** A row of `system.tokens`. The table's `hash` is in none of them. */
export interface CoreRow {
  /** Its hash is that of the token that is asked with. */
  isOwn: boolean;
  /** Undefined when it is no number that a token can have. */
  id: string | undefined;
  /** As it is; undefined when it is no text. */
  name: string | undefined;
  /** Undefined when something in the row is not what it should be. */
  token: Token | undefined;
  /** For the list: the token, or what is known of a row that is none. */
  listed: Record<string, unknown>;
}

/** What of a row is shown when it cannot be read. Columns that are not named here could hold a secret. */
const SHOWN_COLUMNS = ["name", "description", "created_at", "expiry", "permissions"] as const;

const rowSchema = z.object({
  name: z.string(),
  description: z.optional(z.nullable(z.string())),
  permissions: z.string().check(z.minLength(1)),
});

/** Characters of a hash that tell one token from another: the server shows no more (`system_tables/tokens.rs`). */
const SHOWN_HASH = 9;

/** Whether the hash of a row may be that of a token. The table has the beginning of its SHA-512 in hexadecimal digits. */
export function hashesTo(secret: string): (hash: unknown) => boolean {
  const whole = createHash("sha512").update(secret, "utf8").digest("hex");
  return (hash) =>
    typeof hash === "string" && hash.length >= SHOWN_HASH && equalTo(whole.slice(0, hash.length))(hash);
}

/** `isOwnHash`: see hashesTo. */
export function readRow(
  value: unknown,
  cluster: { accountId: string; clusterId: string },
  isOwnHash: (hash: unknown) => boolean,
): CoreRow {
  const column = (name: string): unknown =>
    typeof value === "object" && value !== null
      ? Object.getOwnPropertyDescriptor(value, name)?.value
      : undefined;
  const id = coreTokenId(column("token_id"));
  const name = column("name");
  const createdAt = instantOf(column("created_at"));
  const expiry = column("expiry") ?? undefined;
  const expiresAt = instantOf(expiry);
  const texts = rowSchema.safeParse(value);
  const isOwn = isOwnHash(column("hash"));
  const isComplete =
    id !== undefined &&
    createdAt !== undefined &&
    (expiry === undefined || expiresAt !== undefined) &&
    texts.success;
  const token = isComplete
    ? tokenSchema.safeParse({
        accountId: cluster.accountId,
        clusterId: cluster.clusterId,
        id,
        description: texts.data.description ?? texts.data.name,
        name: texts.data.name,
        permissions: readPermissions(texts.data.permissions),
        createdAt,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(isOwn ? { isCredential: true } : {}),
      }).data
    : undefined;
  const known = SHOWN_COLUMNS.flatMap((shown) => {
    const content = column(shown);
    return content === undefined ? [] : [[shown, content] as const];
  });
  return {
    isOwn,
    id,
    name: typeof name === "string" ? name : undefined,
    token,
    listed: token ?? { ...(id === undefined ? {} : { id }), ...Object.fromEntries(known) },
  };
}

/**
 * The id of a token as text. The table has unsigned 64-bit numbers, counted up from 0; one past the safe integers was
 * rounded when the answer was parsed, and is nobody's.
 */
export function coreTokenId(value: unknown): string | undefined {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? String(value) : undefined;
}

/** Whether a token of Core or Enterprise can have this id. */
export function isCoreTokenId(id: string): boolean {
  return /^(?:0|[1-9]\d{0,15})$/.test(id) && Number.isSafeInteger(Number(id));
}

/**
 * RFC 3339 in UTC with milliseconds, which is all that the table has. It writes times without a zone, and means UTC (Arrow
 * timestamps without a zone, influxdb3_server/src/system_tables/tokens.rs); a zone, a space in place of the T, and a number
 * of milliseconds are understood as well. Undefined for everything else.
 */
export function instantOf(value: unknown): string | undefined {
  if (typeof value === "number") {
    return Number.isSafeInteger(value) && Math.abs(value) <= 253_402_300_799_999
      ? toInstant(value)
      : undefined;
  }
  if (typeof value !== "string") return undefined;
  const parts = /^(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d(?:\.\d+)?)(Z|[+-]\d\d:\d\d)?$/.exec(value);
  if (parts === null) return undefined;
  const [, date = "", time = "", zone = "Z"] = parts;
  const text = `${date}T${time}${zone}`;
  return isInstant(text) ? toInstant(toMillis(text)) : undefined;
}
