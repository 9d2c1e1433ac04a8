import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import { Button, IconButton } from "./button.tsx";

it("is a button that sends no form unless told to", () => {
  expect(renderToStaticMarkup(<Button>Sort</Button>)).toMatch(/<button type="button"/);
  expect(renderToStaticMarkup(<Button type="submit">Sign in</Button>)).toMatch(/<button type="submit"/);
});

it("stays focusable with its reason, and is described by it", () => {
  const html = renderToStaticMarkup(<Button disabledReason="Tick the box first">Revoke</Button>);
  expect(html).toContain('aria-disabled="true"');
  expect(html).not.toMatch(/ disabled=/);
  const id = /aria-describedby="([^"]+)"/.exec(html)?.[1];
  expect(html).toContain(`<span id="${id}"`);
  expect(html).toMatch(/<span id="[^"]+"[^>]*>Tick the box first<\/span>/);
});

it("says that it is busy without leaving the tab order", () => {
  const html = renderToStaticMarkup(<Button busy>Revoking…</Button>);
  expect(html).toContain('aria-busy="true"');
  expect(html).toContain('aria-disabled="true"');
  expect(html).not.toMatch(/ disabled=/);
});

it("has a name where it shows an icon only", () => {
  expect(renderToStaticMarkup(<IconButton label="Options for CI" icon="ellipsis-vertical" />)).toContain(
    'aria-label="Options for CI"',
  );
});
