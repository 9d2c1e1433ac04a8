import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { drawUserText, UserText } from "./user-text.tsx";

it("isolates the text and escapes what cannot be seen and what could be markup", () => {
  const html = renderToStaticMarkup(<UserText text={"<img src=x>\u202Eb"} />);
  expect(html).toMatch(/^<bdi /);
  expect(html).toContain("&lt;img src=x&gt;");
  expect(html).toMatch(/<span [^>]*>⟨U\+202E⟩<\/span>b/);
  expect(html).not.toContain("\u202E");
});

it("says what stands in place of no text", () => {
  expect(renderToStaticMarkup(<UserText text="" empty="No description" />)).toContain("No description");
});

it.each([
  ["Latin", "Zähler Gebäude", false],
  ["Cyrillic", "Датчик склада", false],
  ["Japanese", "センサー 🌡️", false],
  ["Hebrew", "חיישן 4", true],
  ["Arabic at the end", "Grafana القاهرة", true],
  ["Adlam, beyond the first plane", "\u{1E900}\u{1E901}", true],
  ["Arabic in presentation forms", "\ufe8f", true],
])(
  "in a block of its own needs an element only where it is written from the right: %s",
  (_script, text, isElement) => {
    const drawn = drawUserText(text, 100);
    if (isElement) expect(renderToStaticMarkup(drawn)).toMatch(/^<bdi /);
    else expect(drawn).toBe(text);
  },
);

it("in a block of its own is an element where something in it is escaped or cut", () => {
  expect(renderToStaticMarkup(drawUserText("a\u202Eb", 100))).toMatch(/^<bdi .*U\+202E/);
  expect(renderToStaticMarkup(drawUserText("abc", 2))).toMatch(/^<bdi .*ab.*…/);
  expect(drawUserText("ab", 2)).toBe("ab");
});
