import * as z from "zod/mini";
import { databaseSchema, type Database } from "#contract/database.ts";
import { instantSchema } from "#contract/instant-schema.ts";
import { permissionSchema } from "#contract/permission-schema.ts";
import { textSchema } from "#contract/text-schema.ts";
import { createdTokenSchema, tokenSchema } from "#contract/token-schema.ts";
import type { CreatedToken, CreateToken, Token, UpdateToken } from "#contract/token.ts";
import { isUuid } from "#contract/text.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { mapInTurns } from "./map-in-turns.ts";
import { secretFor } from "./upstream-credential.ts";
import { malformed, upstreamName } from "./upstream-problems.ts";
import type { Upstream, UpstreamCall } from "./upstream.ts";
import type { CallContext } from "./token-service.ts";

/** Of the tokens that this wire knows. Throws `invalid_id` before anything is sent. */
export function checkTokenId(id: string): void {
  if (!isUuid(id)) {
    throw new ApiError(400, "invalid_id", "The token id must be a UUID.", { field: "tokenId" });
  }
}

/**
 * The Management API v0 as Cloud Dedicated and Clustered speak it. What answers is taken as it comes: a field that is null
 * is one that is not there, and rows of lists are handed on even when they are no tokens. Throws ApiError as Upstream does.
 */
export interface ManagementApi {
  /** Rows as they came, in the form of this service; those that are no objects are in it too. */
  list(context: CallContext): Promise<unknown[]>;
  get(context: CallContext, id: string): Promise<Token>;
  /** Throws `invalid_request` with `field` where the cluster names one. */
  create(context: CallContext, wanted: CreateToken): Promise<CreatedToken>;
  /** Undefined when the update was accepted, but the answer does not tell what became of the token. */
  update(context: CallContext, id: string, update: UpdateToken): Promise<Token | undefined>;
  /** Returns after a 204 only. */
  delete(context: CallContext, id: string): Promise<void>;
  databases(context: CallContext): Promise<Database[]>;
}

/** `prefix`: what stands before `/tokens` and `/databases`. */
export function createManagementApi(
  profile: Profile,
  { upstream, clock }: { upstream: Upstream; clock: Clock },
  prefix: string,
): ManagementApi {
  const about = upstreamName(profile);
  const { accountId, clusterId } = profile;
  const tokenPath = (id: string) => `${prefix}/tokens/${encodeURIComponent(id)}`;
  const send = (
    { credential, signal }: CallContext,
    call: Pick<UpstreamCall, "method" | "path" | "body" | "expectBody">,
  ) => upstream.request({ ...call, signal, authorization: `Bearer ${secretFor(credential, profile)}` });
  /** Changes are sent in time or not at all. */
  const change = (context: CallContext, call: Parameters<typeof send>[1]) => {
    const authorization = `Bearer ${secretFor(context.credential, profile)}`;
    checkTime(context, profile);
    return upstream.request({ ...call, signal: context.signal, authorization });
  };
  const array = async (context: CallContext, path: string): Promise<unknown[]> => {
    const { json } = await send(context, { method: "GET", path });
    if (!Array.isArray(json)) {
      throw malformed(about, "did not answer with a list, as the Management API does.");
    }
    return json;
  };
  /** Undefined unless it is that very token. */
  const readToken = (json: unknown, id: string): Token | undefined => {
    const parsed = tokenSchema.safeParse(readRow(json));
    if (!parsed.success || parsed.data.id.toLowerCase() !== id.toLowerCase()) return undefined;
    return { ...parsed.data, accountId, clusterId };
  };

  return {
    async list(context) {
      return mapInTurns(await array(context, `${prefix}/tokens`), readRow);
    },

    async get(context, id) {
      checkTokenId(id);
      const { json } = await send(context, { method: "GET", path: tokenPath(id) });
      const token = readToken(json, id);
      if (token === undefined) throw malformed(about, "did not answer with the token that was asked for.");
      return token;
    },

    async create(context, { description, permissions, expiresAt }) {
      const body = {
        description,
        permissions,
        ...(expiresAt === undefined ? {} : { expiresAt }),
        // The vendor's guide for creating tokens sends it, the schema of the API does not have it (docs.influxdata.com).
        expirationType: expiresAt === undefined ? "noExpiration" : "datetime",
      };
      const { json } = await change(context, { method: "POST", path: `${prefix}/tokens`, body }).catch(
        (error: unknown) => {
          throw withField(error, Object.keys(body));
        },
      );
      const made = readCreated(json, { description, permissions }, toInstant(clock()));
      if (made === undefined) {
        throw malformed(
          about,
          "took the new token, but its answer has no id and secret in it. It may exist: look for it in the list.",
        );
      }
      return { ...made, accountId, clusterId };
    },

    async update(context, id, update) {
      checkTokenId(id);
      const { json } = await change(context, {
        method: "PATCH",
        path: tokenPath(id),
        body: update,
        expectBody: false,
      }).catch((error: unknown) => {
        throw withField(error, Object.keys(update));
      });
      return readToken(json, id);
    },

    async delete(context, id) {
      checkTokenId(id);
      const { status } = await change(context, { method: "DELETE", path: tokenPath(id) });
      if (status !== 204) {
        throw malformed(about, `answered the deletion with status ${status}, which the API does not do.`);
      }
    },

    async databases(context) {
      const rows = await array(context, `${prefix}/databases`);
      return rows.map((row) => {
        const parsed = databaseSchema.safeParse({ ...UNKNOWN_LIMITS, ...withoutNulls(row) });
        if (!parsed.success) {
          throw malformed(about, "did not answer with a list of databases, as the Management API does.");
        }
        return { ...parsed.data, accountId, clusterId };
      });
    },
  };
}

