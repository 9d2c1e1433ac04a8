import type { BrowserContext, Page } from "@playwright/test";

/** From now on the browser refuses to let pages write to the clipboard, as it does where nobody permits it. */
export async function refuseClipboard(context: BrowserContext): Promise<void> {
  await context.clearPermissions();
  // Whoever grants some permissions refuses all others.
  await context.grantPermissions(["clipboard-read"]);
}

/** A clipboard that takes as long as a test wants, as one that asks somebody first. */
export async function slowClipboard(page: Page): Promise<{
  /** How often something was to be copied. */
  asked(): Promise<number>;
  copied(): Promise<void>;
  /** The browser's own is back. */
  restore(): Promise<void>;
}> {
  const waiting = await page.evaluateHandle(() => {
    const finish: (() => void)[] = [];
    const writeText = () => new Promise<void>((resolve) => finish.push(resolve));
    Object.defineProperty(navigator.clipboard, "writeText", { value: writeText, configurable: true });
    return finish;
  });
  return {
    asked: () => waiting.evaluate((finish) => finish.length),
    copied: () => waiting.evaluate((finish) => finish.forEach((resolve) => resolve())),
    restore: () => page.evaluate(() => void Reflect.deleteProperty(navigator.clipboard, "writeText")),
  };
}
