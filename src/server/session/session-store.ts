import type { Kysely } from "kysely";
import * as z from "zod/mini";
import { type Actor, actorSchema, type Session } from "#contract/session.ts";
import { type Clock, toInstant } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { deriveKey, type RandomBytes, seal, sha256Hex, unseal } from "#server/sealing.ts";
import type { OidcTokens } from "#server/oidc/identity-provider.ts";
import type { Credential } from "#server/services/token-service.ts";

export const IDLE_LIMIT = 15 * 60_000;
export const ABSOLUTE_LIMIT = 8 * 3600_000;
/** A session that is used all the time costs one write in this many milliseconds. */
const WRITE_INTERVAL = 5_000;

/** A JWT is kept beside them. */
type KeptCredential = Exclude<Credential, { kind: "oidc" }>;

const credentialSchema: z.ZodMiniType<KeptCredential> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator") }),
  z.object({ kind: z.literal("management_token"), secret: z.string() }),
  z.object({ kind: z.literal("profile") }),
]);

/** What is kept, encrypted, of the clusters of a session. Clusters stand under the keys of their entries. */
export interface HeldCredentials {
  /** The cluster that vouches for who this is. */
  primary: string;
  credentials: ReadonlyMap<string, KeptCredential>;
  /** Of who came from the identity provider: what the clusters get that take its tokens, once for all of them. */
  oidc?: HeldOidc | undefined;
}

export interface HeldOidc extends OidcTokens {
  /** Who is replacing them now, and until when that counts, in milliseconds. */
  renewal?: { by: string; until: number } | undefined;
}

const heldSchema = z.object({
  primary: z.string(),
  credentials: z.array(z.tuple([z.string(), credentialSchema])),
  oidc: z.optional(
    z.object({
      sub: z.string(),
      accessToken: z.string(),
      expiresAt: z.number(),
      renewAt: z.number(),
      refreshToken: z.optional(z.string()),
      renewal: z.optional(z.object({ by: z.string(), until: z.number() })),
    }),
  ),
});

export interface LiveSession extends HeldCredentials {
  idHash: string;
  actor: Actor;
  createdAt: number;
  lastSeenAt: number;
}

/** Sessions, kept as hashes of their ids with their credentials encrypted. Limits are judged at every read. */
export interface SessionStore {
  /** The id goes into the cookie and is known nowhere else. */
  start(held: HeldCredentials, actor: Actor): Promise<{ id: string; session: LiveSession }>;
  /**
   * Undefined when there is none, it has ended, or its credentials cannot be decrypted with this gateway's key. So are
   * sessions from before there were several clusters: nothing says which of them their credential belongs to.
   */
  find(id: string): Promise<LiveSession | undefined>;
  /**
   * Puts a credential in place of what the session has for a cluster; undefined takes it away. Several may do so at once.
   * Undefined when the session has ended meanwhile.
   */
  setCredential(
    session: LiveSession,
    cluster: string,
    credential: KeptCredential | undefined,
  ): Promise<LiveSession | undefined>;
  /**
   * Puts what `change` makes of what a session holds in its place, and gives what it holds then; undefined when the session
   * is gone. `change` is called again when somebody else was faster, and leaves things as they are by undefined.
   */
  change(
    idHash: string,
    change: (held: HeldCredentials) => HeldCredentials | undefined,
  ): Promise<HeldCredentials | undefined>;
  /** The person did something: the idle time starts anew. */
  keepAwake(session: LiveSession): Promise<LiveSession>;
  /** What it held to the last; undefined when it was gone, or is sealed with another key. */
  end(idHash: string): Promise<HeldCredentials | undefined>;
  /** How many have not ended, of all gateways; one that is used may count for some seconds less. */
  count(): Promise<number>;
  purge(): Promise<void>;
  /** Whether the latest session in time was sealed with another key: some other gateway's, or one that is lost. */
  areSealedWithAnotherKey(): Promise<boolean>;
}

