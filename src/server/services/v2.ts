import type * as z from "zod/mini";
import type { Capabilities, Capability } from "#contract/cluster.ts";
import type { Database } from "#contract/database.ts";
import type { CreatedToken, CreateToken, Token, UpdateToken } from "#contract/token.ts";
import { isSuspended } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { matchesEntityTag, suspensionEntityTag, tokenEntityTag } from "./entity-tag.ts";
import { createTurns, type InTurn } from "./in-turn.ts";
import { mapInTurns } from "./map-in-turns.ts";
import type { CallContext, KeptSuspension, TokenService } from "./token-service.ts";
import { equalTo, secretFor, upstreamActor } from "./upstream-credential.ts";
import { listAnswerOf } from "./upstream-list.ts";
import { givenUp, malformed, upstreamName } from "./upstream-problems.ts";
import type { Upstream } from "./upstream.ts";
import { samePermissions, wantedPermissions } from "./v2-permissions.ts";
import {
  authorizationsSchema,
  bucketsSchema,
  isRowOf,
  isV2Id,
  meSchema,
  organizationsSchema,
  secretSchema,
  toRow,
  toToken,
  type V2Bucket,
} from "./v2-wire.ts";

const YES: Capability = { allowed: true };
const no = (reason: string) => ({ allowed: false, reason }) as const;

const NO_PERMISSION_CHANGES = no(
  "InfluxDB v2 fixes what a token may do when it is created. Create another one that may do what is wanted, and delete this one.",
);
const NO_EXPIRY = no("Tokens of InfluxDB v2 do not expire.");
const NO_ADMIN_TOKEN = no(
  "Tokens that may do everything are made by the set-up of InfluxDB v2 and by its own command line.",
);
const NO_MANAGEMENT_TOKENS = no("InfluxDB v2 has no management tokens: its API tokens do both.");
const NO_DATABASE_CHANGES = no("Buckets of InfluxDB v2 are made and deleted in its own screens.");

const capabilities: Capabilities = {
  revokeDatabaseToken: YES,
  createDatabaseToken: YES,
  updateDatabaseToken: YES,
  updatePermissions: NO_PERMISSION_CHANGES,
  setExpiry: NO_EXPIRY,
  choosePermissions: YES,
  createAdminToken: NO_ADMIN_TOKEN,
  suspendDatabaseToken: YES,
  listManagementTokens: NO_MANAGEMENT_TOKENS,
  revokeManagementToken: NO_MANAGEMENT_TOKENS,
  createManagementToken: NO_MANAGEMENT_TOKENS,
};

/** The most that v2 gives at once. */
const PAGE = 100;
/** As many buckets as no server has: behind them a server that always gives the same page. */
const MOST_PAGES = 1000;

/** Why a list may be shorter than what there is; for people. */
const MAY_BE_PARTIAL =
  "InfluxDB v2 leaves out the tokens of users and organizations that the token in use may not read, without saying so.";

export interface V2Service extends TokenService {
  /**
   * Why the list of tokens may be shorter than what there is, as far as the rights of the caller tell; undefined when it
   * is whole. Throws as `check` does.
   */
  partialReason(context: CallContext): Promise<string | undefined>;
  /** Throws `invalid_id`: for what is recorded or answered without asking the server. */
  checkTokenId(id: string): void;
}

