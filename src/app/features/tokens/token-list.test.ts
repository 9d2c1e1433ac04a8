import { describe, expect, it, vi } from "vitest";
import { ApiError } from "#app/api/api-error.ts";
import type { ListAnswer } from "#app/api/token-list.ts";
import { listPart } from "#contract/list-parts.ts";
import type { TokenColumns } from "#contract/token-columns.ts";
import { createTokenIndex, type ListedToken } from "./token-index.ts";
import { readTokenList, withToken, type ListReading, type TokenList } from "./token-list.ts";
import { token } from "./tokens-for-tests.ts";

const times = { receivedAt: 5, clockOffset: 7 };

const heldList = (tokens: ListedToken[], more: Partial<TokenList> = {}): TokenList => ({
  index: createTokenIndex(tokens),
  complete: true,
  unreadable: [],
  validator: 'W/"1"',
  receivedAt: 1,
  clockOffset: 0,
  ...more,
});

type Ask = ListReading<ListedToken>["ask"];

/** A server that sends these rows, some at a time, and then answers. */
function sends(slices: ListedToken[][], answer: ListAnswer<ListedToken>) {
  return vi.fn<Ask>(async ({ onRows }) => {
    for (const rows of slices) await onRows(rows);
    return answer;
  });
}

function columnsOf(tokens: ListedToken[]): TokenColumns {
  const part = listPart(tokens);
  if ("rows" in part) throw new Error("these fit into columns");
  return part;
}

/** The same of a server that sends them by columns. */
function sendsColumns(slices: ListedToken[][], answer: ListAnswer<ListedToken>) {
  return vi.fn<Ask>(async ({ onColumns }) => {
    for (const tokens of slices) await onColumns(columnsOf(tokens));
    return answer;
  });
}

const whole: ListAnswer<ListedToken> = { kind: "whole", unreadable: [], validator: 'W/"2"', ...times };

function read(ask: Ask, held?: TokenList, onPart: (part: TokenList) => void = () => {}) {
  return readTokenList({ ask, held, onPart, signal: new AbortController().signal });
}

/** More than a window. */
const many = Array.from({ length: 50 }, (_, n) => token(`m${n}`));

const idsOf = ({ index }: TokenList) => ["a", "b", "c", "d"].filter((id) => index.rowOf(id) !== undefined);

describe("readTokenList, the first time", () => {
  it("shows the first rows as a part, and ends with a whole list", async () => {
    const parts: TokenList[] = [];
    const slices = [[token("a")], many, [token("b"), token("c")]];
    const list = await read(sends(slices, whole), undefined, (part) => {
      parts.push(part);
    });
    // Not before there is a window full of them.
    expect(parts.map(({ complete, index }) => [complete, index.total])).toEqual([[false, 51]]);
    expect(list).toMatchObject({ complete: true, validator: 'W/"2"', ...times });
    expect(idsOf(list)).toEqual(["a", "b", "c"]);
    // What was shown before stays what it was.
    expect(idsOf(parts[0]!)).toEqual(["a"]);
  });

  it("shows and ends with the same of a list that comes by columns", async () => {
    const revoked = many.map((each) => ({ ...each, id: `r${each.id}`, revokedAt: "2026-01-01T00:00:00Z" }));
    const parts: [boolean, number][] = [];
    const list = await read(
      sendsColumns([[token("a")], revoked, many, [token("b"), token("c")]], whole),
      undefined,
      ({ complete, index }) => void parts.push([complete, index.total]),
    );
    expect(parts).toEqual([[false, 101]]);
    expect(list).toMatchObject({ complete: true, validator: 'W/"2"', ...times });
    expect(idsOf(list)).toEqual(["a", "b", "c"]);
    expect(list.index.total).toBe(103);
  });

  it("waits for rows that are shown, not for revoked ones, but not for ever", async () => {
    const revoked = many.map((each) => ({ ...each, id: `r${each.id}`, revokedAt: "2026-01-01T00:00:00Z" }));
    const totals: number[] = [];
    const note = (part: TokenList) => void totals.push(part.index.total);
    await read(sends([revoked, many, [token("b")]], whole), undefined, note);
    expect(totals).toEqual([100]);

    totals.length = 0;
    const slices = Array.from({ length: 21 }, (_, n) =>
      revoked.map((each) => ({ ...each, id: `${n} ${each.id}` })),
    );
    await read(sends(slices, whole), undefined, note);
    expect(totals).toEqual([1000]);
  });

  it("goes on only when a part has been shown", async () => {
    let shown = false;
    const ask: Ask = async ({ onRows }) => {
      await onRows(many);
      expect(shown).toBe(true);
      return whole;
    };
    await readTokenList({
      ask,
      held: undefined,
      onPart: () =>
        new Promise((resolve) =>
          setTimeout(() => {
            shown = true;
            resolve();
          }, 5),
        ),
      signal: new AbortController().signal,
    });
    expect(shown).toBe(true);
  });

  it("passes a failure on: what had come is no list, and all of it is shown", async () => {
    const cut = new ApiError({ kind: "cut", rows: 1 });
    const ask: Ask = async ({ onRows }) => {
      await onRows([token("a")]);
      throw cut;
    };
    const parts: TokenList[] = [];
    await expect(read(ask, undefined, (part) => void parts.push(part))).rejects.toBe(cut);
    expect(parts.map((part) => [part.complete, idsOf(part)])).toEqual([[false, ["a"]]]);
  });
});