export function createSessionStore(options: {
  db: Kysely<Tables>;
  key: Buffer;
  clock: Clock;
  random: RandomBytes;
}): SessionStore {
  const { db, clock, random } = options;
  const key = deriveKey(options.key, "", "session credential");
  // What was seen since the last write of each session, so that saving writes does not shorten the idle time.
  const seen = new Map<string, number>();

  const sealed = ({ primary, credentials, oidc }: HeldCredentials, idHash: string) =>
    seal(key, JSON.stringify({ primary, credentials: [...credentials], oidc }), idHash);
  const opened = (text: string, idHash: string): HeldCredentials | undefined => {
    const json = unseal(key, text, idHash);
    const parsed = json === undefined ? undefined : heldSchema.safeParse(JSON.parse(json));
    if (parsed?.success !== true) return undefined;
    return { ...parsed.data, credentials: new Map(parsed.data.credentials) };
  };

  const isOver = (createdAt: number, lastSeenAt: number) => {
    const now = clock();
    return now - lastSeenAt >= IDLE_LIMIT || now - createdAt >= ABSOLUTE_LIMIT;
  };

  const changeHeld: SessionStore["change"] = async (idHash, change) => {
    // Who was faster has put something else there, perhaps for another cluster: nothing of that may be lost. Each
    // further attempt means that somebody's has succeeded, so this ends.
    for (;;) {
      const row = await db
        .selectFrom("sessions")
        .select("credential")
        .where("id_hash", "=", idHash)
        .executeTakeFirst();
      const held = row === undefined ? undefined : opened(row.credential, idHash);
      if (row === undefined || held === undefined) return undefined;
      const next = change(held);
      if (next === undefined) return held;
      const written = await db
        .updateTable("sessions")
        .set({ credential: sealed(next, idHash) })
        .where("id_hash", "=", idHash)
        .where("credential", "=", row.credential)
        .executeTakeFirst();
      if (written.numUpdatedRows === 1n) return next;
    }
  };

  return {
    async start(held, actor) {
      const id = random(32).toString("base64url");
      const idHash = sha256Hex(id);
      const now = clock();
      await db
        .insertInto("sessions")
        .values({
          id_hash: idHash,
          actor: JSON.stringify(actor),
          credential: sealed(held, idHash),
          created_at: now,
          last_seen_at: now,
        })
        .execute();
      return { id, session: { ...held, idHash, actor, createdAt: now, lastSeenAt: now } };
    },

    async find(id) {
      const idHash = sha256Hex(id);
      const row = await db
        .selectFrom("sessions")
        .selectAll()
        .where("id_hash", "=", idHash)
        .executeTakeFirst();
      if (row === undefined) {
        seen.delete(idHash);
        return undefined;
      }
      const createdAt = row.created_at;
      const lastSeenAt = Math.max(row.last_seen_at, seen.get(idHash) ?? 0);
      if (isOver(createdAt, lastSeenAt)) {
        seen.delete(idHash);
        return undefined;
      }
      const held = opened(row.credential, idHash);
      const actor = actorSchema.safeParse(JSON.parse(row.actor));
      if (held === undefined || !actor.success) return undefined;
      return { ...held, idHash, actor: actor.data, createdAt, lastSeenAt };
    },

    async setCredential(session, cluster, credential) {
      const held = await changeHeld(session.idHash, (all) => {
        const credentials = new Map(all.credentials);
        if (credential === undefined) credentials.delete(cluster);
        else credentials.set(cluster, credential);
        return { ...all, credentials };
      });
      return held === undefined ? undefined : { ...session, ...held };
    },

    change: changeHeld,

    async keepAwake(session) {
      const now = clock();
      if (now <= session.lastSeenAt) return session;
      seen.set(session.idHash, now);
      await db
        .updateTable("sessions")
        .set({ last_seen_at: now })
        .where("id_hash", "=", session.idHash)
        .where("last_seen_at", "<=", now - WRITE_INTERVAL)
        .execute();
      return { ...session, lastSeenAt: now };
    },

    async end(idHash) {
      seen.delete(idHash);
      const row = await db
        .deleteFrom("sessions")
        .where("id_hash", "=", idHash)
        .returning("credential")
        .executeTakeFirst();
      return row === undefined ? undefined : opened(row.credential, idHash);
    },

    async purge() {
      const now = clock();
      for (const [idHash, at] of seen) {
        if (now - at >= IDLE_LIMIT) seen.delete(idHash);
      }
      await db
        .deleteFrom("sessions")
        .where((row) =>
          row.or([
            // Another gateway may have seen a session a few seconds later than it wrote.
            row("last_seen_at", "<=", now - IDLE_LIMIT - WRITE_INTERVAL),
            row("created_at", "<=", now - ABSOLUTE_LIMIT),
          ]),
        )
        .execute();
    },

    async count() {
      const now = clock();
      const { sessions } = await db
        .selectFrom("sessions")
        .select((row) => row.fn.countAll<number>().as("sessions"))
        .where("last_seen_at", ">", now - IDLE_LIMIT)
        .where("created_at", ">", now - ABSOLUTE_LIMIT)
        .executeTakeFirstOrThrow();
      return sessions;
    },

    async areSealedWithAnotherKey() {
      const latest = await db
        .selectFrom("sessions")
        .select(["id_hash", "credential", "created_at", "last_seen_at"])
        .orderBy("last_seen_at", "desc")
        .limit(1)
        .executeTakeFirst();
      if (latest === undefined || isOver(latest.created_at, latest.last_seen_at)) return false;
      return unseal(key, latest.credential, latest.id_hash) === undefined;
    },
  };
}

export function describeSession(session: LiveSession, now: number): Session {
  const absoluteEnd = session.createdAt + ABSOLUTE_LIMIT;
  return {
    signedIn: true,
    actor: session.actor,
    now: toInstant(now),
    idleEndsAt: toInstant(Math.min(session.lastSeenAt + IDLE_LIMIT, absoluteEnd)),
    absoluteEndsAt: toInstant(absoluteEnd),
  };
}
