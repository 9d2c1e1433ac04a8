import type { Removal } from "#contract/cluster.ts";

export interface RemovalWords {
  /** On buttons and in titles: "Revoke Token". */
  verb: string;
  /** On the button while it runs. */
  doing: string;
  /** In the middle of a sentence: "was revoked". */
  done: string;
}

export const removalWords: Readonly<Record<Removal, RemovalWords>> = {
  revoke: { verb: "Revoke", doing: "Revoking…", done: "revoked" },
  delete: { verb: "Delete", doing: "Deleting…", done: "deleted" },
};