function checkTime({ checkTime }: CallContext, { name }: Pick<Profile, "name">): void {
  try {
    checkTime?.();
  } catch (error) {
    throw new ApiError(504, "upstream_timeout", `“${name}” was too slow: nothing was changed.`, {
      nothingDone: true,
      cause: error,
    });
  }
}

/** Only the name of a database matters here; what is not said about its limits is no reason to refuse the list. */
const UNKNOWN_LIMITS = { maxTables: 0, maxColumnsPerTable: 0, retentionPeriod: 0 };

function withoutNulls(row: unknown): Record<string, unknown> {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return {};
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null));
}

/** Ours to say: see suspension.ts of the contract. What a create answers is for its answer only. */
const NOT_TAKEN: readonly string[] = ["suspendedAt", "suspendedBy", "accessToken"];

/** A token as it came, but for what means nothing. Anything that is no object stays what it is. */
function readRow(row: unknown): unknown {
  if (typeof row !== "object" || row === null || Array.isArray(row)) return row;
  // Hardly a row of a long list has any of this: the others are not copied.
  if (!NOT_TAKEN.some((name) => name in row) && !Object.values(row).includes(null)) return row;
  const fields = Object.entries(row)
    // An empty list may come as null from servers written in Go.
    .map(([name, value]): [string, unknown] => [name, name === "permissions" ? (value ?? []) : value])
    .filter(([name, value]) => value !== null && !NOT_TAKEN.includes(name));
  return Object.fromEntries(fields);
}

const secretSchema = z.looseObject({
  id: textSchema.check(z.minLength(1)),
  accessToken: z.string().check(z.minLength(1)),
});

/**
 * A secret comes once: as long as it is there with the id of its token, nothing else in the answer is a reason to lose it.
 * What cannot be read is filled in from what was asked for, but not the expiry, of which only the answer tells.
 */
function readCreated(
  json: unknown,
  wanted: Pick<CreateToken, "description" | "permissions">,
  now: string,
): CreatedToken | undefined {
  const secret = secretSchema.safeParse(json);
  if (!secret.success) return undefined;
  const { id, accessToken } = secret.data;
  const row = { ...withoutNulls(readRow(json)), accessToken };
  const whole = createdTokenSchema.safeParse(row);
  if (whole.success) return whole.data;
  const part = <Value>(schema: z.ZodMiniType<Value>, value: unknown): Value | undefined =>
    schema.safeParse(value).data;
  const expiresAt = part(instantSchema, secret.data["expiresAt"]);
  return {
    id,
    accessToken,
    description: part(textSchema, secret.data["description"]) ?? wanted.description,
    permissions: part(z.array(permissionSchema), secret.data["permissions"]) ?? wanted.permissions,
    createdAt: part(instantSchema, secret.data["createdAt"]) ?? now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}

/** A refusal as it is, with the name of the field when the cluster's words have one of these in them. */
function withField(error: unknown, fields: readonly string[]): unknown {
  if (!(error instanceof ApiError) || error.reason !== "invalid_request") return error;
  const words = error.upstream?.message ?? "";
  const field = fields.find((name) => new RegExp(`\\b${name}\\b`, "i").test(words));
  if (field === undefined) return error;
  const message = `${error.message} It names the field ${field}.`;
  return new ApiError(error.status, error.reason, message, {
    field,
    ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
    cause: error,
  });
}
