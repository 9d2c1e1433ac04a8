import type { ClusterRegistry } from "#server/clusters.ts";
import type { Log } from "#server/log.ts";
import { cutOffChangeOf } from "./cut-off-change.ts";
import type { OperationRow, OperationStore, ReconciledState } from "./operation-store.ts";

/** An operation whose gateway is gone, as it was found to have ended. */
export interface ReconciledOperation {
  /** key_hash of its row. */
  keyHash: string;
  state: ReconciledState;
  /** What was made or changed, of those that are done. */
  objectId: string | undefined;
}

export interface Reconciliation {
  /** A row whose lease has ended, as it is afterwards. Throws when the store cannot be read. */
  settle(row: OperationRow): Promise<OperationRow>;
  /** Settles all that nobody works on any more, whoever began them; how many those were. */
  settleAll(): Promise<number>;
}

/**
 * Finds out what became of operations that were cut off with their gateway, by reading and nothing else: what a cluster
 * can prove without anybody's credential is done or failed, the rest is unknown until somebody who may asks. Nothing is
 * sent again. `onReconciled` is told of each one, by the one gateway that settled it.
 */
export function createReconciliation(
  store: OperationStore,
  clusters: ClusterRegistry,
  log: Log,
  onReconciled?: (operation: ReconciledOperation) => Promise<void>,
): Reconciliation {
  async function settle(row: OperationRow): Promise<OperationRow> {
    const cutOff = cutOffChangeOf(clusters, row);
    const proof = (await cutOff?.entry.service.outcomeOf?.(cutOff.change)) ?? "unknown";
    const state = ({ done: "done", not_done: "failed", unknown: "unknown" } as const)[proof];
    const objectId = proof === "done" ? cutOff?.change.tokenId : undefined;
    // Only a revocation has an answer that says no more than that it was done.
    const status = proof === "done" && cutOff?.change.action === "revoke" ? 204 : undefined;
    const wasSettled = await store.reconcile(row.key_hash, { state, status, objectId });
    if (wasSettled && onReconciled !== undefined) {
      await onReconciled({ keyHash: row.key_hash, state, objectId }).catch((error: unknown) => {
        const stack = error instanceof Error ? error.stack : undefined;
        log.error({ event: "reconciliation not recorded", stack });
      });
    }
    // Its owner may have been slow instead of dead: what it recorded meanwhile is what holds.
    return (await store.find(row.key_hash)) ?? row;
  }

  return {
    settle,
    async settleAll() {
      let count = 0;
      // One that cannot be settled stays as it is for the next time, and in nobody's way.
      for (const row of await store.abandoned()) {
        try {
          await settle(row);
          count++;
        } catch (error) {
          const stack = error instanceof Error ? error.stack : undefined;
          log.error({ event: "operation not reconciled", stack });
        }
      }
      return count;
    },
  };
}
