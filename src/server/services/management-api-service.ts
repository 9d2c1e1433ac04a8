import * as z from "zod/mini";
import type { Kysely } from "kysely";
import { canonicalSet } from "#contract/canonical.ts";
import type { Capabilities } from "#contract/cluster.ts";
import type { Suspension } from "#contract/suspension.ts";
import type { Token, UpdateToken } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { matchesEntityTag, suspensionEntityTag, tokenEntityTag } from "./entity-tag.ts";
import { createTurns, type InTurn } from "./in-turn.ts";
import { createKeptPermissions } from "./kept-permissions.ts";
import { checkTokenId, createManagementApi } from "./management-api.ts";
import { mapInTurns } from "./map-in-turns.ts";
import { checkExpiry } from "./own-cluster-guards.ts";
import type { CallContext, TokenService } from "./token-service.ts";
import { upstreamActor } from "./upstream-credential.ts";
import { listAnswerOf } from "./upstream-list.ts";
import { givenUp, upstreamName } from "./upstream-problems.ts";
import type { Upstream } from "./upstream.ts";

/** As much of a row as tells which token it is, and whether it is revoked. */
const listedSchema = z.object({ id: z.string(), revokedAt: z.optional(z.string()) });

export interface ManagementServiceDeps {
  upstream: Upstream;
  clock: Clock;
  /** Keeps what suspended tokens could do. */
  db: Kysely<Tables>;
  acrossGateways?: InTurn | undefined;
}

/** A token, and what is kept of it here. */
interface Seen {
  token: Token;
  kept: Suspension | undefined;
}

const conflict = (message: string) => new ApiError(409, "conflict", message);

/**
 * The token service over a Management API elsewhere; `prefix` as in createManagementApi, `productName` for sentences.
 *
 * That API knows no conditions. Changes of a token are made one at a time by those who share the database, each compares before it writes,
 * and writes what differs only; but between the reading and the writing somebody who does not come this way may still
 * change the token. It knows no suspension either: that is an update to no permissions, and the record of what there was.
 */
