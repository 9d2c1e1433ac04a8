import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";

/** Every rule of WCAG 2.2 A and AA that can be checked by machine. */
const WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"];

/** The rules among them whose answer depends on colours; the themes differ in nothing else. */
const OF_COLOURS = ["color-contrast", "link-in-text-block"];

/** A script that does nothing. */
const NOTHING = "void 0";

/** Axe finds nothing on what is shown now. `screen` names it when it does. */
export async function expectAxeClean(page: Page, screen: string): Promise<void> {
  await expectNothing(page, screen, (axe) => axe.withTags(WCAG));
}

/** Axe finds nothing on what is shown now, in the light and in the dark. Leaves the page in the light. */
export async function expectAxeCleanInBothThemes(page: Page, screen: string): Promise<void> {
  await turnTo(page, "dark");
  await expectNothing(page, `${screen}, dark`, (axe) => axe.withRules(OF_COLOURS));
  await turnTo(page, "light");
  await expectAxeClean(page, `${screen}, light`);
}

async function turnTo(page: Page, theme: "light" | "dark"): Promise<void> {
  await page.emulateMedia({ colorScheme: theme });
  await expect(page.locator("html")).toHaveAttribute("data-theme", theme);
}

async function expectNothing(
  page: Page,
  screen: string,
  which: (axe: AxeBuilder) => AxeBuilder,
): Promise<void> {
  // What is still moving has no colours of its own yet. What never ends, such as a skeleton's pulse, is as it is.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity)
        // One that is given up has stopped moving as well.
        .map((animation) => animation.finished.catch(() => undefined)),
    ),
  );
  // A page that has axe is not given it again, which is read and compiled twice each time.
  const isThere = await page.evaluate(() => "axe" in window);
  const builder = new AxeBuilder(isThere ? { page, axeSource: NOTHING } : { page })
    // "Legacy" looks at frames in the page itself. There are none, and to open another page for them takes as long again.
    .setLegacyMode(true)
    // What passed would be told as well, element by element.
    .options({ resultTypes: ["violations"] });
  const { violations } = await which(builder).analyze();
  const found = violations.map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 160)).join(" | ")}`,
  );
  expect(found, screen).toEqual([]);
}
