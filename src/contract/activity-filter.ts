import type { ActivityAction, ActivityEntry, ActivityOutcome } from "./activity.ts";

/** Which deeds are meant: each part that is there narrows it. The page shows them, the export writes them. */
export interface ActivityFilter {
  /** Words that must all occur somewhere in what the table shows of a deed, in either case. */
  query?: string;
  actions?: readonly ActivityAction[];
  outcomes?: readonly ActivityOutcome[];
  kind?: ActivityEntry["kind"];
  /** As recorded, whole. */
  actor?: string;
  tokenId?: string;
  /** Instants: the first that counts, and the first that no longer does. */
  from?: string;
  until?: string;
}
