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
  sessions: {
    id_hash: string;
    /** JSON Actor. */
    actor: string;
    /** JSON Credential, encrypted with the gateway's key. */
    credential: string;
    created_at: number;
    last_seen_at: number;
  };
  operations: {
    key_hash: string;
    /** Who sent it: a session's or a credential's hash. A key belongs to its actor. */
    actor: string;
    method: string;
    target: string;
    body_hash: string;
    state: "started" | "done" | "failed" | "unknown";
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
}
