import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { managementTokenSchema } from "#contract/management-token.ts";
import { listPart, listPartsText } from "#contract/list-parts.ts";
import { TOKEN_COLUMNS, tokensOf } from "#contract/token-columns.ts";
import { tokenSchema, type Token } from "#contract/token-schema.ts";
import { ApiError } from "./api-error.ts";
import {
  arePlainColumns,
  databaseTokenRows,
  isPlainManagementToken,
  isPlainToken,
  readList,
} from "./token-list.ts";

const good = {
  id: "00000000-0000-4000-8000-000000000001",
  description: "CI writer",
  permissions: [{ action: "read", resource: "*" }],
  createdAt: "2026-01-01T00:00:00Z",
};

const json = { "Content-Type": "application/json; charset=utf-8" };

beforeEach(() => vi.stubGlobal("navigator", { onLine: true }));
afterEach(() => vi.unstubAllGlobals());

function answerWith(...answers: (() => Response)[]) {
  const fetch = vi.fn<typeof globalThis.fetch>(async () => {
    const answer = answers.shift();
    if (answer === undefined) throw new Error("asked once too often");
    return answer();
  });
  vi.stubGlobal("fetch", fetch);
  return fetch;
}

/** A body that arrives in these pieces, and then ends, or breaks. */
function streamOf(pieces: readonly (string | Uint8Array)[], breaks = false): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  const waiting = [...pieces];
  return new ReadableStream({
    pull(controller) {
      const piece = waiting.shift();
      if (piece !== undefined) controller.enqueue(typeof piece === "string" ? encoder.encode(piece) : piece);
      else if (breaks) controller.error(new TypeError("network error"));
      else controller.close();
    },
  });
}

function bodyOf(
  pieces: readonly (string | Uint8Array)[],
  headers: Record<string, string> = {},
  breaks = false,
) {
  return () => new Response(streamOf(pieces, breaks), { headers: { ...json, ...headers } });
}

async function read(held?: string) {
  const parts: string[][] = [];
  const columns: string[][] = [];
  const answer = await readList(databaseTokenRows, {
    path: "/api/v0/tokens",
    held,
    pace: "first",
    onRows: (rows: readonly Token[]) => void parts.push(rows.map(({ id }) => id)),
    onColumns: ({ id }) => void columns.push(id),
  });
  return { answer, parts, columns };
}

async function failureOf(promise: Promise<unknown>) {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof ApiError)) throw new Error(`expected an ApiError, got ${String(error)}`);
  return error.failure;
}

const row = (id: string) => JSON.stringify({ ...good, id });

