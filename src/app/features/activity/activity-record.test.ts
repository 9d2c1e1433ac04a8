import fc from "fast-check";
import { expect, test } from "vitest";
import type { ActivityEntry, ActivityOutcome } from "#contract/activity.ts";
import type { ActivityPart, ActivityQuestion } from "#app/api/activity-api.ts";
import {
  isReadToEnd,
  mergeDeeds,
  MOST_ENTRIES,
  newsCount,
  readRecord,
  type ActivityRecord,
} from "./activity-record.ts";
import { deed } from "./deeds-for-tests.ts";
import { nextHeld, adoptRecord } from "./use-held-record.ts";

/** A gateway's record as the contract has it: rows are numbered, an intent makes a deed, an outcome ends one. */
class Server {
  readonly deeds: { entry: ActivityEntry; rows: number[] }[] = [];
  rows = 0;

  begin(): void {
    const seq = ++this.rows;
    this.deeds.push({ entry: deed(seq, { outcome: "started" }), rows: [seq] });
  }

  /** Ends the one that began so many before the last, unless it ended. */
  end(ago: number, outcome: ActivityOutcome): void {
    const found = this.deeds.at(-1 - ago);
    if (found === undefined || found.rows.length > 1) return;
    const seq = ++this.rows;
    found.rows.push(seq);
    found.entry = { ...found.entry, outcome, endedAt: deed(seq).at };
  }

  get entries(): ActivityEntry[] {
    return this.deeds.map(({ entry }) => entry).toReversed();
  }

  answer(question: ActivityQuestion, pageSize: number): ActivityPart {
    const head = this.rows === 0 ? undefined : { seq: this.rows, hash: "" };
    const common = { unreadable: [], head, receivedAt: 0, clockOffset: 0 };
    if ("since" in question) {
      const entries = this.deeds
        .filter(({ rows }) => rows.some((row) => row > question.since))
        .map(({ entry }) => entry)
        .toReversed();
      return { ...common, entries, older: undefined };
    }
    const { before = Infinity } = question;
    const left = this.entries.filter(({ seq }) => seq < before);
    const entries = left.slice(0, Math.min(question.limit, pageSize));
    return { ...common, entries, older: left.length > entries.length ? entries.at(-1)?.seq : undefined };
  }
}

const step = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ do: "begin" as const }) },
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant("end" as const),
      ago: fc.nat(6),
      outcome: fc.constantFrom("done" as const, "not_done" as const, "unknown" as const),
    }),
  },
);
const steps = fc.array(step, { maxLength: 8 });

function happen(server: Server, what: (typeof step extends fc.Arbitrary<infer T> ? T : never)[]): void {
  for (const one of what) {
    if (one.do === "begin") server.begin();
    else server.end(one.ago, one.outcome);
  }
}

test("whatever happens between any two answers, and whichever fail, one more reading has the whole record", async () => {
  await fc.assert(
    fc.asyncProperty(
      steps,
      fc.integer({ min: 1, max: 5 }),
      fc.array(fc.record({ between: steps, fails: fc.boolean() }), { maxLength: 20 }),
      async (first, pageSize, turns) => {
        const server = new Server();
        happen(server, first);
        const left = [...turns];
        let shown: ActivityRecord | undefined;
        const onPart = (part: ActivityRecord) => {
          // No part passes for the whole.
          expect(isReadToEnd(part)).toBe(false);
          shown = part;
        };
        const ask = async (question: ActivityQuestion) => {
          const turn = left.shift();
          if (turn?.fails === true) throw new Error("lost");
          const answer = server.answer(question, pageSize);
          happen(server, turn?.between ?? []);
          return answer;
        };
        while (left.length > 0)
          await readRecord({ held: shown, ask, onPart }).then(
            (whole) => {
              shown = whole;
            },
            () => undefined,
          );
        // Nothing happens meanwhile: what is held and what is asked for now are all there is.
        shown = await readRecord({ held: shown, ask, onPart });
        shown = await readRecord({ held: shown, ask, onPart });
        expect(shown.entries).toEqual(server.entries);
        expect(shown.older).toBeUndefined();
      },
    ),
    { numRuns: 300 },
  );
});