/** InfluxDB v2, open edition and Cloud: its API tokens as database tokens, and its buckets as databases. */
export function createV2(
  profile: Profile,
  { upstream, acrossGateways }: { upstream: Upstream; acrossGateways?: InTurn | undefined },
): V2Service {
  const { accountId, clusterId } = profile;
  const ids = { accountId, clusterId };
  const about = upstreamName(profile);
  const turns = createTurns(acrossGateways);

  type Method = "GET" | "POST" | "PATCH" | "DELETE";
  async function request(context: CallContext, method: Method, path: string, body?: unknown) {
    const authorization = `Token ${secretFor(context.credential, profile)}`;
    if (method !== "GET") context.checkTime?.();
    const call = { method, path: `/api/v2${path}`, authorization, body, signal: context.signal };
    try {
      return (await upstream.request(call)).json;
    } catch (error) {
      throw isMissingRight(error)
        ? new ApiError(
            403,
            "forbidden",
            `“${profile.name}” does not allow this to the token that was used.`,
            {
              ...(error.upstream === undefined ? {} : { upstream: error.upstream }),
              cause: error,
            },
          )
        : error;
    }
  }

  function parsed<Shape>(schema: z.ZodMiniType<Shape>, json: unknown, what: string): Shape {
    const result = schema.safeParse(json);
    if (result.success) return result.data;
    throw malformed(about, `answered with something that is not ${what} of InfluxDB v2.`);
  }

  async function get<Shape>(
    context: CallContext,
    path: string,
    schema: z.ZodMiniType<Shape>,
    what: string,
  ): Promise<Shape> {
    return parsed(schema, await request(context, "GET", path), what);
  }

  function tokenOf(json: unknown, id?: string): Token {
    const token = toToken(ids, json);
    if (token !== undefined && (id === undefined || token.id === id)) return token;
    throw malformed(about, "answered with something that is not the token that was asked for.");
  }

  /** What is known of the rows that are the token which is asked with, beside what they say themselves. */
  function ownMark({ credential }: CallContext): (row: unknown) => { isCredential: true } | undefined {
    const isSecret = equalTo(secretFor(credential, profile));
    return (row) => (isRowOf(row, isSecret) ? { isCredential: true } : undefined);
  }
  const markedTokenOf = (context: CallContext, json: unknown, id: string): Token => ({
    ...tokenOf(json, id),
    ...ownMark(context)(json),
  });

  const pathOf = (id: string) => `/authorizations/${encodeURIComponent(id)}`;
  const read = async (context: CallContext, id: string) =>
    markedTokenOf(context, await request(context, "GET", pathOf(id)), id);
  const patch = async (
    context: CallContext,
    id: string,
    change: { description: string } | { status: string },
  ) => markedTokenOf(context, await request(context, "PATCH", pathOf(id), change), id);

  /** `take` makes of each row what is kept of it: the rows themselves hold secrets, and are not. */
  async function listRows<Kept>(
    context: CallContext,
    query: string,
    take: (row: unknown) => Kept,
  ): Promise<Kept[]> {
    const path = `/authorizations${query}`;
    const { authorizations } = await get(context, path, authorizationsSchema, "the token list");
    return mapInTurns(authorizations, take);
  }

  async function listBuckets(context: CallContext): Promise<V2Bucket[]> {
    const all: V2Bucket[] = [];
    const known = new Set<string>();
    let query = `?limit=${PAGE}`;
    for (let page = 0; page < MOST_PAGES; page++) {
      const { buckets } = await get(context, `/buckets${query}`, bucketsSchema, "the bucket list");
      for (const bucket of buckets) {
        if (known.has(bucket.id)) {
          throw malformed(about, "answered with the same bucket on two pages of its list.");
        }
        known.add(bucket.id);
        all.push(bucket);
      }
      const last = buckets.at(-1);
      if (last === undefined || buckets.length < PAGE) return all;
      query = `?limit=${PAGE}&after=${encodeURIComponent(last.id)}`;
    }
    throw malformed(about, "answered with a list of buckets that does not end.");
  }

  /** Of those whom the token may see. v2 leaves out the others, whatever the call. */
  async function organizations(
    context: CallContext,
    buckets: () => Promise<readonly V2Bucket[]>,
  ): Promise<string[]> {
    const { orgs } = await get(context, `/orgs?limit=${PAGE}`, organizationsSchema, "the organizations");
    const ofBuckets = orgs.length > 0 ? [] : (await buckets()).flatMap(({ orgID }) => orgID ?? []);
    return [...new Set([...orgs.map(({ id }) => id), ...ofBuckets])];
  }

  /** One change of a token at a time: between reading and writing nobody else who comes this way may change it. */
  function alone<Result>(
    { signal }: CallContext,
    id: string,
    work: (checked: string) => Promise<Result>,
  ): Promise<Result> {
    const checked = checkedId(id);
    return turns(checked, signal, () => work(checked)).catch((error: unknown) => {
      // The signal's own reason: it was aborted before the turn came.
      if (error !== undefined && error === signal.reason) throw givenUp(about, false);
      throw error;
    });
  }

  async function me(context: CallContext): Promise<string> {
    return (await get(context, "/me", meSchema, "the user")).id;
  }

  async function check(context: CallContext): Promise<void> {
    try {
      await me(context);
    } catch (error) {
      // Who may not read even themselves is known all the same.
      if (!(error instanceof ApiError && isMissingRight(error.cause))) throw error;
    }
  }

  function keptOf(token: Token): KeptSuspension {
    const { suspendedAt, permissions } = token;
    if (!isSuspended(token) || suspendedAt === undefined) {
      throw new ApiError(404, "not_found", "This token is not deactivated.");
    }
    const suspension = { suspendedAt, suspendedBy: "", permissions };
    return { suspension, tag: suspensionEntityTag(token, suspension) };
  }

  async function partialReason(context: CallContext): Promise<string | undefined> {
    const isSecret = equalTo(secretFor(context.credential, profile));
    let user: string;
    try {
      user = await me(context);
    } catch (error) {
      if (error instanceof ApiError && isMissingRight(error.cause)) return MAY_BE_PARTIAL;
      throw error;
    }
    const take = (row: unknown) => (isRowOf(row, isSecret) ? toToken(ids, row) : undefined);
    const own = (await listRows(context, `?userID=${user}`, take)).find((row) => row !== undefined);
    // Servers that do not show tokens do not tell which row is the caller's, and so not what it may read. That it sees
    // other users proves nothing.
    if (own === undefined) return MAY_BE_PARTIAL;
    const readsAll = (type: string) =>
      own.permissions.some(
        ({ action, resourceType, resourceId, resourceOrganizationId }) =>
          action === "read" &&
          (resourceType === type || resourceType === "any") &&
          resourceId === undefined &&
          resourceOrganizationId === undefined,
      );
    return readsAll("authorizations") && readsAll("users") ? undefined : MAY_BE_PARTIAL;
  }

  return {
    capabilities,
    authenticate: async (credential) => upstreamActor(credential, profile),
    check,
    async checkReader(context) {
      // The server leaves out what a token may not read, so that one that may read nothing gets an empty list.
      if ((await listRows(context, "", rowId)).length > 0) return;
      await check(context);
      throw new ApiError(
        403,
        "forbidden",
        `“${profile.name}” shows no tokens to the token that was used, so what was done to them is not shown to it either.`,
      );
    },
    checkTokenId: (id) => void checkedId(id),

    async readTokenList(context, asked) {
      const markOf = ownMark(context);
      const rows = await listRows(context, "", (row) => {
        const mark = markOf(row);
        // Most rows are not it, and need no copy.
        return mark === undefined ? toRow(ids, row) : Object.assign({}, toRow(ids, row), mark);
      });
      // A token that was made inactive is not refused here: all is left out for it.
      if (rows.length === 0) await check(context);
      return listAnswerOf(rows, asked, ids);
    },

    async goneAmong(context, ids) {
      const wanted = ids.map((id) => [id, checkedId(id)] as const);
      const rows = new Set(await listRows(context, "", rowId));
      const absent = wanted.flatMap(([id, checked]) => (rows.has(checked) ? [] : [id]));
      if (absent.length === 0) return new Set();
      const reason = rows.has(undefined)
        ? "The list has rows that cannot be read: it does not tell."
        : await partialReason(context);
      if (reason === undefined) return new Set(absent);
      throw new ApiError(409, "conflict", `The list does not show it, which proves nothing. ${reason}`);
    },

    async getToken(context, id) {
      return read(context, checkedId(id));
    },

    async createToken(context, wanted: CreateToken): Promise<CreatedToken> {
      if (wanted.expiresAt !== undefined) {
        throw new ApiError(400, "invalid_request", NO_EXPIRY.reason, { field: "expiresAt" });
      }
      const buckets = once(() => listBuckets(context));
      const places = { buckets, organizations: () => organizations(context, buckets) };
      const { description, permissions, organizationId } = wanted;
      const body = { description, ...(await wantedPermissions(permissions, organizationId, places)) };
      const json = await request(context, "POST", "/authorizations", body);
      const { token: accessToken } = parsed(secretSchema, json, "a new token");
      return { ...tokenOf(json), accessToken };
    },

    async updateToken(context, id, update: UpdateToken, ifMatch) {
      return alone(context, id, async (checked) => {
        const token = await read(context, checked);
        checkIfMatch(ifMatch, tokenEntityTag(token));
        const { description, permissions } = update;
        if (permissions !== undefined && !samePermissions(permissions, token.permissions)) {
          throw new ApiError(409, "conflict", NO_PERMISSION_CHANGES.reason, { field: "permissions" });
        }
        if (description === undefined || description === token.description) return token;
        return patch(context, checked, { description });
      });
    },

    async revokeToken(context, id) {
      await request(context, "DELETE", pathOf(checkedId(id)));
    },

    async suspendToken(context, id, ifMatch) {
      return alone(context, id, async (checked) => {
        const token = await read(context, checked);
        if (isSuspended(token)) throw new ApiError(409, "conflict", "This token is deactivated already.");
        checkIfMatch(ifMatch, tokenEntityTag(token));
        return patch(context, checked, { status: "inactive" });
      });
    },

    async getSuspension(context, id) {
      return keptOf(await read(context, checkedId(id)));
    },

    async restoreToken(context, id, ifMatch) {
      return alone(context, id, async (checked) => {
        checkIfMatch(ifMatch, keptOf(await read(context, checked)).tag);
        return patch(context, checked, { status: "active" });
      });
    },

    async listDatabases(context): Promise<Database[]> {
      const byName = new Map<string, Database>();
      for (const { name, retentionRules } of await listBuckets(context)) {
        // Two organizations may each have one of this name: in a list of names it stands once.
        if (byName.has(name)) continue;
        const retentionPeriod = (retentionRules[0]?.everySeconds ?? 0) * 1_000_000_000;
        byName.set(name, { ...ids, name, retentionPeriod });
      }
      return [...byName.values()].sort((one, other) => (one.name < other.name ? -1 : 1));
    },
    createDatabase: async () => refuse(NO_DATABASE_CHANGES),
    deleteDatabase: async () => refuse(NO_DATABASE_CHANGES),

    listManagementTokens: async () => refuse(NO_MANAGEMENT_TOKENS),
    getManagementToken: async () => refuse(NO_MANAGEMENT_TOKENS),
    createManagementToken: async () => refuse(NO_MANAGEMENT_TOKENS),
    revokeManagementToken: async () => refuse(NO_MANAGEMENT_TOKENS),

    partialReason,
  };
}

