import { pause } from "#app/api/pause.ts";
import type { ListAnswer, ListRequest, UnreadableRow } from "#app/api/token-list.ts";
import {
  createListComparison,
  createTokenIndexBuilder,
  type ListedToken,
  type TokenChanges,
  type TokenIndex,
} from "./token-index.ts";

/** What the page knows of one list. */
export interface TokenList {
  index: TokenIndex;
  /** Whether the last row is there. Before it is, nothing can be said of what the list does not hold. */
  complete: boolean;
  unreadable: readonly UnreadableRow[];
  /** The server's name for this state of the list. */
  validator: string | undefined;
  /** Our clock when it arrived, in milliseconds. */
  receivedAt: number;
  /** Add to our clock to get the server's, in milliseconds. */
  clockOffset: number;
}

export interface ListReading<T extends ListedToken> {
  /** The complete list that is there already. */
  held: TokenList | undefined;
  ask(request: Omit<ListRequest<T>, "path">): Promise<ListAnswer<T>>;
  /** Gets what is there of a first list while the rest is coming; the rest waits until it is done with it. */
  onPart(part: TokenList): void | Promise<void>;
  signal: AbortSignal;
}

/** Milliseconds between two parts that are shown: enough to see it move. */
const PART_EVERY = 750;

/** And so many times as long as the last one took to show, so that the list itself is most of the work. */
const PART_SHARE = 10;

/** Rows that fill a window: fewer come in one piece with the rest, and would be drawn twice. Only active ones are shown. */
const PART_AT_LEAST = 50;

/** After so many rows a part is shown however few of them are active. */
const PART_AFTER = 1000;

/** Milliseconds of one task that are used at most, and by one step more. */
const SLICE = 8;

/** Does what drawing a list would wait for, in tasks of their own. */
async function preparedToShow(index: TokenIndex): Promise<TokenIndex> {
  const work = index.prepareShown();
  let end = performance.now() + SLICE;
  while (work.next().done !== true) {
    if (performance.now() < end) continue;
    await pause();
    end = performance.now() + SLICE;
  }
  return index;
}

const EMPTY: Omit<TokenList, "index"> = {
  complete: false,
  unreadable: [],
  validator: undefined,
  receivedAt: 0,
  clockOffset: 0,
};

/**
 * Reads a list. A first one is indexed while it arrives; one that is held already is compared with what arrives, or
 * changed by what the server says has changed, so that all but the changed rows stay what they are. Throws ApiError.
 */
export async function readTokenList<T extends ListedToken>(reading: ListReading<T>): Promise<TokenList> {
  return reading.held === undefined ? readFirst(reading) : readAgain(reading, reading.held);
}

async function readFirst<T extends ListedToken>({ ask, onPart, signal }: ListReading<T>): Promise<TokenList> {
  const builder = createTokenIndexBuilder();
  let nextPartAt = -Infinity;
  let isWorthShowing = false;
  const show = async () =>
    onPart({ ...EMPTY, index: await preparedToShow(builder.snapshot()), receivedAt: Date.now() });
  const added = async () => {
    if (!isWorthShowing) {
      const { total, active } = builder.snapshot().counts(Date.now());
      isWorthShowing = active >= PART_AT_LEAST || total >= PART_AFTER;
    }
    const begun = performance.now();
    if (!isWorthShowing || begun < nextPartAt) return;
    await show();
    const now = performance.now();
    nextPartAt = now + Math.max(PART_EVERY, PART_SHARE * (now - begun));
  };
  const asked = ask({
    pace: "first",
    signal,
    onRows: (rows) => {
      builder.add(rows);
      return added();
    },
    onColumns: (columns) => {
      builder.addColumns(columns);
      return added();
    },
  });
  let answer: ListAnswer<T>;
  try {
    answer = await asked;
  } catch (failure) {
    // What is said of the failure counts all rows that came, so all of them are there.
    if (builder.snapshot().total > 0) await show();
    throw failure;
  }
  if (answer.kind !== "whole") throw new Error("A list that was not held came as a difference.");
  const { unreadable, validator, receivedAt, clockOffset } = answer;
  await pause();
  const index = await preparedToShow(builder.snapshot());
  // Drawing the whole list is a task of its own, beside reading its end.
  await pause();
  return { index, complete: true, unreadable, validator, receivedAt, clockOffset };
}

async function readAgain<T extends ListedToken>(
  { ask, signal }: ListReading<T>,
  held: TokenList,
): Promise<TokenList> {
  const comparison = createListComparison(held.index);
  const answer = await ask({
    // Rows that could not be read are named by position: only the whole list says what became of them.
    held: held.unreadable.length === 0 ? held.validator : undefined,
    pace: "refresh",
    signal,
    onRows: (rows) => comparison.add(rows),
    onColumns: (columns) => comparison.addColumns(columns),
  });
  const { receivedAt, clockOffset } = answer;
  switch (answer.kind) {
    case "unchanged":
      return { ...held, receivedAt, clockOffset };
    case "changes": {
      const index = changedBy(held.index, answer);
      return { ...held, index, validator: answer.validator, receivedAt, clockOffset };
    }
    case "whole": {
      const index = changedBy(held.index, comparison.finish());
      const { unreadable, validator } = answer;
      return { index, complete: true, unreadable, validator, receivedAt, clockOffset };
    }
  }
}

function changedBy(index: TokenIndex, { changed, removed }: TokenChanges): TokenIndex {
  return changed.length === 0 && removed.length === 0 ? index : index.apply({ changed, removed });
}

/** The list with one token as it is now, which the server said. */
export function withToken(list: TokenList, token: ListedToken): TokenList {
  return { ...list, index: list.index.apply({ changed: [token], removed: [] }) };
}
