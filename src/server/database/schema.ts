/** Column types hold for both engines: text, and integers that fit a JavaScript number. Instants are RFC 3339 text. */
export interface Tables {
  accounts: { id: string; name: string };
  clusters: {
    id: string;
    account_id: string;
    slug: string;
    name: string;
    is_default: number;
    /** The version of its list of database tokens: see list-version.ts. */
    list_version: number;
    /** Random, made with the cluster: versions of another database mean something else. */
    list_epoch: string;
  };
  databases: {
    cluster_id: string;
    name: string;
    max_tables: number;
    max_columns_per_table: number;
    retention_period: number;
    created_at: string;
  };
  database_tokens: {
    cluster_id: string;
    id: string;
    description: string;
    /** JSON array of permissions, kept verbatim. */
    permissions: string;
    created_at: string;
    expires_at: string | null;
    revoked_at: string | null;
    /** SHA-256 of the secret in hex; null for imported tokens, whose secrets nobody has. */
    secret_hash: string | null;
    /** The version of the list in which the row changed last. */
    version: number;
    /** All three from a suspension until it is undone; see suspension.ts of the contract. */
    suspended_at: string | null;
    suspended_by: string | null;
    /** What `permissions` was then, verbatim. */
    suspended_permissions: string | null;
  };
  /** Versions that a list had in the last day, and the one that it has. */
  token_list_versions: { cluster_id: string; version: number };
  management_tokens: {
    account_id: string;
    id: string;
    description: string;
    token_prefix: string;
    secret_hash: string;
    created_at: string;
    expires_at: string | null;
    revoked_at: string | null;
    created_by: string | null;
  };
  sign_in_codes: { code_hash: string; expires_at: number; spent_at: number | null };
  /** Sign-ins at an identity provider that are under way: see sign-in-flows.ts. */
  sign_in_flows: {
    /** Of the browser's secret and the state. */
    flow_hash: string;
    /** JSON of what belongs to the flow, encrypted with the gateway's key. */
    secrets: string;
    expires_at: number;
  };
  sessions: {
    id_hash: string;
    /** JSON Actor. */
    actor: string;
    /** JSON of the credentials that it has for clusters, encrypted with the gateway's key. */
    credential: string;
    created_at: number;
    last_seen_at: number;
  };
  operations: {
    /** Of the actor and the raw key. */
    key_hash: string;
    /** Of the raw key alone: whether anybody else used it. Null on rows of gateways that did not write it yet. */
    raw_key_hash: string | null;
    /** Who sent it: a session's or a credential's hash. A key belongs to its actor. */
    actor: string;
    method: string;
    target: string;
    body_hash: string;
    /** "never_begun": somebody asked for it before it came, and was told that it never will. */
    state: "started" | "done" | "failed" | "unknown" | "never_begun";
    /** HTTP status of the first answer. */
    status: number | null;
    /** The first answer, encrypted under a key derived from the raw idempotency key. */
    answer: string | null;
    /** Until when the answer is kept, in milliseconds: 5 minutes with a secret in it, else 24 hours. */
    answer_until: number | null;
    /** The id of what was made or changed, for when the answer is gone. */
    object_id: string | null;
    owner: string;
    lease_until: number;
    started_at: number;
  };
  /** Who did what: rows are only ever added, two for each deed. See activity-store.ts. */
  activity: {
    /** One more than that of the row before. */
    seq: number;
    /** Milliseconds. */
    at: number;
    /** "intent" is written before anything is done, "outcome" when it is known. */
    phase: "intent" | "outcome";
    /** What the rows of a deed have in common. */
    operation_id: string;
    /** key_hash of the operation that it is part of; null where the caller gave no key. */
    operation_key: string | null;
    /** Tells sessions apart, see recorded.ts; null for bearer callers. */
    session: string | null;
    /** JSON Actor. */
    actor: string;
    account_id: string;
    /** Null for management tokens, which belong to an account. */
    cluster_id: string | null;
    kind: "database" | "management";
    /** Null as long as what is being created has none. */
    token_id: string | null;
    action: string;
    /** Null on an intent. */
    outcome: "done" | "not_done" | "unknown" | null;
    /** On an intent: what the token was called, cut; see short-description.ts. */
    description: string | null;
    request_id: string;
    /** The three of chain.ts. */
    previous_hash: string;
    details_hash: string;
    hash: string;
    /** JSON ActivityDetails. */
    details: string;
  };
  /** One row: the newest row of the activity, locked by whoever appends. */
  activity_head: {
    id: number;
    seq: number;
    hash: string;
    /** Every deed that began at or before this row has an outcome. */
    settled_seq: number;
  };
  /** Up to which row the activity was handed over to each target. */
  activity_cursors: { target: string; seq: number };
  /** Suspended tokens of clusters elsewhere: see kept-permissions.ts. */
  kept_permissions: {
    cluster_id: string;
    /** In lower case. */
    token_id: string;
    suspended_at: string;
    suspended_by: string;
    /** JSON array of permissions, verbatim. */
    permissions: string;
  };
  /** Tokens that are being replaced, or were. Never a secret. */
  rotations: {
    id: string;
    /** Where the old token belongs: its cluster's id, or its account's when it is a management token. */
    scope_id: string;
    kind: "database" | "management";
    state: "creating" | "created" | "overlap" | "finished" | "abandoned";
    old_token_id: string;
    old_description: string;
    new_description: string;
    new_token_id: string | null;
    /** The id that the replacement was asked to get, where the service can do that: what tells whether it exists. */
    proposed_token_id: string | null;
    started_at: number;
    started_by: string;
    acknowledged_at: number | null;
    /** Null while it is in progress; of those there is one for each old token. */
    ended_at: number | null;
  };
  /** Which tokens somebody set out to revoke. What became of each is in operations. */
  revoke_runs: {
    id: string;
    cluster_id: string;
    /** As in operations: the run belongs to who started it. */
    actor: string;
    kind: "database" | "management";
    total: number;
    started_at: number;
    started_by: string;
    ended_at: number | null;
    /** JSON array of ids and descriptions. */
    tokens: string;
  };
}
