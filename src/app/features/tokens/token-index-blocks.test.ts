import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BLOCK_SIZE, textPair } from "./token-index-blocks.ts";
import { fold } from "./token-index-text.ts";

const text = fc.oneof(
  fc.string({ maxLength: 6 }),
  fc.string({ unit: "binary", maxLength: 6 }),
  fc.constantFrom("", "\n", "\n\n", "ΟΔΟΣ", "Σ\nΣ", "İ", "\u0301", "ＣＩ", "서울", "½", "ß\u00a0", "\ud83d"),
);

describe("a block", () => {
  it("holds each text as it is and as fold makes it, and nothing where there is none", () => {
    const texts = fc.array(fc.option(text, { nil: undefined }), { maxLength: 20 });
    fc.assert(
      fc.property(texts, text, (given, other) => {
        const { raw, folded } = textPair(given);
        for (let offset = 0; offset < given.length + 2; offset++) {
          const one = given[offset];
          expect(raw.at(offset)).toBe(one);
          expect(folded.at(offset)).toBe(one === undefined ? undefined : fold(one));
          expect(raw.equals(offset, other)).toBe(one === other);
          if (one !== undefined) expect(raw.equals(offset, one)).toBe(true);
        }
        expect(raw.toArray()).toEqual(Array.from({ length: BLOCK_SIZE }, (_, offset) => given[offset]));
      }),
      { numRuns: 500 },
    );
  });

  it("is kept once when folding changes nothing", () => {
    const { raw, folded } = textPair(["a", undefined, "b-1"]);
    expect(folded).toBe(raw);
    expect(textPair(["a", "B"]).folded.at(1)).toBe("b");
  });

  it("keeps texts beyond Latin-1 apart from those within", () => {
    const { segments } = textPair(["a", "東京", "é"]).raw;
    expect(segments.map(({ text: joined }) => joined)).toEqual(["a\né\n", "東京\n"]);
  });

  it("has room for a text that is longer than all others together", () => {
    const { raw } = textPair(["a", "x".repeat(70_000), "b"]);
    expect([raw.at(0), raw.at(1)?.length, raw.at(2)]).toEqual(["a", 70_000, "b"]);
  });
});
