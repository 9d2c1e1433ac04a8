import { isInstant } from "#contract/instant.ts";
import { START_DATA_ID, type StartData } from "#contract/start-data.ts";

// The first paint does not wait for the contract's schemas. The checks below accept a part of what those accept; what
// they refuse, the page asks for. A property test holds them to it.

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === "string";
const flag: Check = (value) => typeof value === "boolean";
const instant: Check = (value) => typeof value === "string" && isInstant(value);

const oneOf =
  (...words: unknown[]): Check =>
  (value) =>
    words.includes(value);

const either =
  (...checks: Check[]): Check =>
  (value) =>
    checks.some((check) => check(value));

const listOf =
  (element: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(element);

/** An object with these fields, each as its check wants it, and with no others. */
const exactly =
  (checks: Record<string, Check>): Check =>
  (value) => {
    if (typeof value !== "object" || value === null) return false;
    const fields = Object.entries(value);
    return (
      fields.length === Object.keys(checks).length &&
      fields.every(([name, field]) => Object.hasOwn(checks, name) && checks[name]?.(field) === true)
    );
  };

const actor = either(
  exactly({ kind: oneOf("link"), label: text }),
  exactly({ kind: oneOf("management_token"), label: text, managementTokenId: text }),
  exactly({ kind: oneOf("oidc"), label: text, subject: text }),
);

// How somebody may sign in is asked for: there is time before they have done it.
const session = either(
  exactly({ signedIn: oneOf(false) }),
  exactly({
    signedIn: oneOf(true),
    actor,
    now: instant,
    idleEndsAt: instant,
    absoluteEndsAt: instant,
  }),
);

const capability = either(
  exactly({ allowed: oneOf(true) }),
  exactly({ allowed: oneOf(false), reason: text }),
);

const access = either(
  exactly({ state: oneOf("ready") }),
  exactly({ state: oneOf("credential_needed"), reason: text }),
);

const cluster = exactly({
  slug: text,
  name: text,
  product: oneOf("own", "dedicated", "clustered", "v2", "core", "enterprise"),
  productName: text,
  tokenName: text,
  removal: oneOf("revoke", "delete"),
  listsMayBePartial: flag,
  suspension: oneOf("suspend", "deactivate"),
  hasManagementTokens: flag,
  hasOwners: flag,
  accountId: text,
  accountName: text,
  clusterId: text,
  isDefault: flag,
  takesToken: flag,
  access,
  capabilities: exactly(
    Object.fromEntries(
      [
        "revokeDatabaseToken",
        "createDatabaseToken",
        "updateDatabaseToken",
        "updatePermissions",
        "setExpiry",
        "choosePermissions",
        "createAdminToken",
        "suspendDatabaseToken",
        "listManagementTokens",
        "revokeManagementToken",
        "createManagementToken",
      ].map((name) => [name, capability]),
    ),
  ),
});

const startData = either(exactly({ session }), exactly({ session, clusters: listOf(cluster) }));

function isStartData(value: unknown): value is StartData {
  return startData(value);
}

/** The text of the data block; undefined when it is not what the contract says, or has more than it names. */
export function parseStartData(text: string): StartData | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  return isStartData(value) ? value : undefined;
}

/** What the gateway put into the page, once: it was true when the page was sent. */
export function takeStartData(): StartData | undefined {
  const block = document.getElementById(START_DATA_ID);
  if (block === null) return undefined;
  block.remove();
  return parseStartData(block.textContent);
}
