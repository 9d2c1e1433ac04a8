import type { Page } from "@playwright/test";
import * as z from "zod/mini";

const connected = z.object({
  _connection: z.object({
    toImpl: z.custom<(page: unknown) => unknown>((value) => typeof value === "function"),
  }),
});

const driven = z.object({
  delegate: z.object({
    _mainFrameSession: z.object({
      _client: z.custom<{ send(method: string, parameters: object): Promise<unknown> }>(
        (value) => typeof value === "object" && value !== null && "send" in value,
      ),
    }),
  }),
});

/**
 * For what is measured: while an inspector is attached, Chromium keeps the bodies of answers for it, and when one has come
 * whole makes text or base64 of it on the page's main thread. Of a list of 100,000 tokens by columns that takes 20 to 70 ms,
 * of larger bodies nothing, since those are not kept, and in nobody's own browser anything. Playwright is such an inspector
 * and has no option for it, so its own session is told to keep none. Throws where Playwright is made otherwise.
 */
export async function keepNoBodies(page: Page): Promise<void> {
  const { delegate } = driven.parse(connected.parse(page)._connection.toImpl(page));
  await delegate._mainFrameSession._client.send("Network.enable", {
    maxTotalBufferSize: 1,
    maxResourceBufferSize: 1,
  });
}
