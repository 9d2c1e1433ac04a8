import { expect, test } from "./fixtures.ts";
import { drawnRows, tokensTable } from "./table.ts";

declare global {
  interface Window {
    /** Path of the list that the script in the head asked for. */
    askedEarly?: string;
  }
}

for (const [address, heading, list] of [
  ["/", "Database Tokens", /\/clusters\/[^/]+\/tokens$/],
  ["/clusters/own/database-tokens?q=a", "Database Tokens", /\/clusters\/[^/]+\/tokens$/],
  ["/clusters/own/management-tokens", "Management Tokens", /\/management-tokens$/],
] as const) {
  test(`${address} comes with its session and clusters, and asks for its list early and once`, async ({
    signedInPage: page,
  }) => {
    await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
    const asked: string[] = [];
    page.on("request", (request) => {
      const { pathname } = new URL(request.url());
      if (pathname.startsWith("/api/")) asked.push(pathname);
    });
    await page.addInitScript(() => {
      let early: { path: string } | undefined;
      Object.defineProperty(window, "tokenwardEarlyList", {
        configurable: true,
        get: () => early,
        set(given: { path: string }) {
          early = given;
          window.askedEarly = given.path;
        },
      });
    });
    await page.goto(address);
    await expect(drawnRows(tokensTable(page, heading)).first()).toBeVisible();
    expect(await page.evaluate(() => window.askedEarly)).toMatch(list);
    expect(asked.filter((path) => list.test(path))).toHaveLength(1);
    expect(asked).not.toContain("/api/session");
    expect(asked).not.toContain("/api/clusters");
  });
}

interface PictureSeen {
  rows: number;
  /** From what goes by roles, as tests do: those must not take it for the page. */
  hidden: boolean;
  /** Whether React's rows stood in its place when it went. */
  replacedByRows: boolean;
  /** What React drew otherwise. */
  differences: string[];
}

declare global {
  interface Window {
    picture?: PictureSeen;
  }
}

/** Compares the picture of the page with what React draws in its place, as soon as it has. */
function watchPicture(): void {
  const parts =
    "h1, [role=status], p, input[type=search], [role=table], [role=row], [role=cell], [role=columnheader]";
  const boxesOf = (root: Element) =>
    Array.from(root.querySelectorAll(parts), (part) => {
      const { x, y, width, height } = part.getBoundingClientRect();
      // How many rows a table says to have before the rest is there is for the height of its body only.
      const isTable = part.getAttribute("role") === "table";
      return `${part.getAttribute("role") ?? part.localName} ${[x, y, width, isTable ? 0 : height].map(Math.round).join(" ")}`;
    });
  const rowsOf = (root: Element) => Array.from(root.querySelectorAll("[role=row][data-key]"));
  /** Without what tells the row that keys act on. */
  const plain = (row: Element) => {
    const copy = row.cloneNode(true) as Element;
    for (const each of [copy, ...copy.querySelectorAll("[tabindex]")]) each.setAttribute("tabindex", "-1");
    return copy;
  };
  let drawn: { boxes: string[]; rows: Element[]; hidden: boolean } | undefined;
  new MutationObserver((changes) => {
    for (const { target, addedNodes, removedNodes } of changes) {
      if (!(target instanceof Element) || target.id !== "root") continue;
      for (const added of addedNodes)
        if (added instanceof HTMLElement && added.inert)
          drawn = {
            boxes: boxesOf(added),
            rows: rowsOf(added).map(plain),
            hidden: added.ariaHidden === "true",
          };
      for (const removed of removedNodes) {
        if (!(removed instanceof HTMLElement) || !removed.inert || drawn === undefined) continue;
        const before = drawn;
        const rows = rowsOf(target);
        const after = boxesOf(target);
        const moved = before.boxes.filter((box) => !after.includes(box));
        const others = before.rows.filter(
          (row, at) => rows[at] === undefined || !plain(rows[at]).isEqualNode(row),
        );
        window.picture = {
          rows: before.rows.length,
          hidden: before.hidden,
          replacedByRows: rows.length > 0,
          differences: [...moved, ...others.map((row) => row.outerHTML)],
        };
      }
    }
  }).observe(document, { childList: true, subtree: true });
}

test.describe("before React is there", () => {
  test.use({ own: "context" });

  for (const [width, height, address] of [
    [1440, 900, "/clusters/own/database-tokens"],
    [1024, 768, "/clusters/own/database-tokens?sort=-created"],
    [390, 844, "/clusters/own/database-tokens?q=a"],
    [1440, 900, "/clusters/own/management-tokens"],
    [1440, 900, "/"],
  ] as const) {
    test(`${address} is painted as React draws it, in ${String(width)} px`, async ({
      signedInPage: page,
    }) => {
      await page.setViewportSize({ width, height });
      await page.addInitScript(watchPicture);
      // The code comes when the list has come, as it does where only the code is large.
      const answered = page.waitForResponse(/\/api\/.*tokens$/);
      await page.route(/\/assets\/first-load-[^/]*\.js$/, async (route) => {
        await answered;
        await route.continue();
      });
      await page.goto(address);
      await expect.poll(() => page.evaluate(() => window.picture)).toBeDefined();
      const picture = await page.evaluate(() => window.picture);
      expect(picture).toMatchObject({ hidden: true, replacedByRows: true, differences: [] });
      expect(picture?.rows).toBeGreaterThan(1);
    });
  }

  test("a list that is slow keeps nobody from the page", async ({ signedInPage: page }) => {
    let answer = () => {};
    const asked = new Promise<void>((resolve) => {
      answer = resolve;
    });
    await page.route(/\/clusters\/[^/]+\/tokens$/, async (route) => {
      await asked;
      await route.continue();
    });
    await page.goto("/clusters/own/database-tokens");
    await page.getByRole("searchbox", { name: "Search", exact: true }).fill("a");
    await expect(drawnRows(tokensTable(page))).toHaveCount(0);
    answer();
    await expect(drawnRows(tokensTable(page)).first()).toBeVisible();
  });
});
