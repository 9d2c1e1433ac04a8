import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { UserText } from "./user-text.tsx";

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
  "in a cell is a block of its own only where it is written from the right: %s",
  (_script, text, isBlock) => {
    const classOf = (flow: "cell" | "line") =>
      /class="([^"]*)"/.exec(renderToStaticMarkup(<UserText text={text} flow={flow} />))?.[1];
    expect(classOf("cell") === classOf("line")).toBe(isBlock);
  },
);
