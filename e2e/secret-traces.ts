import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Page } from "@playwright/test";

/** A text as a browser may have written it to a file. */
export function inEveryEncoding(text: string): Buffer[] {
  return [Buffer.from(text, "utf8"), Buffer.from(text, "utf16le")];
}

/** Files below a folder that hold one of the texts. A file that went away meanwhile holds none. */
export async function filesWith(folder: string, needles: readonly Buffer[]): Promise<string[]> {
  const found: string[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = await readFile(path).catch(() => Buffer.alloc(0));
    if (needles.some((needle) => bytes.includes(needle))) found.push(path);
  }
  return found;
}

/** Everything in the page's reach that could have kept a text. */
export async function traces(page: Page): Promise<string> {
  const inPage = await page.evaluate(async () => {
    const cached: string[] = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        cached.push(request.url, (await (await cache.match(request))?.text()) ?? "");
      }
    }
    const databases = await indexedDB.databases();
    return JSON.stringify([
      location.href,
      history.state,
      document.title,
      document.cookie,
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      window.name,
      cached,
      databases,
      performance.getEntries().map(({ name }) => name),
    ]);
  });
  return inPage + (await page.content());
}