export function createManagementService(
  profile: Profile,
  { upstream, clock, db, acrossGateways }: ManagementServiceDeps,
  { prefix, productName }: { prefix: string; productName: string },
): TokenService {
  const about = upstreamName(profile);
  const api = createManagementApi(profile, { upstream, clock }, prefix);
  const records = createKeptPermissions(db, profile.clusterId);
  const turns = createTurns(acrossGateways);

  const noManagementTokens = `${productName} has no documented API for management tokens: they are made and revoked with influxctl or in the Admin UI.`;
  const noDatabaseChanges = `Databases of ${productName} are made and deleted with influxctl or in the Admin UI.`;
  const capabilities: Capabilities = {
    revokeDatabaseToken: { allowed: true },
    createDatabaseToken: { allowed: true },
    updateDatabaseToken: { allowed: true },
    updatePermissions: { allowed: true },
    setExpiry: { allowed: true },
    choosePermissions: { allowed: true },
    createAdminToken: {
      allowed: false,
      reason: `A database token of ${productName} is for databases: who may do everything has a management token.`,
    },
    suspendDatabaseToken: { allowed: true },
    listManagementTokens: { allowed: false, reason: noManagementTokens },
    revokeManagementToken: { allowed: false, reason: noManagementTokens },
    createManagementToken: { allowed: false, reason: noManagementTokens },
  };
  const refuse = (sentence: string) => async (): Promise<never> => {
    throw conflict(sentence);
  };

  /** One change of a token at a time. */
  const alone = async <Result>(
    { signal }: CallContext,
    id: string,
    work: () => Promise<Result>,
  ): Promise<Result> => {
    checkTokenId(id);
    return turns(id.toLowerCase(), signal, work).catch((error: unknown) => {
      // The signal's own reason: it was aborted before the turn came.
      if (error !== undefined && error === signal.reason) throw givenUp(about, false);
      throw error;
    });
  };
  const see = async (context: CallContext, id: string): Promise<Seen> => {
    const token = await api.get(context, id);
    return { token, kept: await records.find(id) };
  };
  const seeUnrevoked = async (context: CallContext, id: string): Promise<Seen> => {
    const seen = await see(context, id);
    if (seen.token.revokedAt !== undefined) {
      throw conflict("This token is revoked: it cannot be changed any more.");
    }
    return seen;
  };
  /** The token as it is after the change. Whatever fails from here on does so with the change made. */
  const update = async (context: CallContext, id: string, changes: UpdateToken): Promise<Token> => {
    const answered = await api.update(context, id, changes);
    if (answered !== undefined) return answered;
    return api.get(context, id).catch((error: unknown) => {
      throw unconfirmed(error);
    });
  };
  const unconfirmed = (error?: unknown) =>
    new ApiError(
      502,
      "upstream_malformed",
      `“${profile.name}” accepted the change, but does not show it. Read the token again to see what it has.`,
      { nothingDone: false, cause: error },
    );
  /** Gives the token exactly these permissions, or throws. */
  const setPermissions = async (
    context: CallContext,
    id: string,
    permissions: Token["permissions"],
  ): Promise<Token> => {
    const after = await update(context, id, { permissions });
    // A server may take an empty set for none given.
    if (canonicalSet(after.permissions) !== canonicalSet(permissions)) throw unconfirmed();
    return after;
  };
  const exchange = async (id: string, seen: Suspension | undefined, next: Suspension | undefined) => {
    if (!(await records.exchange(id, seen, next))) throw changedMeanwhile();
  };

  return {
    capabilities,
    authenticate: async (credential) => upstreamActor(credential, profile),
    // Far shorter than the list of tokens.
    check: async (context) => void (await api.databases(context)),

    async readTokenList(context, request) {
      const rows = await api.list(context);
      // After the list: a record that is there by now belongs to what the list will show next, and loses nothing.
      const kept = await records.all();
      const shown = kept.size === 0 ? rows : rows.map((row) => withRecord(row, kept));
      return listAnswerOf(shown, request, profile);
    },

    async goneAmong(context, ids) {
      const rows = await mapInTurns(await api.list(context), (row) => listedSchema.safeParse(row));
      // One of them may be one of those that cannot be read.
      if (!rows.every(({ success }) => success)) {
        throw new ApiError(409, "conflict", "The list has rows that cannot be read: it does not tell.");
      }
      const there = new Set(
        rows.flatMap(({ data }) => (data?.revokedAt === undefined ? (data?.id.toLowerCase() ?? []) : [])),
      );
      return new Set(ids.filter((id) => !there.has(id.toLowerCase())));
    },

    async getToken(context, id) {
      checkTokenId(id);
      return show(await see(context, id));
    },

    async createToken(context, wanted) {
      checkExpiry(wanted.expiresAt, clock());
      return api.create(context, wanted);
    },

    updateToken: (context, id, wanted, ifMatch) =>
      alone(context, id, async () => {
        const { token, kept } = await seeUnrevoked(context, id);
        checkIfMatch(ifMatch, tokenEntityTag(token));
        const changes = differing(token, wanted);
        if (changes === undefined) return show({ token, kept });
        return show({ token: await update(context, id, changes), kept });
      }),

    async revokeToken(context, id) {
      checkTokenId(id);
      await api.delete(context, id);
    },

    suspendToken: (context, id, ifMatch) =>
      alone(context, id, async () => {
        const { token, kept } = await seeUnrevoked(context, id);
        const isEmpty = token.permissions.length === 0;
        if (isEmpty && kept !== undefined) throw conflict("This token is suspended already.");
        checkIfMatch(ifMatch, tokenEntityTag(token));
        if (isEmpty) throw conflict("This token has no permissions that could be suspended.");
        const next: Suspension = {
          suspendedAt: toInstant(clock()),
          suspendedBy: context.actor.label,
          permissions: token.permissions,
        };
        // First what must not be lost. If it is not known whether the update was made, the record stays.
        await exchange(id, kept, next);
        try {
          return show({ token: await setPermissions(context, id, []), kept: next });
        } catch (error) {
          if (error instanceof ApiError && error.nothingDone) {
            // A record too many does no harm; what failed is what has to be said.
            await records.exchange(id, next, kept).catch(() => undefined);
          }
          throw error;
        }
      }),

    async getSuspension(context, id) {
      checkTokenId(id);
      const { token, kept } = await see(context, id);
      if (kept === undefined) throw notSuspended();
      return { suspension: kept, tag: suspensionEntityTag(token, kept) };
    },

    restoreToken: (context, id, ifMatch) =>
      alone(context, id, async () => {
        const { token, kept } = await seeUnrevoked(context, id);
        if (kept === undefined) throw notSuspended();
        checkIfMatch(ifMatch, suspensionEntityTag(token, kept));
        const restored = await setPermissions(context, id, kept.permissions);
        // Only what the token has again is let go. If another gateway has kept something else meanwhile, that stays.
        const isGone = await records.exchange(id, kept, undefined);
        return show({ token: restored, kept: isGone ? undefined : await records.find(id) });
      }),

    listDatabases: (context) => api.databases(context),
    createDatabase: refuse(noDatabaseChanges),
    deleteDatabase: refuse(noDatabaseChanges),

    listManagementTokens: refuse(noManagementTokens),
    getManagementToken: refuse(noManagementTokens),
    createManagementToken: refuse(noManagementTokens),
    revokeManagementToken: refuse(noManagementTokens),
  };
}

const notSuspended = () => new ApiError(404, "not_found", "This token is not suspended.");
const changedMeanwhile = () =>
  new ApiError(412, "precondition_failed", "The token was changed since it was read.");

function checkIfMatch(ifMatch: string | undefined, tag: string): void {
  if (ifMatch !== undefined && !matchesEntityTag(ifMatch, tag)) throw changedMeanwhile();
}

function show({ token, kept }: Seen): Token {
  if (kept === undefined) return token;
  const { suspendedAt, suspendedBy } = kept;
  return { ...token, suspendedAt, suspendedBy };
}

function withRecord(row: unknown, kept: ReadonlyMap<string, Suspension>): unknown {
  if (typeof row !== "object" || row === null || !("id" in row) || typeof row.id !== "string") return row;
  const record = kept.get(row.id.toLowerCase());
  if (record === undefined) return row;
  return { ...row, suspendedAt: record.suspendedAt, suspendedBy: record.suspendedBy };
}

/** The fields of an update that change something; undefined when none does. */
function differing(token: Token, { description, permissions }: UpdateToken): UpdateToken | undefined {
  const changes: UpdateToken = {};
  if (description !== undefined && description !== token.description) changes.description = description;
  if (permissions !== undefined && canonicalSet(permissions) !== canonicalSet(token.permissions)) {
    changes.permissions = permissions;
  }
  return Object.keys(changes).length === 0 ? undefined : changes;
}
