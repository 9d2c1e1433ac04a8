import { refuse, type Fault as LineFault, type FaultProxy, type Match, type Rule } from "#e2e/fault-proxy.ts";
import type { Fault, Leg, Operation } from "./matrix.ts";
import { plays } from "./operations.ts";

export const REFUSED = "The made-up server refuses this.";
export const PAUSED = "The made-up server asks for a pause.";
export const BROKEN = "The made-up server is out of order.";
export const NO_CLUSTER = "There is no such cluster.";

/** Long enough that nobody waits for its end by chance. */
export const PAUSE_SECONDS = 60;

/** What somebody else's server answers, in the form of the vendor's API. */
function vendorAnswer(status: number, message: string, headers: Record<string, string> = {}): LineFault {
  return {
    kind: "answer",
    status,
    headers: { "Content-Type": "application/json", ...headers },
    body: JSON.stringify({ code: status, message }),
  };
}

const HTML = { "Content-Type": "text/html" };
const PAGE = "<h1>Welcome</h1>";

/** What the proxy of a leg does for a fault; undefined where the fault is none of the wire. */
function lineFault(fault: Fault, leg: Leg, operation: Operation): LineFault | undefined {
  const own = leg === "browser";
  switch (fault) {
    case "before":
      return { kind: "reset-before-forwarding" };
    case "lost":
      return { kind: "forward-then-reset" };
    case "resend":
      return { kind: "duplicate" };
    case "slow":
      return { kind: "hang" };
    case "credential":
      return own ? refuse(401, "credential_refused", REFUSED) : vendorAnswer(401, REFUSED);
    case "forbidden":
      return own ? refuse(403, "forbidden", REFUSED) : vendorAnswer(403, REFUSED);
    case "missing":
      return own ? refuse(404, "not_found", NO_CLUSTER) : vendorAnswer(404, NO_CLUSTER);
    case "conflict":
      return own ? refuse(409, "conflict", REFUSED) : vendorAnswer(409, REFUSED);
    case "limited":
      return own
        ? refuse(429, "rate_limited", PAUSED, { retryAfter: PAUSE_SECONDS })
        : vendorAnswer(429, PAUSED, { "Retry-After": String(PAUSE_SECONDS) });
    case "broken":
      return own ? refuse(503, "unavailable", BROKEN) : vendorAnswer(503, BROKEN);
    case "garbled":
      return operation === "list"
        ? { kind: "answer", status: 200, headers: HTML, body: PAGE }
        : { kind: "rewrite", status: 200, headers: { "content-type": "text/html" }, body: PAGE };
    case "drip":
      return { kind: "stall", afterBytes: 10 };
    case "cut":
    case "twice":
    case "session":
    case "offline":
    case "others":
    case "leaving":
    case "killed":
    case "clocks":
    case "hostile":
      return undefined;
  }
}

/** Makes the wire of that leg fail for the request of the operation. */
export function breakLine(
  lines: Readonly<Record<Leg, FaultProxy>>,
  { operation, fault, leg }: { operation: Operation; fault: Fault; leg: Leg },
): Rule | undefined {
  const broken = lineFault(fault, leg, operation);
  if (broken === undefined) return undefined;
  const play = plays[operation];
  const match: Match = { ...(leg === "browser" ? play.route : play.upstream) };
  // One pause, and one request that is sent twice; everything else lasts, since a browser tries again by itself.
  if (fault === "limited" || fault === "resend") match.times = 1;
  return lines[leg].fail(match, broken);
}
