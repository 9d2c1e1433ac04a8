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
