import type { Kysely } from "kysely";
import * as z from "zod/mini";
import { ApiError } from "#server/api-error.ts";
import type { Clock } from "#server/clock.ts";
import type { Tables } from "#server/database/schema.ts";
import { deriveKey, type RandomBytes, seal, sha256Hex, unseal } from "#server/sealing.ts";
import type { FlowSecrets } from "./identity-provider.ts";

/** How long somebody may take at the identity provider, in milliseconds. */
export const FLOW_LIFE = 10 * 60_000;

/** Anybody may begin one: what they fill has an end. */
const MOST_FLOWS = 10_000;

const flowSchema = z.object({
  nonce: z.string(),
  verifier: z.string(),
  returnTo: z.optional(z.string()),
});

export interface SignInFlow extends FlowSecrets {
  /** A path of our own. */
  returnTo?: string | undefined;
}

/**
 * Sign-ins that are under way, in the database: the browser may come back to another gateway. A flow belongs to the
 * browser that began it, which is known by a secret of its own, and is good once.
 */
export interface SignInFlows {
  /** `browser`: the secret of its cookie. Throws 503 while far more are under way than people can be. */
  begin(browser: string, returnTo: string | undefined): Promise<SignInFlow>;
  /** Undefined when this browser began none with this state, it took too long, or it was finished before. */
  finish(browser: string, state: string): Promise<SignInFlow | undefined>;
  purge(): Promise<void>;
}

export function createSignInFlows(options: {
  db: Kysely<Tables>;
  key: Buffer;
  clock: Clock;
  random: RandomBytes;
}): SignInFlows {
  const { db, clock, random } = options;
  const key = deriveKey(options.key, "", "sign-in flow");
  const hashOf = (browser: string, state: string) => sha256Hex(`${browser}\n${state}`);
  const secret = () => random(32).toString("base64url");

  return {
    async begin(browser, returnTo) {
      const { count } = await db
        .selectFrom("sign_in_flows")
        .select((row) => row.fn.countAll<number>().as("count"))
        .executeTakeFirstOrThrow();
      if (count >= MOST_FLOWS) {
        throw new ApiError(503, "unavailable", "Too many sign-ins are under way. Try again in a moment.", {
          retryAfter: 60,
        });
      }
      const flow: SignInFlow = { state: secret(), nonce: secret(), verifier: secret(), returnTo };
      const { nonce, verifier } = flow;
      const flowHash = hashOf(browser, flow.state);
      await db
        .insertInto("sign_in_flows")
        .values({
          flow_hash: flowHash,
          secrets: seal(key, JSON.stringify({ nonce, verifier, returnTo }), flowHash),
          expires_at: clock() + FLOW_LIFE,
        })
        .execute();
      return flow;
    },

    async finish(browser, state) {
      const flowHash = hashOf(browser, state);
      const row = await db
        .selectFrom("sign_in_flows")
        .select(["secrets", "expires_at"])
        .where("flow_hash", "=", flowHash)
        .executeTakeFirst();
      if (row === undefined) return undefined;
      // Of two attempts at once the one that takes the row away has it.
      const taken = await db.deleteFrom("sign_in_flows").where("flow_hash", "=", flowHash).executeTakeFirst();
      if (taken.numDeletedRows !== 1n || row.expires_at <= clock()) return undefined;
      const json = unseal(key, row.secrets, flowHash);
      const parsed = json === undefined ? undefined : flowSchema.safeParse(JSON.parse(json));
      return parsed?.success === true ? { ...parsed.data, state } : undefined;
    },

    async purge() {
      await db.deleteFrom("sign_in_flows").where("expires_at", "<=", clock()).execute();
    },
  };
}
