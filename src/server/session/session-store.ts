import type { Kysely } from "kysely";
import * as z from "zod/mini";
import { type Actor, actorSchema, type Session } from "#contract/session.ts";
import { type Clock, toInstant } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { deriveKey, type RandomBytes, seal, sha256Hex, unseal } from "#server/sealing.ts";
import type { Credential } from "#server/services/token-service.ts";

export const IDLE_LIMIT = 15 * 60_000;
export const ABSOLUTE_LIMIT = 8 * 3600_000;
/** A session that is used all the time costs one write in this many milliseconds. */
const WRITE_INTERVAL = 5_000;

const credentialSchema: z.ZodMiniType<Credential> = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("operator") }),
  z.object({ kind: z.literal("management_token"), secret: z.string() }),
]);

export interface LiveSession {
  idHash: string;
  actor: Actor;
  credential: Credential;
  createdAt: number;
  lastSeenAt: number;
}

/** Sessions, kept as hashes of their ids with their credential encrypted. Limits are judged at every read. */
export interface SessionStore {
  /** The id goes into the cookie and is known nowhere else. */
  start(credential: Credential, actor: Actor): Promise<{ id: string; session: LiveSession }>;
  /** Undefined when there is none, it has ended, or its credential cannot be decrypted with this gateway's key. */
  find(id: string): Promise<LiveSession | undefined>;
  /** The person did something: the idle time starts anew. */
  keepAwake(session: LiveSession): Promise<LiveSession>;
  end(idHash: string): Promise<void>;
  purge(): Promise<void>;
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

  const isOver = (createdAt: number, lastSeenAt: number) => {
    const now = clock();
    return now - lastSeenAt >= IDLE_LIMIT || now - createdAt >= ABSOLUTE_LIMIT;
  };

  return {
    async start(credential, actor) {
      const id = random(32).toString("base64url");
      const idHash = sha256Hex(id);
      const now = clock();
      await db
        .insertInto("sessions")
        .values({
          id_hash: idHash,
          actor: JSON.stringify(actor),
          credential: seal(key, JSON.stringify(credential), idHash),
          created_at: now,
          last_seen_at: now,
        })
        .execute();
      return { id, session: { idHash, actor, credential, createdAt: now, lastSeenAt: now } };
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
      const opened = unseal(key, row.credential, idHash);
      if (opened === undefined) return undefined;
      const credential = credentialSchema.safeParse(JSON.parse(opened));
      const actor = actorSchema.safeParse(JSON.parse(row.actor));
      if (!credential.success || !actor.success) return undefined;
      return { idHash, actor: actor.data, credential: credential.data, createdAt, lastSeenAt };
    },

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
      await db.deleteFrom("sessions").where("id_hash", "=", idHash).execute();
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
