/** Tokens for tests, as the Management API lists them; the same ids every time. */

export interface ImportedToken {
  id: string;
  description: string;
  permissions: { action: string; resource: string }[];
  createdAt: string;
  expiresAt?: string;
  revokedAt?: string;
}

let made = 0;

/** `grants` such as "write:sensors read:*". Ids count upwards in the order of making. */
export function someToken(
  description: string,
  grants = "read:sensors",
  more: Partial<ImportedToken> = {},
): ImportedToken {
  made++;
  return {
    id: `00000000-0000-4000-8000-${String(made).padStart(12, "0")}`,
    description,
    permissions: grants
      .split(" ")
      .filter(Boolean)
      .map((grant) => ({
        action: grant.slice(0, grant.indexOf(":")),
        resource: grant.slice(grant.indexOf(":") + 1),
      })),
    createdAt: "2026-01-02T03:04:05Z",
    ...more,
  };
}

let small: readonly ImportedToken[] | undefined;

/** A small cluster in which every kind of row occurs. The same one each time, so that gateways with it can be shared. */
export function smallCluster(): ImportedToken[] {
  small ??= makeSmallCluster();
  return structuredClone([...small]);
}

function makeSmallCluster(): ImportedToken[] {
  return [
    someToken("CI writer", "write:builds read:builds"),
    someToken("Dashboard reader", "read:sensors read:builds read:logs read:metrics"),
    someToken("Only writer of logs", "write:logs"),
    someToken("Sensor 10", "write:sensors"),
    someToken("Sensor 2", "write:sensors"),
    someToken("Backup", "read:*"),
    someToken("Old laptop", "read:sensors", { revokedAt: "2026-03-01T00:00:00Z" }),
    someToken("Trial", "read:sensors", { expiresAt: "2026-02-01T00:00:00Z" }),
    someToken("No permissions", ""),
  ];
}
