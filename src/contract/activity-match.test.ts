import { expect, test } from "vitest";
import { activityMatcher, activityText } from "./activity-match.ts";
import type { ActivityFilter } from "./activity-filter.ts";
import type { ActivityEntry } from "./activity.ts";

const refused: ActivityEntry = {
  id: "d1",
  seq: 7,
  at: "2030-01-01T10:00:00.000Z",
  endedAt: "2030-01-01T10:00:01.000Z",
  action: "update",
  actor: "Zoë Operator",
  session: "5e551010",
  kind: "database",
  tokenId: "abcdef01-2222-4333-8444-555555555555",
  description: "Grafana (Café)",
  outcome: "not_done",
  problem: {
    status: 409,
    reason: "conflict",
    message: "Somebody was faster.",
    upstream: { status: 409, message: "token is LOCKED" },
  },
  requestId: "9e9e9e9e",
};
const bare: ActivityEntry = {
  id: "d2",
  seq: 9,
  at: "2030-01-01T11:00:00.000Z",
  action: "create",
  actor: "deploy",
  kind: "management",
  outcome: "started",
  requestId: "8d8d8d8d",
};

test.each<[string, ActivityFilter, boolean, boolean]>([
  ["nothing", {}, true, true],
  ["blanks", { query: "  " }, true, true],
  ["a word in another case", { query: "GRAFANA" }, true, false],
  ["accents left out", { query: "cafe zoe" }, true, false],
  [
    "words in any field and order",
    { query: "locked conflict faster 5e55 9e9e update abcdef01" },
    true,
    false,
  ],
  ["one word that is nowhere", { query: "grafana nowhere" }, false, false],
  ["an outcome as people write it", { query: "not done" }, true, false],
  ["an outcome as programs write it", { query: "not_done" }, true, false],
  ["nothing that is not shown", { query: "d1" }, false, false],
  ["actions", { actions: ["create", "revoke"] }, false, true],
  ["no action", { actions: [] }, false, false],
  ["outcomes", { outcomes: ["not_done"] }, true, false],
  ["a kind", { kind: "management" }, false, true],
  ["an actor, whole", { actor: "deploy" }, false, true],
  ["part of an actor", { actor: "Zoë" }, false, false],
  ["a token in either case", { tokenId: "ABCDEF01-2222-4333-8444-555555555555" }, true, false],
  ["from an instant, that one included", { from: "2030-01-01T11:00:00+01:00" }, true, true],
  ["from a later one", { from: "2030-01-01T10:00:00.001Z" }, false, true],
  ["until an instant, that one not included", { until: "2030-01-01T11:00:00Z" }, true, false],
  ["all parts together", { query: "grafana", actions: ["update"], kind: "management" }, false, false],
])("a filter for %s", (_, filter, isRefused, isBare) => {
  const matches = activityMatcher(filter);
  expect([matches(refused), matches(bare)]).toEqual([isRefused, isBare]);
  // The same with texts that somebody kept.
  expect([matches(refused, activityText(refused)), matches(bare, activityText(bare))]).toEqual([
    isRefused,
    isBare,
  ]);
});
