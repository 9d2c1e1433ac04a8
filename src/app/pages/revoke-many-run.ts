import type { RevokeRunner } from "#app/api/revoke-run.ts";
import { startRevokeRun, type RunWork } from "#app/api/revoke-run.ts";
import { pause } from "#app/api/pause.ts";
import { createLookup, type TokenLookup } from "#app/features/revoke-many/plan.ts";
import { holdRunLock } from "#app/features/revoke-many/run-lock.ts";
import type { TokenIndex } from "#app/features/tokens/token-index.ts";
import { defaultView } from "#app/features/tokens/token-view-state.ts";
import type { RunConnection } from "#app/features/tokens/token-run-mutations.ts";

export interface BegunRun {
  runner: RevokeRunner;
  /** Resolves when the run is over and every page of this browser can tell. */
  released: Promise<void>;
}

/** Starts what is left of a run. */
export function beginRun(runId: string, work: readonly RunWork[], connection: RunConnection): BegunRun {
  const runner = startRevokeRun(work, {
    ...connection.steps,
    onOutcome: (id, outcome) => {
      if (outcome.kind === "done") connection.revoked(id, outcome.revokedAt);
    },
  });
  return { runner, released: holdRunLock(runId, runner.finished) };
}

/** Milliseconds of one stretch: a key pressed meanwhile does not wait longer. */
const STRETCH = 12;

/** Collects all tokens of a list by what they may be called. */
export async function lookupOf(index: TokenIndex, now: number): Promise<TokenLookup> {
  const lookup = createLookup();
  let end = performance.now() + STRETCH;
  for (const row of index.query({ ...defaultView, inactive: true, now })) {
    lookup.add(index.tokenAt(row));
    if (performance.now() < end) continue;
    await pause();
    end = performance.now() + STRETCH;
  }
  return lookup;
}
