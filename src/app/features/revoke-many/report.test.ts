import { describe, expect, it } from "vitest";
import type { RevokeRunItem } from "#contract/revoke-run.ts";
import { describeFailure, type Failure } from "#app/api/api-error.ts";
import type { RevokeOutcome } from "#app/api/revoke-token.ts";
import {
  countRows,
  countsText,
  endWords,
  isGone,
  reportStates,
  stateNames,
  recordedRow,
  reportCsv,
  reportRow,
  IN_USE,
  withList,
  withSpared,
  workLeft,
} from "./report.ts";

const token = { id: "id-1", description: "CI writer" };
const refused: Failure = {
  kind: "problem",
  status: 403,
  problem: { code: 403, message: "You may not.", reason: "forbidden", requestId: "request-7" },
  retryAfter: undefined,
};

describe("what a report says of a token", () => {
  it.each<[string, RevokeOutcome | undefined, object]>([
    ["nothing was sent", undefined, { state: "not_attempted", detail: "" }],
    [
      "the server said so",
      { kind: "done", how: "confirmed", revokedAt: 1000 },
      { state: "revoked", revokedAt: 1000, detail: "" },
    ],
    [
      "it was read",
      { kind: "done", how: "verified", revokedAt: undefined },
      { state: "revoked", detail: "Verified by reading it back." },
    ],
    [
      "somebody was first",
      { kind: "done", how: "already_gone", revokedAt: undefined },
      { state: "already_gone" },
    ],
    [
      "it was refused",
      { kind: "not_done", failure: refused },
      { state: "not_revoked", detail: "You may not.", requestId: "request-7" },
    ],
    [
      "the request was lost",
      { kind: "not_done", failure: { kind: "network" } },
      {
        state: "not_revoked",
        detail: "The request was lost. Reading the token back shows that it is still there.",
      },
    ],
    [
      "neither was to be had",
      { kind: "unknown", failure: { kind: "network" }, readFailure: refused },
      { state: "unknown", detail: expect.stringContaining("You may not."), requestId: "request-7" },
    ],
    [
      "offline",
      { kind: "not_done", failure: { kind: "offline" } },
      { state: "not_revoked", detail: describeFailure({ kind: "offline" }) },
    ],
    [
      "its time was up",
      { kind: "not_done", failure: { kind: "timeout", seconds: 10 } },
      {
        state: "not_revoked",
        detail: "The request was lost. Reading the token back shows that it is still there.",
      },
    ],
    [
      "its page was left",
      { kind: "not_done", failure: { kind: "cancelled" } },
      {
        state: "not_revoked",
        detail: "It was sent, and the answer is lost. Reading the token back shows that it is still there.",
      },
    ],
    [
      "the answer was cut",
      { kind: "not_done", failure: { kind: "cut", rows: 7 } },
      { state: "not_revoked", detail: describeFailure({ kind: "cut", rows: 7 }) },
    ],
    [
      "its page was left and neither was to be had",
      { kind: "unknown", failure: { kind: "cancelled" }, readFailure: { kind: "offline" } },
      {
        state: "unknown",
        detail: `It was sent, and what came of it is lost. Reading the token back failed as well: ${describeFailure({ kind: "offline" })}`,
        requestId: undefined,
      },
    ],
    [
      "refused, and read in vain",
      { kind: "unknown", failure: refused, readFailure: { kind: "offline" } },
      { detail: expect.stringMatching(/^You may not\. Reading/), requestId: "request-7" },
    ],
    [
      "answers contradict each other",
      { kind: "unknown", failure: refused, readFailure: undefined },
      { state: "unknown", detail: expect.stringContaining("still shows the token"), requestId: "request-7" },
    ],
  ])("%s", (_what, outcome, said) => {
    expect(reportRow(token, outcome)).toMatchObject({ ...token, ...said });
  });
});

const item = (state: RevokeRunItem["state"], more: Partial<RevokeRunItem> = {}): RevokeRunItem => ({
  tokenId: state,
  description: "",
  state,
  ...more,
});

