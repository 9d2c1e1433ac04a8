import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chromium, expect, type Page } from "@playwright/test";
import { chromiumArguments, ensureChromium } from "#scripts/find-chromium.ts";
import { signIn } from "./fixtures.ts";
import type { GatewayProcess } from "./gateway-process.ts";
import { filesWith, inEveryEncoding } from "./secret-traces.ts";

/**
 * Signs in with a browser that keeps its profile in a folder, and does `show`, which gives the secret that the page was
 * shown. That is then in nothing that the page said, in no file of the profile, and in none of the gateway's, which is
 * stopped. `known`, which is no secret, is in the gateway's: the search can find something.
 */
export async function expectNoTraceInFiles(
  gateway: GatewayProcess,
  known: string,
  show: (page: Page) => Promise<string>,
): Promise<void> {
  const profile = await mkdtemp(join(tmpdir(), "tokenward-profile-"));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: ensureChromium(),
    args: [...chromiumArguments],
    locale: "en-GB",
    baseURL: gateway.url,
  });
  try {
    const said: string[] = [];
    context.on("console", (message) => said.push(message.text()));
    const page = await context.newPage();
    page.on("dialog", (question) => void question.accept());
    await signIn(page, gateway.signInLink);
    const secret = await show(page);
    expect(secret.length).toBeGreaterThan(30);
    expect(said.join("\n")).not.toContain(secret);
    await context.close();

    const needles = inEveryEncoding(secret);
    expect(await filesWith(profile, needles)).toEqual([]);
    await gateway.stop();
    expect(await filesWith(gateway.dataDir, needles)).toEqual([]);
    expect(gateway.log + gateway.output).not.toContain(secret);
    expect((await filesWith(gateway.dataDir, [Buffer.from(known)])).length).toBeGreaterThan(0);
  } finally {
    await context.close();
    await rm(profile, { recursive: true, force: true });
  }
}