describe("readList", () => {
  it("gives rows while more are coming, and says what the list is called", async () => {
    answerWith(
      bodyOf(
        [`[${row("a")},\n${row("b")},\n${row("c").slice(0, 40)}`, `${row("c").slice(40)},\n${row("d")}`, "]"],
        { ETag: 'W/"7"' },
      ),
    );
    const { answer, parts } = await read();
    expect(parts[0]).toEqual(["a", "b"]);
    expect(parts.flat()).toEqual(["a", "b", "c", "d"]);
    expect(answer).toMatchObject({ kind: "whole", unreadable: [], validator: 'W/"7"' });
  });

  it("gives many rows that come at once some at a time, and lets others have the main thread between", async () => {
    const ids = Array.from({ length: 1200 }, (_, place) => `id ${String(place)}`);
    answerWith(bodyOf([`[${ids.map(row).join(",")}]`]));
    const happened: (number | "pause")[] = [];
    vi.stubGlobal("scheduler", { postTask: async () => void happened.push("pause") });
    const got: string[] = [];
    await readList(databaseTokenRows, {
      path: "/api/v0/tokens",
      pace: "refresh",
      onRows: (rows: readonly Token[]) => {
        happened.push(rows.length);
        got.push(...rows.map(({ id }) => id));
      },
      onColumns: () => undefined,
    });
    expect(got).toEqual(ids);
    expect(happened).toEqual([500, "pause", 500, "pause", 200]);
  });

  it("puts characters together that arrive in halves", async () => {
    const bytes = new TextEncoder().encode(`[${JSON.stringify({ ...good, id: "東🙂" })}]`);
    answerWith(bodyOf(Array.from(bytes, (byte) => Uint8Array.of(byte))));
    expect((await read()).parts).toEqual([["東🙂"]]);
  });

  it("keeps and names a row that does not parse", async () => {
    const odd = JSON.stringify({ ...good, id: "b", createdAt: "yesterday" });
    const half = `{"id":"c","description":"\\ud800","permissions":[],"createdAt":"2026-01-01T00:00:00Z"}`;
    answerWith(bodyOf([`[${row("a")},${odd},7,${half},${row("e")}]`]));
    const { answer, parts } = await read();
    expect(parts.flat()).toEqual(["a", "e"]);
    expect(answer).toMatchObject({
      unreadable: [
        { position: 1, id: "b", reason: expect.stringContaining("createdAt") },
        { position: 2, id: undefined, reason: expect.any(String) },
        { position: 3, id: "c", reason: expect.stringContaining("surrogate") },
      ],
    });
  });

  it("takes a list that ends early as broken off, however it ends", async () => {
    answerWith(
      bodyOf([`[${row("a")},\n${row("b")}`]),
      bodyOf([`[${row("a")},\n${row("b")},\n{"id":`], {}, true),
      bodyOf(["["]),
    );
    expect(await failureOf(read())).toEqual({ kind: "cut", rows: 1 });
    expect(await failureOf(read())).toEqual({ kind: "cut", rows: 2 });
    expect(await failureOf(read())).toEqual({ kind: "cut", rows: 0 });
  });

  it.each(["", "{}", "<!doctype html>", `[${row("a")},nonsense,${row("b")}]`, `[${row("a")}]{}`])(
    "takes %j as an error",
    async (body) => {
      answerWith(bodyOf([body]));
      expect(["unreadable", "cut"]).toContain((await failureOf(read())).kind);
    },
  );

  it("takes bytes that are no UTF-8 as an error rather than showing other words", async () => {
    answerWith(bodyOf(["[", Uint8Array.of(0x22, 0xff, 0x22), "]"]));
    expect((await failureOf(read())).kind).toBe("unreadable");
  });

  it("reads no more than 64 MB, and lets the line go", async () => {
    const megabyte = new Uint8Array(1_000_000).fill(0x20);
    let sent = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        sent++;
        controller.enqueue(megabyte);
      },
      cancel: () => void (cancelled = true),
    });
    answerWith(() => new Response(endless, { headers: json }));
    expect(await failureOf(read())).toEqual({ kind: "too_large", limitMegabytes: 64 });
    expect(sent).toBeLessThan(70);
    expect(cancelled).toBe(true);
  });

  it("says what it holds, and hears that nothing changed", async () => {
    const fetch = answerWith(() => new Response(null, { status: 304 }));
    const { answer } = await read('W/"7"');
    expect(answer.kind).toBe("unchanged");
    const headers = new Headers(fetch.mock.calls[0]?.[1]?.headers);
    expect(headers.get("If-None-Match")).toBe('W/"7"');
    expect(headers.get("A-IM")).toBe("tokenward-changes");
    expect(headers.get("Accept")).toBe("application/vnd.tokenward.token-columns+json, application/json");
  });

  describe("by columns", () => {
    const columnsOf = (...ids: string[]) => listPart(ids.map((id) => ({ ...good, id })));
    const answered = (...parts: unknown[]) =>
      bodyOf([`[${parts.map((part) => `\n${JSON.stringify(part)}`).join(",")}]`], {
        "Content-Type": TOKEN_COLUMNS,
      });

    it("gives them part by part, while more are coming", async () => {
      const text = `[${listPartsText(Array.from({ length: 250 }, (_, n) => ({ ...good, id: `${n}` })))}]`;
      const half = text.length / 2;
      answerWith(
        bodyOf([text.slice(0, half), text.slice(half)], { "Content-Type": TOKEN_COLUMNS, ETag: 'W/"7"' }),
      );
      const { answer, parts, columns } = await read();
      expect([parts, columns.map((ids) => ids.length)]).toEqual([[], [100, 100, 50]]);
      expect(columns.flat()).toEqual(Array.from({ length: 250 }, (_, n) => `${n}`));
      expect(answer).toMatchObject({ kind: "whole", unreadable: [], validator: 'W/"7"' });
    });

    it("keeps and names a row that does not parse, at its place among all", async () => {
      const rows = [{ ...good, id: "c", owner: "ann" }, { ...good, id: "d", createdAt: "yesterday" }, null];
      answerWith(answered(columnsOf("a", "b"), { rows }, columnsOf("e")));
      const { answer, parts, columns } = await read();
      expect([parts, columns]).toEqual([[["c"]], [["a", "b"], ["e"]]]);
      expect(answer).toMatchObject({
        unreadable: [
          { position: 3, id: "d", reason: expect.stringContaining("createdAt") },
          { position: 4, id: undefined, reason: expect.any(String) },
        ],
      });
    });

    it.each([
      ["columns of different lengths", { ...columnsOf("a", "b"), description: ["one"] }],
      ["no columns", { ...good }],
      ["nothing", null],
      ["rows that are none", { rows: 7 }],
    ])("takes a part that has %s as an error: how many rows it stands for is not known", async (_, part) => {
      answerWith(answered(columnsOf("c"), part));
      expect((await failureOf(read())).kind).toBe("unreadable");
    });

    it("counts the rows that had come before it broke off", async () => {
      const text = `[${listPartsText(Array.from({ length: 250 }, (_, n) => ({ ...good, id: `${n}` })))}`;
      answerWith(bodyOf([text.slice(0, -300)], { "Content-Type": TOKEN_COLUMNS }));
      expect(await failureOf(read())).toEqual({ kind: "cut", rows: 200 });
    });
  });

  const difference =
    (body: unknown, { im = "tokenward-changes", base = 'W/"7"' } = {}) =>
    () =>
      new Response(JSON.stringify(body), {
        status: 226,
        headers: { ...json, IM: im, "Delta-Base": base, ETag: 'W/"8"' },
      });

  it("hears what changed", async () => {
    answerWith(difference({ kind: "whole", unreadable: [], changed: [good], removed: ["x"] }));
    const { answer } = await read('W/"7"');
    expect(answer).not.toHaveProperty("unreadable");
    expect(answer).toMatchObject({
      kind: "changes",
      changed: [good],
      removed: ["x"],
      validator: 'W/"8"',
    });
  });

  it.each([
    [
      "a row that does not parse",
      difference({ changed: [{ ...good, createdAt: "yesterday" }], removed: [] }),
    ],
    ["an id that is no text", difference({ changed: [good], removed: [7] })],
    ["another form", difference([good])],
    ["another base", difference({ changed: [], removed: [] }, { base: 'W/"6"' })],
    ["another word for it", difference({ changed: [], removed: [] }, { im: "vcdiff" })],
  ])("asks for the whole list when a difference has %s", async (_, odd) => {
    const fetch = answerWith(odd, bodyOf([`[${row("a")}]`]));
    expect((await read('W/"7"')).answer.kind).toBe("whole");
    expect(new Headers(fetch.mock.calls[1]?.[1]?.headers).has("If-None-Match")).toBe(false);
  });

  it("knows how far our clock is off, and forgives the header its rounding", async () => {
    const aDayAhead = new Date(Date.now() + 86_400_000).toUTCString();
    answerWith(bodyOf(["[]"], { Date: aDayAhead }), bodyOf(["[]"], { Date: new Date().toUTCString() }));
    expect(Math.abs((await read()).answer.clockOffset - 86_400_000)).toBeLessThan(2000);
    expect((await read()).answer.clockOffset).toBe(0);
  });

  it("takes the answer that was asked for before it ran, once", async () => {
    const early = {
      path: "/api/v0/tokens",
      answer: Promise.resolve(bodyOf([`[${row("early")}]`])()),
      abort: new AbortController(),
    };
    vi.stubGlobal("window", { tokenwardEarlyList: early });
    const fetch = answerWith(bodyOf([`[${row("late")}]`]));
    expect((await read()).parts.flat()).toEqual(["early"]);
    expect(fetch).not.toHaveBeenCalled();
    expect((await read()).parts.flat()).toEqual(["late"]);
  });

  it("takes the time of an early answer from when it came, not from when it is read", async () => {
    const answeredAt = Date.now() - 60_000;
    const early = {
      path: "/api/v0/tokens",
      answer: Promise.resolve(bodyOf(["[]"], { Date: new Date(answeredAt).toUTCString() })()),
      answeredAt,
      abort: new AbortController(),
    };
    vi.stubGlobal("window", { tokenwardEarlyList: early });
    expect((await read()).answer).toMatchObject({ receivedAt: answeredAt, clockOffset: 0 });
  });

  it("gives up an early answer to another question", async () => {
    const abort = new AbortController();
    vi.stubGlobal("window", { tokenwardEarlyList: { path: "/other", answer: new Promise(() => {}), abort } });
    answerWith(bodyOf([`[${row("own")}]`]));
    expect((await read()).parts.flat()).toEqual(["own"]);
    expect(abort.signal.aborted).toBe(true);
  });
});

