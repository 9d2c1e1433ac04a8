import * as z from "zod/mini";
import type { Capabilities, Capability } from "#contract/cluster.ts";
import type { Database } from "#contract/database.ts";
import { toMillis } from "#contract/instant.ts";
import { adminPermission } from "#contract/permission.ts";
import type { CreatedToken, CreateToken, Token } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { grantedPermissions, grantsOf, isAdmin } from "./core-permissions.ts";
import { coreTokenId, hashesTo, instantOf, isCoreTokenId, readRow, type CoreRow } from "./core-rows.ts";
import { createTurns, type InTurn } from "./in-turn.ts";
import { mapInTurns } from "./map-in-turns.ts";
import { checkExpiry } from "./own-cluster-guards.ts";
import type { CallContext, TokenService } from "./token-service.ts";
import { secretFor, upstreamActor } from "./upstream-credential.ts";
import { listAnswerOf } from "./upstream-list.ts";
import { givenUp, malformed as malformedAnswer, upstreamName } from "./upstream-problems.ts";
import type { Upstream } from "./upstream.ts";

export interface CoreOptions {
  /** Answers of a `profile` that is `core` or `enterprise`. */
  upstream: Upstream;
  /** An expiry is sent as seconds from now. */
  clock: Clock;
  acrossGateways?: InTurn | undefined;
}

export type CoreProfile = Pick<Profile, "name" | "url" | "product" | "accountId" | "clusterId" | "token">;

const OPERATOR = "_admin";
/** Listing is a query; there is no call for one token. */
const LIST = `/api/v3/query_sql?${new URLSearchParams({
  db: "_internal",
  format: "json",
  q: "SELECT * FROM system.tokens",
}).toString()}`;
const DATABASES = "/api/v3/configure/database?format=json";
const ADMIN_TOKENS = "/api/v3/configure/token/named_admin";
const RESOURCE_TOKENS = "/api/v3/enterprise/configure/token";
/** Bytes of a name in an address. The server's own limit for the whole of it is 65,534; a longer name could not be deleted. */
const LONGEST_NAME = 60_000;

const ADMIN_TOKENS_ONLY =
  "InfluxDB 3 Core has admin tokens only, which may do everything. Tokens with permissions of their own need InfluxDB 3 Enterprise.";

/** What creating a token answers. It has the token's hash as well, which goes no further. */
const createdSchema = z.object({
  id: z.unknown(),
  name: z.optional(z.unknown()),
  token: z.string().check(z.minLength(1)),
  created_at: z.optional(z.unknown()),
  expiry: z.optional(z.unknown()),
});

/** Both forms of the list of databases: what the server sends, and what its reference says that it sends. */
const databasesSchema = z.union([
  z.array(z.looseObject({ "iox::database": z.string() })),
  z.object({ databases: z.array(z.string()) }),
]);

/**
 * InfluxDB 3 Core and Enterprise (SPEC.md section 5). Tokens are listed by a query, deleted by name, and never changed.
 * Facts beyond the documents are from the open source of Core: influxdb3_server/src/http.rs.
 */
