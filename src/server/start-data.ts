import { setTimeout as delay } from "node:timers/promises";
import { START_DATA_ID, START_DATA_PLACEHOLDER, type StartData } from "#contract/start-data.ts";
import type { Gateway } from "./gateway.ts";
import { toApiError } from "./problem-answer.ts";
import { identifySession } from "./session/caller.ts";
import { describeClusters } from "./session/cluster-access.ts";
import { signedOut } from "./session/current-session.ts";
import { describeSession } from "./session/session-store.ts";

/** A page that waits longer for the store, in milliseconds, comes without its data. */
const PATIENCE = 1000;

/** What would end the block, begin a comment in it, or end a line for a reader that takes it for a script. */
const unsafe = /[<>&\u2028\u2029]/g;

/**
 * A data block: browsers do not run it, so that the policy has nothing to say about it. No text in the data, hostile
 * descriptions among them, can end it.
 */
export function startDataBlock(data: StartData): string {
  const json = JSON.stringify(data).replace(
    unsafe,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `<script type="application/json" id="${START_DATA_ID}">${json}</script>`;
}

/** Puts the data block of this request where the page has its place. A store in trouble does not keep the page away. */
export async function withStartData(
  gateway: Gateway,
  html: string,
  request: Request,
  requestId: string,
): Promise<string> {
  if (!html.includes(START_DATA_PLACEHOLDER)) return html;
  let block = "";
  try {
    const data = await Promise.race([
      readStartData(gateway, request),
      delay(PATIENCE, undefined, { ref: false }),
    ]);
    if (data !== undefined) block = startDataBlock(data);
  } catch (error) {
    gateway.log.error({ requestId, event: `no start data: ${toApiError(error).reason}` });
  }
  return html.replace(START_DATA_PLACEHOLDER, () => block);
}

/** The page as it is when its data is not to be had. */
export function withoutStartData(html: string): string {
  return html.replace(START_DATA_PLACEHOLDER, "");
}

async function readStartData(gateway: Gateway, request: Request): Promise<StartData> {
  const result = await identifySession(request, gateway);
  if (result.state !== "known" || result.caller.session === undefined) return { session: signedOut(gateway) };
  const { caller } = result;
  return {
    session: describeSession(result.caller.session, gateway.clock()),
    clusters: describeClusters(gateway.clusters, caller),
  };
}
