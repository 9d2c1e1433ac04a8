import type { ActivityEntry } from "#contract/activity.ts";

/** A deed of which nothing matters but what is said. Its id is made of its number. */
export function deed(seq: number, more: Partial<ActivityEntry> = {}): ActivityEntry {
  return {
    id: `deed-${seq}`,
    seq,
    at: new Date(Date.UTC(2030, 0, 1) + seq * 1000).toISOString(),
    action: "update",
    actor: "Operator",
    kind: "database",
    outcome: "done",
    requestId: `request-${seq}`,
    ...more,
  };
}