export function createCore(
  profile: CoreProfile,
  { upstream, clock, acrossGateways }: CoreOptions,
): TokenService {
  const isEnterprise = profile.product === "enterprise";
  const product = isEnterprise ? "InfluxDB 3 Enterprise" : "InfluxDB 3 Core";
  const cluster = { accountId: profile.accountId, clusterId: profile.clusterId };
  const about = upstreamName(profile);
  const subject = `“${profile.name}”`;
  const capabilities = capabilitiesOf(product, isEnterprise);
  const inTurn = createTurns(acrossGateways);

  const authorization = ({ credential }: CallContext) => `Bearer ${secretFor(credential, profile)}`;
  const malformed = (whatItDid: string) => malformedAnswer(about, whatItDid);
  /** One change at a time: names are taken and given back meanwhile. */
  const alone = <Result>({ signal }: CallContext, work: () => Promise<Result>): Promise<Result> =>
    inTurn("tokens", signal, work).catch((error: unknown) => {
      // The signal's own reason: it was aborted before the turn came.
      if (error !== undefined && error === signal.reason) throw givenUp(about, false);
      throw error;
    });

  async function readRows(context: CallContext): Promise<CoreRow[]> {
    const { json } = await upstream.request({
      method: "GET",
      path: LIST,
      authorization: authorization(context),
      signal: context.signal,
    });
    if (!Array.isArray(json))
      throw malformed("answered the query for its tokens with something that is no list.");
    const isOwnHash = hashesTo(secretFor(context.credential, profile));
    return mapInTurns(json, (row) => readRow(row, cluster, isOwnHash));
  }

  async function getToken(context: CallContext, id: string): Promise<Token> {
    checkId(id);
    const rows = await readRows(context);
    const found = rows.find((row) => row.id === id);
    if (found === undefined) throw absentFrom(rows);
    if (found.token === undefined) throw malformed("lists this token in a form that cannot be read.");
    return found.token;
  }

  /**
   * The server deletes by name: between reading who has the name and the deletion, somebody who does not come this way may
   * still rename tokens. What can be told from the list afterwards is told.
   */
  async function revokeToken(context: CallContext, id: string): Promise<void> {
    checkId(id);
    await alone(context, async () => {
      const before = await readRows(context);
      const name = nameToDelete(before, id);
      context.checkTime?.();
      const refusal = await deleteByName(context, name);
      const isRefused = refusal !== undefined && isNotFound(refusal);
      const after = await readAfterDeletion(context).catch((error: unknown) => {
        // The token that is asked with, deleted as the server said: nothing can be read with it any more.
        const isOwn = before.some((row) => row.id === id && row.isOwn);
        const isGone = error instanceof ApiError && isRefusal(error.cause);
        if (isOwn && isGone && refusal === undefined) return [];
        throw error;
      });
      const now = after.find((row) => row.id === id);
      if (now === undefined) {
        if (refusal === undefined) return;
        throw absentFrom(after, {
          message: "There is no token with this id any more.",
          nothingDone: isRefused,
        });
      }
      if (now.name !== name) {
        throw new ApiError(
          409,
          "conflict",
          isRefused
            ? "This token was given another name while it was being deleted: it is still there. Look at it, and delete it again."
            : "This token was given another name while it was being deleted, and is still there. Another one that has its old name now may be deleted instead: look at the list.",
          { nothingDone: isRefused },
        );
      }
      throw (
        refusal ??
        new ApiError(
          502,
          "upstream_failed",
          `${subject} answered that the token is deleted, and still lists it.`,
          {
            nothingDone: false,
          },
        )
      );
    });
  }

  /**
   * What the server said against it, when that may mean that there is no token of this name: it says so in plain text, which
   * upstream.ts takes for an answer of something else.
   */
  async function deleteByName(context: CallContext, name: string): Promise<ApiError | undefined> {
    try {
      await upstream.request({
        method: "DELETE",
        path: `/api/v3/configure/token?token_name=${encodeURIComponent(name)}`,
        authorization: authorization(context),
        signal: context.signal,
        expectBody: false,
      });
      return undefined;
    } catch (error) {
      if (error instanceof ApiError && (isNotFound(error) || error.reason === "upstream_malformed"))
        return error;
      throw error;
    }
  }

  async function readAfterDeletion(context: CallContext): Promise<CoreRow[]> {
    try {
      return await readRows(context);
    } catch (error) {
      const isOwn = isRefusal(error);
      throw new ApiError(
        502,
        "upstream_failed",
        isOwn
          ? `${subject} was asked to delete the token, and takes the token of this session no more: if that is the same one, it is deleted.`
          : `${subject} was asked to delete the token, but its list could not be read afterwards: whether it is deleted is not known.`,
        {
          nothingDone: false,
          cause: error,
          ...(error instanceof ApiError && error.upstream !== undefined ? { upstream: error.upstream } : {}),
        },
      );
    }
  }

  async function createToken(context: CallContext, wanted: CreateToken): Promise<CreatedToken> {
    checkExpiry(wanted.expiresAt, clock());
    checkNewName(wanted.description);
    const grants = isAdmin(wanted.permissions) ? undefined : grantsOf(wanted.permissions);
    if (grants !== undefined && !isEnterprise) {
      throw new ApiError(400, "invalid_request", ADMIN_TOKENS_ONLY, { field: "permissions" });
    }
    const { json } = await alone(context, async () => {
      context.checkTime?.();
      try {
        return await upstream.request({
          method: "POST",
          path: grants === undefined ? ADMIN_TOKENS : RESOURCE_TOKENS,
          authorization: authorization(context),
          signal: context.signal,
          body: {
            token_name: wanted.description,
            ...(grants === undefined ? {} : { permissions: grants }),
            ...expiryOf(wanted, clock()),
          },
        });
      } catch (error) {
        throw namedConflict(error);
      }
    });
    const answer = createdSchema.safeParse(json);
    const id = coreTokenId(answer.data?.id);
    if (!answer.success || id === undefined) {
      throw malformed("answered the creation of a token with something else than the token.");
    }
    // The secret is there, and it is the only time: nothing less important in the answer may lose it.
    const { name, token, created_at, expiry } = answer.data;
    const expiresAt = instantOf(expiry);
    return {
      ...cluster,
      id,
      description: wanted.description,
      name: typeof name === "string" ? name : wanted.description,
      permissions: grants === undefined ? [{ ...adminPermission }] : grantedPermissions(grants),
      createdAt: instantOf(created_at) ?? toInstant(clock()),
      // As the server has it: who asked for another one must see the difference.
      ...(expiresAt === undefined ? {} : { expiresAt }),
      accessToken: token,
    };
  }

  async function listDatabases(context: CallContext): Promise<Database[]> {
    const { json } = await upstream.request({
      method: "GET",
      path: DATABASES,
      authorization: authorization(context),
      signal: context.signal,
    });
    const answer = databasesSchema.safeParse(json);
    if (!answer.success) throw malformed("answered with something else than its databases.");
    const names = Array.isArray(answer.data)
      ? answer.data.map((row) => row["iox::database"])
      : answer.data.databases;
    return names.map((name) => ({ ...cluster, name }));
  }

  const refuse = async (capability: Exclude<Capability, { allowed: true }>): Promise<never> => {
    throw new ApiError(409, "conflict", capability.reason);
  };
  const { update, suspend, management, databases } = refusals(product);

  return {
    capabilities,
    authenticate: async (credential) => upstreamActor(credential, profile),
    // The right to list tokens is what every screen needs.
    check: async (context) => void (await readRows(context)),

    readTokenList: async (context, request) =>
      listAnswerOf(
        (await readRows(context)).map((row) => row.listed),
        request,
        cluster,
      ),
    getToken,
    createToken,
    updateToken: (_context, id) => withChecked(id, () => refuse(update)),
    revokeToken,
    suspendToken: (_context, id) => withChecked(id, () => refuse(suspend)),
    getSuspension: (_context, id) => withChecked(id, () => refuse(suspend)),
    restoreToken: (_context, id) => withChecked(id, () => refuse(suspend)),

    listDatabases,
    createDatabase: () => refuse(databases),
    deleteDatabase: () => refuse(databases),

    listManagementTokens: () => refuse(management),
    getManagementToken: () => refuse(management),
    createManagementToken: () => refuse(management),
    revokeManagementToken: () => refuse(management),
  };
}

