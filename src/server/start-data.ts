import { setTimeout as delay } from "node:timers/promises";
import { START_DATA_ID, START_DATA_PLACEHOLDER, type StartData } from "#contract/start-data.ts";
import type { Gateway } from "./gateway.ts";
import { toApiError } from "./problem-answer.ts";
import { currentSession } from "./session/current-session.ts";

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

async function readStartData(gateway: Gateway, request: Request): Promise<StartData> {
  const { clusters, clock } = gateway;
  const session = await currentSession(request, { ...gateway, service: clusters.main.service }, clock);
  if (!session.signedIn) return { session };
  return { session, clusters: clusters.entries.map(({ cluster }) => cluster) };
}
