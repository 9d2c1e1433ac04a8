import { Agent, request } from "undici";
import { sha256Hex } from "#server/sealing.ts";
import { shippedLine } from "./shipped-row.ts";
import type { ShippingTarget } from "./shipping.ts";

/** For the whole exchange, in milliseconds. */
const DEADLINE = 10_000;

export interface WebhookOptions {
  url: string;
  /** Sent as a bearer token. */
  token: string | undefined;
  deadline?: number;
}

/**
 * An address that gets rows as JSON Lines in a POST. Any answer but 2xx is a failure; redirects are not followed. What was
 * sent and not answered comes again: whoever receives tells rows by their `seq`.
 */
export function webhookTarget({ url, token, deadline = DEADLINE }: WebhookOptions): ShippingTarget {
  const agent = new Agent({ connect: { timeout: deadline }, connections: 1, pipelining: 1 });
  return {
    // The address may have a secret in its path.
    name: `webhook ${sha256Hex(url)}`,
    label: `webhook at ${new URL(url).host}`,

    async send(rows, signal) {
      const answer = await request(url, {
        method: "POST",
        headers: {
          "Content-Type": "application/x-ndjson; charset=utf-8",
          ...(token === undefined ? {} : { Authorization: `Bearer ${token}` }),
        },
        body: rows.map(shippedLine).join(""),
        dispatcher: agent,
        signal: AbortSignal.any([signal, AbortSignal.timeout(deadline)]),
      });
      // Whatever it says is of no interest; a little of it is read, so that the connection can be used again.
      await answer.body.dump({ limit: 16_384 });
      if (answer.statusCode < 200 || answer.statusCode > 299) {
        throw new Error(`it answered ${answer.statusCode}`);
      }
    },

    close: () => agent.destroy(),
  };
}