/** Sentences for people, where there is nothing to ask the server. */
const no = (reason: string) => ({ allowed: false as const, reason });

function refusals(product: string) {
  return {
    update: no(`${product} never changes a token: create another one, and delete this one.`),
    suspend: no(`${product} cannot take a token out of use for a while: it can only delete it.`),
    management: no(
      `${product} has no management tokens: its admin tokens are among the others, on the page of tokens.`,
    ),
    databases: no(
      `Tokenward does not make or delete databases of ${product}: influxdb3 create database does.`,
    ),
  };
}

function capabilitiesOf(product: string, isEnterprise: boolean): Capabilities {
  const { update, suspend, management } = refusals(product);
  return {
    revokeDatabaseToken: { allowed: true },
    createDatabaseToken: { allowed: true },
    updateDatabaseToken: update,
    updatePermissions: update,
    setExpiry: { allowed: true },
    choosePermissions: isEnterprise ? { allowed: true } : no(ADMIN_TOKENS_ONLY),
    createAdminToken: { allowed: true },
    suspendDatabaseToken: suspend,
    listManagementTokens: management,
    revokeManagementToken: management,
    createManagementToken: management,
  };
}

function isRefusal(error: unknown): boolean {
  return error instanceof ApiError && error.reason === "credential_refused";
}