/** Undefined for what is no row of a token. */
function rowId(row: unknown): string | undefined {
  const id: unknown =
    typeof row === "object" && row !== null ? Object.getOwnPropertyDescriptor(row, "id")?.value : undefined;
  return typeof id === "string" ? id.toLowerCase() : undefined;
}

function checkedId(id: string): string {
  if (isV2Id(id)) return id.toLowerCase();
  throw new ApiError(400, "invalid_id", "The token id must have 16 hexadecimal digits.", {
    field: "tokenId",
  });
}

function checkIfMatch(ifMatch: string | undefined, tag: string): void {
  if (ifMatch !== undefined && !matchesEntityTag(ifMatch, tag)) {
    throw new ApiError(412, "precondition_failed", "The token was changed since it was read.");
  }
}

function refuse({ reason }: { reason: string }): never {
  throw new ApiError(409, "conflict", reason);
}

/**
 * v2 answers 401 to a good token that lacks a right, as it does to one that it does not know; only its words differ:
 * "read:users/0123456789abcdef is unauthorized", or "none of [...] is authorized" (authorizer/authorize.go).
 */
function isMissingRight(error: unknown): error is ApiError {
  return (
    error instanceof ApiError &&
    error.status === 401 &&
    /^(?:(?:read|write):\S+ is unauthorized$|none of \[)/.test(error.upstream?.message ?? "")
  );
}

function once<Result>(make: () => Promise<Result>): () => Promise<Result> {
  let made: Promise<Result> | undefined;
  return () => (made ??= make());
}
