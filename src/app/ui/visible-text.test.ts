import { describe, expect, it } from "vitest";
import { visibleParts, visibleText } from "./visible-text.ts";

describe("visibleText", () => {
  it.each([
    "CI writer",
    "Élodie's Grafana (prod) – 24 %",
    "東京　センサー",
    "датчик №7",
    "مستشعر",
    "หัววัดอุณหภูมิ",
    "a  b",
    "Việt",
    "⚠ check",
  ])("leaves ordinary text alone: %s", (text) => {
    expect(visibleParts(text)).toEqual([{ text, escaped: false }]);
  });

  it.each([
    ["a right-to-left override", "admin\u202Etxt", "admin⟨U+202E⟩txt"],
    ["an isolate", "\u2066x\u2069", "⟨U+2066⟩x⟨U+2069⟩"],
    ["zero width space", "tele\u200Bgraf", "tele⟨U+200B⟩graf"],
    ["zero width joiner between letters", "tele\u200Dgraf", "tele⟨U+200D⟩graf"],
    ["soft hyphen", "a\u00ADb", "a⟨U+00AD⟩b"],
    ["line breaks", "a\r\nb\u2028c", "a⟨U+000D⟩⟨U+000A⟩b⟨U+2028⟩c"],
    ["tab", "a\tb", "a⟨U+0009⟩b"],
    ["NUL", "a\u0000b", "a⟨U+0000⟩b"],
    ["terminal escape", "\u001B[31mred", "⟨U+001B⟩[31mred"],
    ["delete and C1", "\u007F\u0085", "⟨U+007F⟩⟨U+0085⟩"],
    ["no-break space", "a\u00A0b", "a⟨U+00A0⟩b"],
    ["byte order mark", "\uFEFFa", "⟨U+FEFF⟩a"],
    ["Hangul filler", "a\u3164", "a⟨U+3164⟩"],
    ["Braille blank", "\u2800", "⟨U+2800⟩"],
    ["a selector after a letter", "a\uFE0F", "a⟨U+FE0F⟩"],
    ["tag letters without a flag", "x\u{E0061}\u{E007F}", "x⟨U+E0061⟩⟨U+E007F⟩"],
    ["private use", "\uE000", "⟨U+E000⟩"],
    ["half of a pair, first", "a\uD83D", "a⟨U+D83D⟩"],
    ["half of a pair, second", "\uDE00a", "⟨U+DE00⟩a"],
    ["spaces at the ends", " a b  ", "⟨U+0020⟩a b⟨U+0020⟩⟨U+0020⟩"],
    ["nothing but spaces", "  ", "⟨U+0020⟩⟨U+0020⟩"],
  ])("shows %s", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it.each(["👩‍💻", "🏳️‍🌈", "❤️", "☎︎", "👍🏽", "🇫🇷", "1️⃣", "🏴󠁧󠁢󠁳󠁣󠁴󠁿"])(
    "keeps the emoji %s whole, also beside what is escaped",
    (emoji) => {
      expect(visibleText(emoji)).toBe(emoji);
      expect(visibleText(`\u200B${emoji}\u200B`)).toBe(`⟨U+200B⟩${emoji}⟨U+200B⟩`);
    },
  );

  it.each([
    ["pictographs that join to no emoji", "👩\u200D🌶", "👩⟨U+200D⟩🌶"],
    ["what is joined to a whole emoji", "👩\u200D💻\u200D🌶", "👩\u200D💻⟨U+200D⟩🌶"],
    ["a skin after an emoji that has none", "🐦\u200D⬛🏻", "🐦\u200D⬛🏻"],
    ["a form without its selector", "🏳\u200D🌈", "🏳⟨U+200D⟩🌈"],
    ["a selector that changes nothing", "👩\uFE0E", "👩⟨U+FE0E⟩"],
    ["a joiner at the end", "👩\u200D", "👩⟨U+200D⟩"],
    ["more joined than any emoji joins", "👩\u200D".repeat(7), "👩⟨U+200D⟩".repeat(7)],
    ["a flag of no region", "🏴\u{E0061}\u{E007F}", "🏴⟨U+E0061⟩⟨U+E007F⟩"],
  ])("shows %s", (_, text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  it("cuts a flood of marks after the letter, and counts what it cut", () => {
    expect(visibleText(`a${"\u0301".repeat(50)}b`)).toBe(`a${"\u0301".repeat(6)}⟨44 more marks⟩b`);
    expect(visibleText(`a${"\u0301".repeat(6)}b`)).toBe(`a${"\u0301".repeat(6)}b`);
  });

  it("marks which parts are escapes, so that typed text cannot pass for one", () => {
    expect(visibleParts("⟨U+202E⟩\u202E")).toEqual([
      { text: "⟨U+202E⟩", escaped: false },
      { text: "⟨U+202E⟩", escaped: true },
    ]);
  });

  it("cuts at the limit without halving a character", () => {
    expect(visibleText("abcdef", 3)).toBe("abc…");
    expect(visibleText("abc", 3)).toBe("abc");
    expect(visibleText("ab😀d", 3)).toBe("ab…");
  });

  it("19. leaves nothing unseen of any code point, whatever stands around it", () => {
    const unseen = /[\p{C}\p{Zl}\p{Zp}\u00A0\u2000-\u200F\u2800\u3164]/u;
    const check = (first: number, last: number) => {
      for (let code = first; code <= last; code++) {
        const shown = visibleText(`a${String.fromCodePoint(code)}b`);
        if (unseen.test(shown)) expect.fail(`U+${code.toString(16)} is not shown`);
      }
    };
    // The first plane, and the tags and selectors of the fifteenth; between them letters and pictures only.
    check(0, 0xffff);
    check(0xe0000, 0xe01ff);
  }, 20_000);

  // Compared within one run, and at the best of several tries, so that a slow or busy machine changes nothing.
  it.each([" ", "\u0301", "\u200B", "\u200D", "👩\u200D"])(
    "takes time in proportion to the length of hostile text: %j",
    (piece) => {
      const best = (length: number, times: number) => {
        const text = `\u202Ea${piece.repeat(length)}b`;
        const took = Array.from({ length: 3 }, () => {
          const started = performance.now();
          for (let time = 0; time < times; time++) visibleText(text);
          return performance.now() - started;
        });
        return Math.min(...took);
      };
      best(1_000, 1);
      // As much text in one as in sixteen: the same work, or sixteen times as much where a pattern walks back over what it
      // read. Both take about as long, so that a core that others have is waited for in both.
      const ratios: number[] = [];
      while (ratios.length < 3 && !ratios.some((ratio) => ratio < 5))
        ratios.push(best(16_000, 1) / best(1_000, 16));
      expect(Math.min(...ratios), ratios.join(", ")).toBeLessThan(5);
    },
    60_000,
  );
});
