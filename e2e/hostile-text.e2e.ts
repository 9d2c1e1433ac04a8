import type { Page } from "@playwright/test";
import { refuse } from "./fault-proxy.ts";
import { expect, test } from "./fixtures.ts";
import { hostileUnicode } from "./hostile-unicode.ts";
import { scriptPayloads, shortPayloads } from "./script-payloads.ts";
import { type ImportedToken, someToken } from "./some-tokens.ts";
import {
  askToRevoke,
  columnTexts,
  confirmRevoke,
  drawnRows,
  expectRowCount,
  searchBox,
  tokensTable,
} from "./table.ts";

/** Longer ones are cut on the screen, and their beginnings say nothing that others do not. */
const LONGEST_SHOWN = 300;
/** The screen shows 2000 UTF-16 units of a failure: of the gateway's words and of the cluster's behind them. */
const LONGEST_MESSAGE = 950;
const someUnicode = hostileUnicode.filter(({ length }) => length <= LONGEST_SHOWN);

/** All texts, as few at a time as the length of a message allows. */
function messagesOf(texts: readonly string[]): string[] {
  const messages: string[] = [];
  for (const text of texts) {
    const longer = `${messages.at(-1) ?? ""} ${text}`;
    if (messages.length > 0 && longer.length < LONGEST_MESSAGE) messages[messages.length - 1] = longer;
    else messages.push(`message ${String(messages.length)}: ${text}`);
  }
  return messages;
}

/** Goes through the whole table, so that every row is drawn once. */
async function readAll(page: Page, total: number, look: () => Promise<void> = async () => {}) {
  const table = tokensTable(page);
  await expectRowCount(table, total);
  const texts = new Set<string>();
  await drawnRows(table).first().focus();
  // The elements of rows are used again, and stand in any order.
  const lastDrawn = () =>
    drawnRows(table).evaluateAll(
      (rows) => Math.max(...rows.map((row) => Number(row.getAttribute("aria-rowindex")))) - 1,
    );
  for (;;) {
    for (const text of await columnTexts(table, "Description")) texts.add(text);
    await look();
    const last = await lastDrawn();
    if (last >= total) break;
    // The first press may stay within what is drawn.
    await expect(async () => {
      await page.keyboard.press("PageDown");
      await page.evaluate(
        () => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))),
      );
      expect(await lastDrawn()).toBeGreaterThan(last);
    }).toPass({ timeout: 10_000 });
  }
  return texts;
}

/** What would make something of the page out of a text, or lay it out otherwise than it was meant. */
function wrongOnScreen(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const grown = "main, [role=dialog], [role=status]";
    for (const root of document.querySelectorAll(grown)) {
      const made = root.querySelectorAll(
        "script, iframe, object, embed, base, link, style, img, video, audio, math, form[action], [onerror], [onload], svg script",
      );
      for (const element of made) found.push(`made: ${element.outerHTML.slice(0, 200)}`);
    }
    // Anything that turns the direction of what follows, in text or in what is read out.
    const turning = /[\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069]/;
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() !== null) {
      const text = walker.currentNode.textContent ?? "";
      if (turning.test(text)) found.push(`turns: ${encodeURIComponent(text.slice(0, 60))}`);
    }
    for (const name of ["title", "aria-label", "alt", "placeholder"]) {
      for (const element of document.querySelectorAll(`[${name}]`)) {
        const text = element.getAttribute(name) ?? "";
        if (turning.test(text)) found.push(`${name} turns: ${encodeURIComponent(text.slice(0, 60))}`);
      }
    }
    if (document.documentElement.scrollWidth > window.innerWidth)
      found.push("the page is wider than the window");
    for (const dialog of document.querySelectorAll("[role=dialog]")) {
      if (dialog.scrollWidth > dialog.clientWidth + 1) found.push("a dialog is wider than it should be");
    }
    const tops = new Set<number>();
    for (const row of document.querySelectorAll("[role=table] [role=row][aria-rowindex], table tbody tr")) {
      const { height, top } = row.getBoundingClientRect();
      if (height > 45) found.push(`a row is ${String(height)} pixels high`);
      if (tops.has(top)) found.push("two rows stand in one place");
      tops.add(top);
    }
    return found;
  });
}

