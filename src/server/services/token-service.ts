import type { Capabilities } from "#contract/cluster.ts";
import type { CreateDatabase, Database } from "#contract/database.ts";
import type {
  CreatedManagementToken,
  CreateManagementToken,
  ManagementToken,
} from "#contract/management-token.ts";
import type { Actor } from "#contract/session.ts";
import type { CreatedToken, CreateToken, Token, UpdateToken } from "#contract/token.ts";
import type { ListText } from "#server/lists/list-body.ts";

/** What a caller proves itself with. A link session acts as the machine's own operator. */
export type Credential = { kind: "operator" } | { kind: "management_token"; secret: string };

export interface CallContext {
  credential: Credential;
  actor: Actor;
  /** Aborted when the caller goes away or the deadline passes. */
  signal: AbortSignal;
  /** Throws once it is too late to change anything: to be called right before a change becomes final. */
  checkTime?: (() => void) | undefined;
}

/** Whether the rows of a list name their account and cluster, as Dedicated's do, or not, as Clustered's. */
export type RowForm = "with_cluster" | "without_cluster";

/** Entity tags here are opaque and quoted, without the mark of weak ones. */
export interface ListRequest {
  form: RowForm;
  /** The tags of lists that the caller holds; `*` stands for any. */
  held: readonly string[];
  /** Whether what changed since one of those will do. */
  acceptsChanges: boolean;
}

/** `changes` is the text of a TokenChanges, `whole` that of an array of tokens. `tag` names the state they lead to. */
export type ListAnswer =
  | { kind: "unchanged"; tag: string }
  | { kind: "changes"; tag: string; base: string; text: ListText }
  | { kind: "whole"; tag: string; text: ListText };

/**
 * One cluster, whatever the product. Every method throws ApiError; ids are checked for the product's form first
 * (`invalid_id`). Methods that change something are called at most once per operation.
 */
export interface TokenService {
  readonly capabilities: Capabilities;

  /** Who the credential belongs to. Throws `credential_refused` when it is unknown, expired or revoked. */
  authenticate(credential: Credential): Promise<Actor>;

  /**
   * The whole list, inactive tokens included, as it was at the call or later: a change that was answered as done before
   * is in it. Whatever may prevent the whole text is found before this resolves, but for a store that fails meanwhile.
   */
  readTokenList(context: CallContext, request: ListRequest): Promise<ListAnswer>;
  getToken(context: CallContext, id: string): Promise<Token>;
  createToken(context: CallContext, wanted: CreateToken): Promise<CreatedToken>;
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
  /** `not_found` when there is no such token or it is revoked already. */
  revokeToken(context: CallContext, id: string): Promise<void>;

  listDatabases(context: CallContext): Promise<Database[]>;
  /** `conflict` when the name is taken. */
  createDatabase(context: CallContext, wanted: CreateDatabase): Promise<Database>;
  deleteDatabase(context: CallContext, name: string): Promise<void>;

  listManagementTokens(context: CallContext): Promise<ManagementToken[]>;
  getManagementToken(context: CallContext, id: string): Promise<ManagementToken>;
  createManagementToken(context: CallContext, wanted: CreateManagementToken): Promise<CreatedManagementToken>;
  /** `not_found` when absent or revoked already; `protected` for the last active one of the account. */
  revokeManagementToken(context: CallContext, id: string): Promise<void>;
}
