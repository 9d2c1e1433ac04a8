import type { Cluster } from "#contract/cluster.ts";
import { inOtherWords, type Say } from "#app/ui/vocabulary.ts";

// Sentences are written in the words of the Management API. v2 and 3 Core have others for the same.

const deletion = {
  revoke: "delete",
  revokes: "deletes",
  revoked: "deleted",
  revoking: "deleting",
  revocation: "deletion",
  revocations: "deletions",
};
const deactivation = {
  suspend: "deactivate",
  suspended: "deactivated",
  suspending: "deactivating",
  restore: "activate",
  restored: "activated",
  restoring: "activating",
};

type Words = Pick<Cluster, "removal" | "suspension">;

/** Says a sentence about tokens of a cluster in the words of its product. */
export function wordsOf({ removal, suspension }: Words): Say {
  return inOtherWords({
    ...(removal === "delete" ? deletion : {}),
    ...(suspension === "deactivate" ? deactivation : {}),
  });
}
