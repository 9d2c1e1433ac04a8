import { setTimeout as delay } from "node:timers/promises";
import { systemClock } from "#server/clock.ts";
import { createListCache } from "#server/lists/list-cache.ts";
import { createOwnCluster } from "#server/services/own-cluster.ts";
import { openDatabase, type DatabaseOptions } from "./connect.ts";
import { ACCOUNT_ID, CLUSTER_ID, setUpOwnCluster } from "./own-cluster-setup.ts";

/**
 * A gateway's store in a process of its own, to be killed while it writes: makes tokens, revokes every second
 * one, and prints what was acknowledged, one line each. The database's location comes as JSON.
 */
const location: DatabaseOptions = JSON.parse(process.argv[2] ?? "");
const database = await openDatabase(location);
await setUpOwnCluster({
  db: database.db,
  clock: systemClock,
  sample: false,
  keepManagementToken: async () => {},
});
const service = createOwnCluster({
  database,
  clock: systemClock,
  cluster: { accountId: ACCOUNT_ID, clusterId: CLUSTER_ID },
  listCache: createListCache(),
});
const context = {
  credential: { kind: "operator" },
  actor: { kind: "link", label: "Operator" },
  signal: new AbortController().signal,
} as const;

for (let number = 0; ; number++) {
  const { id } = await service.createToken(context, { description: `token ${number}`, permissions: [] });
  process.stdout.write(`created ${id}\n`);
  if (number % 2 === 1) {
    await service.revokeToken(context, id);
    process.stdout.write(`revoked ${id}\n`);
  }
  await delay(1);
}
