import { randomBytes, randomUUID } from "node:crypto";
import { sql, type Kysely, type Transaction } from "kysely";
import type { Token } from "#contract/token.ts";
import { toInstant, type Clock } from "#server/clock.ts";
import { hashSecret, newManagementTokenSecret, tokenPrefix } from "#server/secrets.ts";
import { StartError } from "#server/start-error.ts";
import { checkImport, namedDatabases } from "./import-tokens.ts";
import { takeListVersion } from "./list-version.ts";
import { mustLockRows } from "./row-lock.ts";
import { sampleData } from "./sample-data.ts";
import type { Tables } from "./schema.ts";

/** Fixed, so that commands in the documentation can be pasted. */
export const ACCOUNT_ID = "11111111-1111-4111-8111-111111111111";
export const ACCOUNT_NAME = "Example Account";
export const CLUSTER_ID = "33333333-3333-4333-8333-333333333333";
export const CLUSTER_SLUG = "own";
export const CLUSTER_NAME = "Own Cluster";

/** The vendor's defaults for a database that nobody described. */
const MAX_TABLES = 500;
const MAX_COLUMNS_PER_TABLE = 200;

/** Rows an INSERT: at nine columns well under the 32,766 parameters of SQLite and the 65,535 of PostgreSQL. */
const BATCH = 500;

/** PostgreSQL's code for a lock that was waited for in vain; each attempt waits for five seconds. */
const LOCK_NOT_AVAILABLE = "55P03";
const LOCK_ATTEMPTS = 12;

export interface SetUpOptions {
  db: Kysely<Tables>;
  clock: Clock;
  /** Fill a new cluster with sample data; not together with importTokens. */
  sample: boolean;
  /** Parsed JSON: an array of tokens as the Management API lists them, for an empty cluster. */
  importTokens?: unknown;
  /** The first management token of a new cluster; without it one is made. */
  firstManagementToken?: string | undefined;
  /**
   * Puts the secret of the token that was made where it will be found. Called before the cluster is committed, since
   * the store keeps no secrets: a crash in between leaves a secret without a token, and the next start begins anew.
   * When it throws, no cluster is made.
   */
  keepManagementToken?: (secret: string) => Promise<void>;
}

export interface SetUpResult {
  /** Whether this call made the cluster. */
  created: boolean;
}

/**
 * Makes the own cluster where there is none: all of it or nothing, once, however many gateways start at the
 * same moment. Throws StartError when the import or the given management token cannot be used.
 */
export async function setUpOwnCluster(options: SetUpOptions): Promise<SetUpResult> {
  const { db, clock, firstManagementToken } = options;
  const imported = options.importTokens === undefined ? undefined : checkImport(options.importTokens);
  if (imported === undefined && (await exists(db))) return { created: false };
  if (firstManagementToken !== undefined) checkFirstToken(firstManagementToken);

  return patiently(() =>
    db.transaction().execute(async (transaction): Promise<SetUpResult> => {
      // Everybody who sets up waits here; who only reads does not. libsql's transactions have the file to themselves.
      if (mustLockRows(transaction)) await sql`lock table accounts in exclusive mode`.execute(transaction);
      const now = clock();
      const created = !(await exists(transaction));
      if (!created && imported === undefined) return { created };
      if (created) await insertCluster(transaction);
      if (imported !== undefined) await refuseFilledCluster(transaction);
      const version = await takeListVersion(transaction, CLUSTER_ID, now);
      if (imported !== undefined) await insertImport(transaction, imported, now, version);
      else if (options.sample) await insertSample(transaction, now, version);
      if (!created) return { created };

      const secret = firstManagementToken ?? newManagementTokenSecret();
      await insertFirstToken(transaction, secret, now);
      if (firstManagementToken === undefined) {
        if (options.keepManagementToken === undefined)
          throw new Error("Nobody keeps the first management token.");
        await options.keepManagementToken(secret);
      }
      return { created };
    }),
  );
}

/** Another gateway may be loading an import for longer than anybody waits for a lock while serving. */
async function patiently<Result>(setUp: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await setUp();
    } catch (error) {
      const code = error instanceof Error && "code" in error ? error.code : undefined;
      const isLocked = code === LOCK_NOT_AVAILABLE || code === "SQLITE_BUSY";
      if (!isLocked) throw error;
      if (attempt === LOCK_ATTEMPTS) {
        throw new StartError("Another process keeps the database locked: stop it, or start again later.", {
          cause: error,
        });
      }
    }
  }
}

async function exists(db: Kysely<Tables>): Promise<boolean> {
  const row = await db.selectFrom("clusters").select("id").where("id", "=", CLUSTER_ID).executeTakeFirst();
  return row !== undefined;
}