describe("the quick guards", () => {
  const odd = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.constantFrom<unknown>(
      undefined,
      null,
      3,
      "",
      "a\u0000b",
      "\ud800",
      [],
      {},
      "2026-01-01T00:00:00Z",
      "*",
    ),
  );
  const permission = fc.oneof(
    odd,
    fc.record({ action: odd, resource: odd }, { requiredKeys: [] }),
    fc.record({ action: fc.constant("write"), resource: fc.string({ maxLength: 70 }), extra: odd }),
    fc.record(
      { action: fc.constant("read"), resource: fc.constant("a"), resourceType: odd, resourceId: odd },
      { requiredKeys: ["action", "resource"] },
    ),
  );
  // Rare, so that most rows have none that is wrong.
  const rarely = fc.oneof({ weight: 9, arbitrary: fc.constant(undefined) }, odd);
  const odds = {
    name: rarely,
    suspendedAt: rarely,
    suspendedBy: rarely,
    isDeactivated: rarely,
    owner: rarely,
    ownerId: rarely,
    organization: rarely,
    organizationId: rarely,
  };
  const anyRow = (extra: Record<string, fc.Arbitrary<unknown>>) =>
    fc.record(
      {
        id: fc.oneof(fc.uuid(), odd),
        description: fc.oneof(fc.string(), odd),
        createdAt: fc.oneof(
          fc.constant("2026-02-28T01:02:03.004Z"),
          fc.constant("2026-02-30T01:02:03Z"),
          odd,
        ),
        expiresAt: fc.oneof(fc.constant("2026-01-01T00:00:00+02:00"), odd),
        revokedAt: fc.oneof(fc.constant("2026-01-01T00:00:00Z"), odd),
        ...extra,
      },
      { requiredKeys: [] },
    );

  it("accept nothing that the schemas refuse", () => {
    fc.assert(
      fc.property(
        anyRow({ ...odds, permissions: fc.oneof(fc.array(permission, { maxLength: 3 }), odd) }),
        (value) => {
          if (isPlainToken(value, true)) expect(tokenSchema.safeParse(value).success).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
    fc.assert(
      fc.property(anyRow({ accountId: odd, tokenPrefix: odd, createdBy: odd }), (value) => {
        if (isPlainManagementToken(value, true))
          expect(managementTokenSchema.safeParse(value).success).toBe(true);
      }),
      { numRuns: 2000 },
    );
  });

  it("accept no columns out of which tokens come that the schemas refuse, nor such as do not fit together", () => {
    const number = fc.oneof(fc.integer({ min: -1, max: 40 }), fc.integer(), odd, fc.double());
    const instant = fc.oneof(
      fc.constantFrom(0, -62_167_219_200_000, 253_402_300_799_999, 253_402_300_800_000),
      number,
    );
    const change = fc.oneof(
      fc.tuple(fc.constantFrom("id", "description", "permissions"), odd),
      fc.tuple(fc.constantFrom("createdAt", "expiresAt", "revokedAt"), instant),
      fc.tuple(fc.constantFrom("written", "permissionCounts", "permissionPlaces"), number),
    );
    const columns = listPart([
      { ...good, id: "a", expiresAt: "2027-01-01T00:00:00.000Z" },
      { ...good, id: "b", permissions: [], revokedAt: "2026-01-02T00:00:00Z" },
      { ...good, id: "c", permissions: [{ action: "write", resource: "a" }, ...good.permissions] },
    ]);
    expect(arePlainColumns(columns, true)).toBe(true);
    const seen = { taken: 0, refused: 0 };
    fc.assert(
      fc.property(
        fc.array(fc.tuple(change, fc.nat(3), fc.boolean()), { minLength: 1, maxLength: 2 }),
        (changes) => {
          const part: Record<string, unknown[]> = JSON.parse(JSON.stringify(columns));
          for (const [[name, value], place, isInstead] of changes)
            part[name]!.splice(place, isInstead ? 1 : 0, value);
          if (!arePlainColumns(part, true)) {
            seen.refused++;
            return;
          }
          seen.taken++;
          const tokens = tokensOf(part);
          for (const token of tokens) expect(tokenSchema.safeParse(token).success).toBe(true);
          const perToken = [
            "id",
            "description",
            "createdAt",
            "expiresAt",
            "revokedAt",
            "written",
            "permissionCounts",
          ];
          expect(perToken.map((name) => part[name]?.length)).toEqual(perToken.map(() => tokens.length));
          expect(tokens.flatMap(({ permissions }) => permissions)).toHaveLength(
            part["permissionPlaces"].length,
          );
        },
      ),
      { numRuns: 3000 },
    );
    expect(Math.min(seen.taken, seen.refused)).toBeGreaterThan(100);
    for (const name of Object.keys(columns)) {
      const without = { ...columns, [name]: undefined };
      expect(arePlainColumns(without, true), name).toBe(false);
    }
    const marked = (written: number) => ({ ...columns, written: [written, 0, 0] });
    expect(arePlainColumns(marked(31), true)).toBe(true);
    // What further bits would mean nobody has said.
    expect(arePlainColumns(marked(32), true)).toBe(false);
  });

  it("accept what lists are made of", () => {
    expect(isPlainToken(good, true)).toBe(true);
    const ofV2 = { action: "read", resource: "a", resourceType: "buckets", resourceId: "0123456789abcdef" };
    const owned = {
      owner: "ann",
      ownerId: "b",
      organization: "main",
      organizationId: "c",
      isDeactivated: true,
    };
    expect(isPlainToken({ ...good, ...owned, permissions: [ofV2] }, true)).toBe(true);
    expect(
      isPlainManagementToken(
        { ...good, accountId: "a", tokenPrefix: "twm1_ab", createdBy: "ann@example.com" },
        true,
      ),
    ).toBe(true);
  });
});