/** `not_found` has to be certain: the token may be one of the rows whose id cannot be read. */
function absentFrom(
  rows: readonly CoreRow[],
  { message = "There is no token with this id.", nothingDone = true } = {},
): ApiError {
  if (rows.every(({ id }) => id !== undefined)) return new ApiError(404, "not_found", message);
  return new ApiError(
    409,
    "conflict",
    "The list does not show it, which proves nothing. The list has rows that cannot be read: it does not tell.",
    { nothingDone },
  );
}

function isNotFound({ reason, upstream }: ApiError): boolean {
  return reason === "not_found" || upstream?.status === 404;
}

function checkId(id: string): void {
  if (!isCoreTokenId(id)) {
    throw new ApiError(400, "invalid_id", "The token id must be a number, as InfluxDB 3 counts its tokens.", {
      field: "tokenId",
    });
  }
}

async function withChecked<Result>(id: string, act: () => Promise<Result>): Promise<Result> {
  checkId(id);
  return act();
}

/** The name by which exactly the token with this id is deleted. Throws when there is none. */
function nameToDelete(rows: readonly CoreRow[], id: string): string {
  const [row, twin] = rows.filter((each) => each.id === id);
  if (row === undefined) throw absentFrom(rows);
  if (row.name === OPERATOR) {
    throw new ApiError(
      409,
      "protected",
      `${OPERATOR} is the operator token, which cannot be deleted. Its secret can be made anew with influxdb3 create token --admin --regenerate.`,
    );
  }
  const { name } = row;
  const sharers = rows.filter((each) => each.name === name || each.name === undefined);
  if (name === undefined || twin !== undefined || sharers.length !== 1 || !name.isWellFormed()) {
    throw new ApiError(
      409,
      "conflict",
      "Tokens are deleted by name here, and it is not certain that only this token has its name: it was not deleted.",
    );
  }
  return name;
}

function checkNewName(name: string): void {
  const refuse = (message: string) => new ApiError(400, "invalid_request", message, { field: "description" });
  if (name === "") throw refuse("InfluxDB 3 knows a token by its description: it must not be empty.");
  if (name === OPERATOR) throw refuse(`${OPERATOR} is the name of the operator token.`);
  if (encodeURIComponent(name).length > LONGEST_NAME) {
    throw refuse(
      "The description is too long: InfluxDB 3 deletes tokens by it, and could not delete this one.",
    );
  }
}

/** Rounded down, so that no token lives longer than was asked; a second at least. */
function expiryOf({ expiresAt }: CreateToken, now: number): { expiry_secs?: number } {
  if (expiresAt === undefined) return {};
  return { expiry_secs: Math.max(1, Math.floor((toMillis(expiresAt) - now) / 1000)) };
}

function namedConflict(error: unknown): unknown {
  if (!(error instanceof ApiError) || error.reason !== "conflict") return error;
  return new ApiError(
    409,
    "conflict",
    "There is a token with this description already: InfluxDB 3 knows tokens by it, and takes each only once.",
    { field: "description", ...(error.upstream === undefined ? {} : { upstream: error.upstream }) },
  );
}