test("what did not change stays the same object, and nothing new leaves the list itself", async () => {
  const server = new Server();
  for (let each = 0; each < 5; each++) server.begin();
  const ask = async (question: ActivityQuestion) => {
    const answer = server.answer(question, 2);
    // Every answer is parsed anew.
    return { ...answer, entries: answer.entries.map((entry) => ({ ...entry })) };
  };
  const onPart = () => {};
  const first = await readRecord({ held: undefined, ask, onPart });
  const again = await readRecord({ held: first, ask, onPart });
  expect(again.entries).toBe(first.entries);
  server.end(2, "done");
  server.begin();
  const changed = await readRecord({ held: again, ask, onPart });
  expect(changed.entries.map(({ seq }) => seq)).toEqual([7, 5, 4, 3, 2, 1]);
  expect(changed.entries[1]).toBe(first.entries[0]);
  expect(changed.entries[3]).toMatchObject({ seq: 3, outcome: "done" });
  expect(newsCount(first, changed)).toBe(2);
});

test("an outcome that is known does not become none again, and a later one replaces it", () => {
  const ended = deed(1, { outcome: "unknown", endedAt: "2030-01-01T00:00:05Z" });
  const known = [ended];
  expect(mergeDeeds([deed(1, { outcome: "started" })], known)).toBe(known);
  const settled = deed(1, { outcome: "done", endedAt: "2030-01-01T00:00:09Z" });
  expect(mergeDeeds([settled], known)).toEqual([settled]);
});

test("a record that became shorter is another one, and is read from its newest deed on", async () => {
  const server = new Server();
  for (let each = 0; each < 4; each++) server.begin();
  const ask = async (question: ActivityQuestion) => server.answer(question, 2);
  const onPart = () => {};
  const before = await readRecord({ held: undefined, ask, onPart });
  const restored = new Server();
  restored.begin();
  const after = await readRecord({
    held: before,
    ask: async (question) => restored.answer(question, 2),
    onPart,
  });
  expect(after.entries).toEqual(restored.entries);
});

test("a record that is longer than a page holds is read to that length, and says that there is more", async () => {
  const ask = async (question: ActivityQuestion): Promise<ActivityPart> => {
    const from = ("before" in question ? question.before : undefined) ?? 10_000_000;
    const entries = Array.from({ length: 50_000 }, (_, at) => deed(from - 1 - at));
    const head = { seq: 10_000_000, hash: "" };
    return { entries, older: from - 50_000, head, unreadable: [], receivedAt: 0, clockOffset: 0 };
  };
  const record = await readRecord({ held: undefined, ask, onPart: () => {} });
  expect(record.entries).toHaveLength(MOST_ENTRIES);
  expect(isReadToEnd(record)).toBe(true);
  expect(record.older).toBeDefined();
});

test("deeds that cannot be read are counted once, and not any more when they can be", async () => {
  const part = (more: Partial<ActivityPart>): ActivityPart => ({
    entries: [],
    unreadable: [],
    older: undefined,
    head: { seq: 3, hash: "" },
    receivedAt: 0,
    clockOffset: 0,
    ...more,
  });
  const unreadable = [{ id: "deed-2", reason: "action: Invalid" }];
  const onPart = () => {};
  const first = await readRecord({
    held: undefined,
    ask: async () => part({ entries: [deed(3)], unreadable }),
    onPart,
  });
  expect(first.unreadable).toEqual(unreadable);
  const again = await readRecord({ held: first, ask: async () => part({ unreadable }), onPart });
  expect(again.unreadable).toEqual(unreadable);
  const mended = await readRecord({ held: again, ask: async () => part({ entries: [deed(2)] }), onPart });
  expect(mended.unreadable).toEqual([]);
  expect(mended.entries.map(({ seq }) => seq)).toEqual([3, 2]);
});

test("rows stay as they are while somebody is on them, except for older ones that follow at the end", () => {
  const record = (entries: ActivityEntry[], older?: number): ActivityRecord => ({
    entries,
    older,
    head: 9,
    unreadable: [],
    receivedAt: 0,
    clockOffset: 0,
  });
  const two = deed(2);
  const three = deed(3);
  const started = deed(4, { outcome: "started" });
  const shown = adoptRecord(record([started, three], 3));
  const longer = record([started, three, two]);
  const read = nextHeld(shown, longer, true);
  expect(read).toEqual({ shown: longer, latest: longer, waiting: 0 });
  const news = record([deed(5), deed(4), three, two]);
  const waits = nextHeld(read, news, true);
  expect(waits).toEqual({ shown: longer, latest: news, waiting: 2 });
  expect(nextHeld(waits, news, true)).toBe(waits);
  expect(nextHeld(waits, news, false).shown).toBe(news);
  // Where nothing stands, nothing can move.
  expect(nextHeld(adoptRecord(record([])), news, true).shown).toBe(news);
});