describe("an earlier run", () => {
  it("sends only what was never sent, and reads what is not known", () => {
    const items = [
      item("revoked"),
      item("not_attempted"),
      item("in_progress"),
      item("unknown"),
      item("refused", { status: 403 }),
      item("refused", { tokenId: "not there", status: 404 }),
    ];
    expect(workLeft(items.map(recordedRow))).toEqual([
      { id: "not_attempted", how: "send" },
      { id: "in_progress", how: "look" },
      { id: "unknown", how: "look" },
      { id: "not there", how: "look" },
    ]);
  });

  it("counts what was refused as not there once: it is not known", () => {
    const rows = [item("refused", { status: 403 }), item("refused", { tokenId: "b", status: 404 })].map(
      recordedRow,
    );
    expect(countRows(rows)).toMatchObject({ not_revoked: 1, unknown: 1 });
    expect(rows[1]?.detail).toBe("The gateway refused it with status 404.");
  });

  it("leaves out what the list shows as revoked by now", () => {
    const items = [
      item("revoked"),
      item("not_attempted"),
      item("unknown"),
      item("refused", { status: 403 }),
      item("not_attempted", { tokenId: "active" }),
    ];
    const rows = withList(items.map(recordedRow), (id) => (id === "active" ? undefined : 7000));
    expect(rows.map(({ state, revokedAt }) => [state, revokedAt])).toEqual([
      ["revoked", undefined],
      ["already_gone", 7000],
      ["revoked", 7000],
      ["not_revoked", undefined],
      ["not_attempted", undefined],
    ]);
    expect(rows[1]?.detail).toBe("");
    expect(rows[2]?.detail).toBe("The list shows it as revoked.");
    expect(workLeft(rows)).toEqual([{ id: "active", how: "send" }]);
  });

  it("is reported from its record alone", () => {
    expect(recordedRow(item("revoked"))).toMatchObject({ state: "revoked", detail: "" });
    expect(recordedRow(item("refused", { status: 409, reason: "protected" }))).toMatchObject({
      state: "not_revoked",
      detail: "The gateway refused it with status 409: protected.",
    });
    expect(recordedRow(item("refused", { reason: "given up" })).detail).toBe(
      "The gateway refused it: given up.",
    );
    expect(recordedRow(item("in_progress"))).toMatchObject({
      state: "unknown",
      detail: "It was sent, and what came of it was not recorded.",
    });
    expect(recordedRow(item("not_attempted")).state).toBe("not_attempted");
  });
});

it("knows what is left to do", () => {
  expect(reportStates.filter(isGone)).toEqual(["revoked", "already_gone"]);
  expect(reportStates.map((state) => stateNames[state])).toEqual([
    "Unknown",
    "Not revoked",
    "Not attempted",
    "Revoked",
    "Already gone",
  ]);
});

it("says why it ended early, and nothing where it did not", () => {
  expect(endWords.finished).toBeUndefined();
  expect(endWords.stopped).toBe("You stopped the run.");
  expect(endWords.credential_refused).toContain("does not take the gateway's credential");
  expect(endWords.actor_changed).toContain("Somebody else signed in");
});

it("counts in words, what was done first", () => {
  const rows = [
    reportRow(token, undefined),
    reportRow(token, { kind: "done", how: "confirmed", revokedAt: 0 }),
    reportRow(token, { kind: "done", how: "verified", revokedAt: 0 }),
  ];
  expect(countsText(countRows(rows))).toBe("2 revoked, 1 not attempted");
  expect(countsText(countRows([]))).toBe("Nothing to do");
});

it("20. becomes a file that no spreadsheet runs", () => {
  const row = reportRow(
    { id: "id-1", description: '=cmd|"calc"' },
    { kind: "done", how: "confirmed", revokedAt: Date.parse("2026-01-02T03:04:05Z") },
  );
  expect(reportCsv([row])).toBe(
    "token_id,description,outcome,detail,revoked_at,request_id\r\n" +
      'id-1,"\'=cmd|""calc""",Revoked,,2026-01-02T03:04:05.000Z,\r\n',
  );
  const lines = reportCsv([reportRow(token, { kind: "not_done", failure: refused })]).split("\r\n");
  expect(lines[1]).toBe("id-1,CI writer,Not revoked,You may not.,,request-7");
});

it("names owner and organization where tokens have such, by id where there is no name", () => {
  const rows = [
    reportRow({ ...token, owner: "ada", ownerId: "01", organization: "", organizationId: "02" }, undefined),
    recordedRow(item("revoked")),
  ];
  const [head, first, second] = reportCsv(rows).split("\r\n");
  expect(head).toMatch(/^token_id,description,owner,org,outcome,/);
  expect(first).toMatch(/^id-1,CI writer,ada,02,Not attempted,/);
  expect(second).toMatch(/^revoked,,,,Revoked,/);
});

it("leaves the token alone that the session acts with, and says why", () => {
  const rows = ["a", "mine"].map((id) => reportRow({ id, description: id }, undefined));
  const spared = withSpared(rows, "mine");
  expect(workLeft(spared, "mine")).toEqual([{ id: "a", how: "send" }]);
  expect(spared.map(({ state, detail }) => [state, detail])).toEqual([
    ["not_attempted", ""],
    ["not_attempted", IN_USE],
  ]);
  const sent = reportRow(
    { id: "mine", description: "" },
    {
      kind: "unknown",
      failure: { kind: "network" },
      readFailure: { kind: "network" },
    },
  );
  // What was sent already is read, whatever it is.
  expect(workLeft(withSpared([sent], "mine"), "mine")).toEqual([{ id: "mine", how: "look" }]);
});