const named = (text: string, index: number): ImportedToken => {
  const resource = shortPayloads[index % shortPayloads.length] ?? "x";
  return someToken(text, "", { permissions: [{ action: text === "" ? "read" : text, resource }] });
};

test.describe("in a cluster full of hostile text", () => {
  test.use({
    gatewayOptions: {
      importTokens: [
        ...scriptPayloads.map(named),
        ...hostileUnicode.map((text, index) => {
          const resource = text.length > 0 && text.length <= 64 ? text : "short";
          return { ...named(text, index), permissions: [{ action: "write", resource }] };
        }),
      ],
    },
    throughFaultProxy: true,
  });

  test("18. over 100 script payloads and over 100 hostile texts are text: in the list, in search, in a dialog, as the server's words", async ({
    signedInPage: page,
    faultProxy,
    guards,
  }) => {
    expect(new Set(scriptPayloads).size).toBeGreaterThan(100);
    expect(new Set(someUnicode).size).toBeGreaterThan(100);
    const total = scriptPayloads.length + hostileUnicode.length;
    // Many rows in the document at once.
    await page.setViewportSize({ width: 1280, height: 3000 });
    const wrong: string[] = [];
    const look = async () => void wrong.push(...(await wrongOnScreen(page)));
    const shown = await readAll(page, total, look);
    const plain = [...scriptPayloads, ...someUnicode.filter((text) => /^[!-~][ -~]*[!-~]$/.test(text))];
    expect(plain.filter((text) => !shown.has(text))).toEqual([]);
    // Each in its own way.
    const between = /^pay[^]+pal$/;
    const wanted = someUnicode.filter((text) => between.test(text)).length;
    expect([...shown].filter((text) => between.test(text))).toHaveLength(wanted);

    // Searched for, and not found.
    for (const text of [...scriptPayloads.slice(0, 3), "\u202Egnp.exe\u2066", "a\u0300".repeat(40)]) {
      await searchBox(page).fill(`${text} nowhere`);
      await expect(page.getByRole("status").filter({ hasText: "Nothing matches" })).toBeVisible();
      await look();
    }
    await page.setViewportSize({ width: 1024, height: 768 });
    await searchBox(page).fill("<svg onload");
    await expectRowCount(tokensTable(page), 3);
    const dialog = await askToRevoke(drawnRows(tokensTable(page)).first());
    await dialog.root.getByText("See more details").click();
    await expect(dialog.root).toContainText("<svg onload=");
    await look();

    guards.expectFailedRequest("/tokens/", 403);
    await dialog.understood.check();
    for (const message of messagesOf([...scriptPayloads, ...someUnicode])) {
      const rule = faultProxy.fail(
        { method: "DELETE", path: /\/tokens\// },
        refuse(403, "forbidden", message, {
          requestId: message.slice(0, 100),
          // As InfluxDB v2 says it: a 403 of InfluxDB itself would turn the button off.
          upstream: { status: 401, message },
        }),
      );
      await dialog.revoke.click();
      const [start = ""] = message.split(" ", 2).slice(1);
      await expect(dialog.root).toContainText(`InfluxDB says: message ${start}`);
      await look();
      rule.remove();
    }
    expect(wrong).toEqual([]);
    // The guards report any violation; these say that nothing ran.
    await expect(page).toHaveTitle("Database Tokens · Tokenward");
    await confirmRevoke(dialog);
    await expect(dialog.root).toBeHidden();
  });

  test("19. bidirectional text is isolated, what cannot be seen is escaped, and the dialog shows the id", async ({
    signedInPage: page,
    gateway,
  }) => {
    const table = tokensTable(page);
    await searchBox(page).fill("gnp.exe");
    await expectRowCount(table, 1);
    const found = drawnRows(table).first();
    await expect(found).toContainText("U+202E");
    expect(await found.locator("bdi").count()).toBeGreaterThan(0);
    const dialog = await askToRevoke(found);
    await expect(dialog.root).toContainText("U+202E");
    const [kept] = await gateway.databaseRows(
      "SELECT id FROM database_tokens WHERE description LIKE 'invoice%gnp.exe'",
    );
    await expect(dialog.root).toContainText(String(kept?.["id"]));
    expect(await wrongOnScreen(page)).toEqual([]);
  });
});