function checkFirstToken(secret: string): void {
  // It travels in a header, where a space would end it.
  if (!/^[\x21-\x7e]{32,4096}$/.test(secret)) {
    throw new StartError(
      "TOKENWARD_MANAGEMENT_TOKEN must be 32 or more printable ASCII characters without spaces.",
    );
  }
}

async function insertCluster(transaction: Transaction<Tables>): Promise<void> {
  await transaction.insertInto("accounts").values({ id: ACCOUNT_ID, name: ACCOUNT_NAME }).execute();
  await transaction
    .insertInto("clusters")
    .values({
      id: CLUSTER_ID,
      account_id: ACCOUNT_ID,
      slug: CLUSTER_SLUG,
      name: CLUSTER_NAME,
      is_default: 1,
      list_version: 0,
      list_epoch: randomUUID(),
    })
    .execute();
}

async function insertFirstToken(
  transaction: Transaction<Tables>,
  secret: string,
  now: number,
): Promise<void> {
  await transaction
    .insertInto("management_tokens")
    .values({
      account_id: ACCOUNT_ID,
      id: randomUUID(),
      description: "First management token",
      token_prefix: tokenPrefix(secret),
      secret_hash: hashSecret(secret),
      created_at: toInstant(now),
      expires_at: null,
      revoked_at: null,
      created_by: "Tokenward",
    })
    .execute();
}

async function refuseFilledCluster(transaction: Transaction<Tables>): Promise<void> {
  const { count } = await transaction
    .selectFrom("database_tokens")
    .select((select) => select.fn.countAll<number>().as("count"))
    .where("cluster_id", "=", CLUSTER_ID)
    .executeTakeFirstOrThrow();
  if (count === 0) return;
  throw new StartError(
    `The own cluster holds ${count} database tokens already: an import needs an empty one, in another data directory or database.`,
  );
}

async function insertImport(
  transaction: Transaction<Tables>,
  tokens: Token[],
  now: number,
  version: number,
): Promise<void> {
  await insertInBatches(namedDatabases(tokens), async (names) => {
    await transaction
      .insertInto("databases")
      .values(
        names.map((name) => ({
          cluster_id: CLUSTER_ID,
          name,
          max_tables: MAX_TABLES,
          max_columns_per_table: MAX_COLUMNS_PER_TABLE,
          retention_period: 0,
          created_at: toInstant(now),
        })),
      )
      .onConflict((conflict) => conflict.columns(["cluster_id", "name"]).doNothing())
      .execute();
  });
  await insertTokens(transaction, tokens, version);
}

async function insertSample(transaction: Transaction<Tables>, now: number, version: number): Promise<void> {
  const sample = sampleData(now);
  await transaction
    .insertInto("databases")
    .values(
      sample.databases.map(({ name, retentionPeriod, createdAt }) => ({
        cluster_id: CLUSTER_ID,
        name,
        max_tables: MAX_TABLES,
        max_columns_per_table: MAX_COLUMNS_PER_TABLE,
        retention_period: retentionPeriod,
        created_at: createdAt,
      })),
    )
    .execute();
  await insertTokens(transaction, sample.tokens, version);
  await transaction
    .insertInto("management_tokens")
    .values(
      sample.managementTokens.map((token) => ({
        account_id: ACCOUNT_ID,
        id: token.id,
        description: token.description,
        token_prefix: token.tokenPrefix,
        // Random instead of a hash: nobody has, or could work out, a secret that would fit.
        secret_hash: randomBytes(32).toString("hex"),
        created_at: token.createdAt,
        expires_at: token.expiresAt ?? null,
        revoked_at: token.revokedAt ?? null,
        created_by: token.createdBy,
      })),
    )
    .execute();
}

/** Column by column, so that no other field of an imported token is stored, whatever its name. */
async function insertTokens(
  transaction: Transaction<Tables>,
  tokens: readonly Pick<
    Token,
    "id" | "description" | "permissions" | "createdAt" | "expiresAt" | "revokedAt"
  >[],
  version: number,
): Promise<void> {
  await insertInBatches(tokens, async (batch) => {
    await transaction
      .insertInto("database_tokens")
      .values(
        batch.map((token) => ({
          cluster_id: CLUSTER_ID,
          id: token.id,
          description: token.description,
          permissions: JSON.stringify(token.permissions),
          created_at: token.createdAt,
          expires_at: token.expiresAt ?? null,
          revoked_at: token.revokedAt ?? null,
          secret_hash: null,
          version,
        })),
      )
      .execute();
  });
}

async function insertInBatches<T>(rows: readonly T[], insert: (batch: T[]) => Promise<void>): Promise<void> {
  for (let start = 0; start < rows.length; start += BATCH) await insert(rows.slice(start, start + BATCH));
}