describe("readTokenList, again", () => {
  const held = heldList([token("a"), token("b")]);

  it("keeps everything when nothing changed, and its age is new", async () => {
    const ask = sends([], { kind: "unchanged", ...times });
    const list = await read(ask, held);
    expect(list.index).toBe(held.index);
    expect(list).toMatchObject({ validator: 'W/"1"', ...times });
    expect(ask.mock.calls[0]?.[0]).toMatchObject({ held: 'W/"1"', pace: "refresh" });
  });

  it("takes a difference into the list", async () => {
    const revoked = token("b", { revokedAt: "2026-02-01T00:00:00Z" });
    const list = await read(
      sends([], {
        kind: "changes",
        changed: [revoked, token("c")],
        removed: ["a"],
        validator: 'W/"2"',
        ...times,
      }),
      held,
    );
    expect(idsOf(list)).toEqual(["b", "c"]);
    expect(list.index.tokenAt(list.index.rowOf("b")!)).toEqual(revoked);
    expect(list.validator).toBe('W/"2"');
  });

  it("finds out itself what is different in a whole list", async () => {
    const list = await read(sends([[token("b", { description: "other" })], [token("c")]], whole), held);
    expect(idsOf(list)).toEqual(["b", "c"]);
    expect(list.index.tokenAt(list.index.rowOf("b")!).description).toBe("other");
    expect(held.index.tokenAt(held.index.rowOf("b")!).description).toBe("b");
  });

  it("finds out the same of a list that comes by columns", async () => {
    const slices = [[token("b", { description: "other" })], [token("c")]];
    const list = await read(sendsColumns(slices, whole), held);
    expect(idsOf(list)).toEqual(["b", "c"]);
    expect(list.index.tokenAt(list.index.rowOf("b")!).description).toBe("other");
  });

  it("keeps the very same index when a whole list is the same", async () => {
    for (const send of [sends, sendsColumns]) {
      const list = await read(send([[token("a")], [token("b")]], whole), held);
      expect(list.index).toBe(held.index);
    }
  });

  it("asks for the whole of a list with rows that could not be read", async () => {
    const ask = sends([[token("a")]], whole);
    await read(ask, heldList([token("a")], { unreadable: [{ position: 1, id: "b", reason: "createdAt" }] }));
    expect(ask.mock.calls[0]?.[0].held).toBeUndefined();
  });
});

describe("withToken", () => {
  it("changes the one token and leaves the list that was", () => {
    const held = heldList([token("a"), token("b")]);
    const next = withToken(held, token("b", { revokedAt: "2026-02-01T00:00:00Z" }));
    expect(next.index.tokenAt(next.index.rowOf("b")!).revokedAt).toBe("2026-02-01T00:00:00Z");
    expect(held.index.tokenAt(held.index.rowOf("b")!).revokedAt).toBeUndefined();
    expect(next.validator).toBe(held.validator);
  });
});
