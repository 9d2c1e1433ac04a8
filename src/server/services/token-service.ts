import type { Capabilities } from "#contract/cluster.ts";
import type { CreateDatabase, Database } from "#contract/database.ts";
import type {
  CreatedManagementToken,
  CreateManagementToken,
  ManagementToken,
} from "#contract/management-token.ts";
import type { Actor } from "#contract/session.ts";
import type { Suspension } from "#contract/suspension.ts";
import type { CreatedToken, CreateToken, Token, UpdateToken } from "#contract/token.ts";
import type { ListText } from "#server/lists/list-body.ts";

/**
 * What a caller proves itself with. A link session acts as the machine's own operator on clusters that Tokenward keeps
 * itself, and with the token of the configuration file (`profile`) where that is allowed. Who came from an identity
 * provider acts with its access token, a JWT.
 */
export type Credential =
  | { kind: "operator" }
  | { kind: "management_token"; secret: string }
  | { kind: "profile" }
  | { kind: "oidc"; accessToken: string };

export interface CallContext {
  credential: Credential;
  actor: Actor;
  /** Aborted when the caller goes away or the deadline passes. */
  signal: AbortSignal;
  /** Throws once it is too late to change anything: to be called right before a change becomes final. */
  checkTime?: (() => void) | undefined;
}

/** What is kept of a suspended token, and the entity tag (suspensionEntityTag) of it together with the token. */
export interface KeptSuspension {
  suspension: Suspension;
  tag: string;
}

/** Whether the rows of a list name their account and cluster, as Dedicated's do, or not, as Clustered's. */
export type RowForm = "with_cluster" | "without_cluster";
/** How a whole list is told: in rows, or in the parts of token-columns.ts. */
export type ListForm = RowForm | "columns";

/** Entity tags here are opaque and quoted, without the mark of weak ones. */
export interface ListRequest {
  form: ListForm;
  /** The tags of lists that the caller holds; `*` stands for any. */
  held: readonly string[];
  /** Whether what changed since one of those will do. */
  acceptsChanges: boolean;
}

/**
 * `changes` is the text of a TokenChanges, `whole` that of an array of tokens, or of parts. `tag` names the state they
 * lead to.
 */
export type ListAnswer =
  | { kind: "unchanged"; tag: string }
  | { kind: "changes"; tag: string; base: string; text: ListText }
  | { kind: "whole"; tag: string; text: ListText };

/** A change of one token whose gateway is gone, and which can be under way no more. */
export interface CutOffChange {
  action: "create" | "update" | "suspend" | "restore" | "revoke";
  kind: "database" | "management";
  /** Of a creation the id that was proposed for it. */
  tokenId: string;
  /** Milliseconds of the gateway's clock when it was about to be made. */
  startedAt: number;
}

/**
 * One cluster, whatever the product. Every method throws ApiError; ids are checked for the product's form first
 * (`invalid_id`). Methods that change something are called at most once per operation.
 */
export interface TokenService {
  readonly capabilities: Capabilities;

  /** Who the credential belongs to. Throws `credential_refused` when it is unknown, expired or revoked. */
  authenticate(credential: Credential): Promise<Actor>;
  /**
   * Whether the cluster can be reached and takes the credential, by the cheapest call that needs one. Where
   * authenticating asks nobody, this is what tells.
   */
  check(context: CallContext): Promise<void>;
  /**
   * Whether the credential may see what was done to the cluster's tokens, which the gateway keeps. Throws `forbidden`. Where
   * it is left out, every credential that the cluster takes may list its tokens anyway.
   */
  checkReader?(context: CallContext): Promise<void>;
  /**
   * Why the list of tokens may be shorter than what there is, as a sentence; undefined when it is whole. Left out where
   * lists are always whole. Throws as `check` does.
   */
  partialReason?(context: CallContext): Promise<string | undefined>;

  /**
   * The whole list, inactive tokens included, as it was at the call or later: a change that was answered as done before
   * is in it. Whatever may prevent the whole text is found before this resolves, but for a store that fails meanwhile.
   */
  readTokenList(context: CallContext, request: ListRequest): Promise<ListAnswer>;
  /**
   * Throws `invalid_id` when a database token, or a management token, cannot have this id. For what is answered without
   * asking the cluster; where it is left out, any id will do for that.
   */
  checkTokenId?(id: string): void;
  getToken(context: CallContext, id: string): Promise<Token>;
  /**
   * Which of the database tokens that getToken does not find are gone or revoked, by the whole list as it is now: a 404
   * alone may come from a wrong address, a proxy, or a credential that may not see them. Left out where `not_found` is
   * certain. Reads one list, however many they are. Throws as readTokenList does, and `conflict` where the list cannot tell.
   */
  goneAmong?(context: CallContext, ids: readonly string[]): Promise<ReadonlySet<string>>;
  /**
   * `proposedId`: a UUID that nothing has, which the token gets where the service can choose ids: then reading it tells
   * whether it was made when the answer is lost. A service whose product chooses the id ignores it.
   */
  createToken(context: CallContext, wanted: CreateToken, proposedId?: string): Promise<CreatedToken>;
  /**
   * `ifMatch`: the entity tag (tokenEntityTag) that the caller saw; `precondition_failed` when the token has changed.
   * A revoked token is a `conflict`.
   */
  updateToken(
    context: CallContext,
    id: string,
    update: UpdateToken,
    ifMatch: string | undefined,
  ): Promise<Token>;
  /**
   * `not_found` when there is no such token or it is revoked already. A product elsewhere may answer a second revocation
   * like the first one, as done.
   */
  revokeToken(context: CallContext, id: string): Promise<void>;

  /**
   * Takes all permissions away and keeps them, in place of what may be kept already: a suspended token that somebody gave
   * permissions again is suspended anew. A token that is revoked or without permissions is a `conflict`; `ifMatch` as in
   * updateToken. Answers the token as it is then.
   */
  suspendToken(context: CallContext, id: string, ifMatch: string | undefined): Promise<Token>;
  /** What is kept of a suspended token, also after it was revoked; `not_found` when there is nothing. */
  getSuspension(context: CallContext, id: string): Promise<KeptSuspension>;
  /**
   * Puts the kept permissions in place of whatever the token has now, and keeps them no longer. `not_found` when nothing
   * is kept; a revoked token is a `conflict`. `ifMatch`: the tag that getSuspension gave; `precondition_failed` when the
   * token or what is kept of it has changed. Answers the token as it is then.
   */
  restoreToken(context: CallContext, id: string, ifMatch: string | undefined): Promise<Token>;

  /**
   * What became of a change that was cut off, as far as it is certain. Asked without anybody's credential: left out where
   * nothing can be read without one.
   */
  outcomeOf?(change: CutOffChange): Promise<"done" | "not_done" | "unknown">;

  listDatabases(context: CallContext): Promise<Database[]>;
  /** `conflict` when the name is taken. */
  createDatabase(context: CallContext, wanted: CreateDatabase): Promise<Database>;
  deleteDatabase(context: CallContext, name: string): Promise<void>;

  listManagementTokens(context: CallContext): Promise<ManagementToken[]>;
  getManagementToken(context: CallContext, id: string): Promise<ManagementToken>;
  /** `proposedId` as in createToken. */
  createManagementToken(
    context: CallContext,
    wanted: CreateManagementToken,
    proposedId?: string,
  ): Promise<CreatedManagementToken>;
  /** `not_found` when absent or revoked already; `protected` for the last active one of the account. */
  revokeManagementToken(context: CallContext, id: string): Promise<void>;
}
