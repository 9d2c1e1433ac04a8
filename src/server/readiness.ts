import { setTimeout as delay } from "node:timers/promises";
import type { Clock } from "./clock.ts";
import type { OpenDatabase } from "./database/connect.ts";

/** What keeps a gateway from being of use, in words that tell an attacker nothing. */
export type Hindrance = "stopping" | "database" | "schema" | "configuration";

export interface Readiness {
  /** Empty when it is ready. Asked of the database once a second at most, however many ask. Never fails. */
  hindrances(): Promise<readonly Hindrance[]>;
}

/** The database has so long to answer, in milliseconds. */
const PATIENCE = 1000;
const GOOD_FOR = 1000;

export function createReadiness(options: {
  database: Pick<OpenDatabase, "check">;
  clock: Clock;
  isStopping: () => boolean;
  /** Whether there are pages and clusters to show. */
  isConfigured: () => boolean;
  patience?: number;
}): Readiness {
  const { database, clock, isStopping, isConfigured, patience = PATIENCE } = options;
  let asked: { at: number; answer: Promise<Hindrance[]> } | undefined;

  async function ofDatabase(): Promise<Hindrance[]> {
    const giveUp = new AbortController();
    try {
      const found = await Promise.race([
        database.check(),
        delay(patience, "silent" as const, { signal: giveUp.signal }),
      ]);
      if (found === "good") return [];
      return [found === "silent" ? "database" : "schema"];
    } catch {
      return ["database"];
    } finally {
      giveUp.abort();
    }
  }

  return {
    async hindrances() {
      const now = clock();
      if (asked === undefined || now < asked.at || now - asked.at >= GOOD_FOR) {
        asked = { at: now, answer: ofDatabase() };
      }
      return [
        ...(isStopping() ? (["stopping"] as const) : []),
        ...(await asked.answer),
        ...(isConfigured() ? [] : (["configuration"] as const)),
      ];
    },
  };
}
