import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as z from "zod/mini";
import { FaultProxy } from "./fault-proxy.ts";
import type { GatewaySet } from "./gateway-pool.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { smallCluster } from "./some-tokens.ts";
import { startCoreFixture, type CoreFixture } from "./upstreams/core.ts";
import { startFakeV2, type FakeV2 } from "./upstreams/v2.ts";

/** One gateway in front of a cluster of each product: what administrators have in different places, on one screen. */
export interface SeveralClusters extends GatewaySet {
  /** A second gateway, whose own cluster stands for Dedicated on the long paths and for Clustered on the short ones. */
  upstream: GatewayProcess;
  /** Between the gateway and what stands for Dedicated. */
  cloudLine: FaultProxy;
  v2: FakeV2;
  core: CoreFixture;
  enterprise: CoreFixture;
}

/** The ids that a gateway gives its own cluster. */
async function ownIds(gateway: GatewayProcess): Promise<{ accountId: string; clusterId: string }> {
  const [own] = z
    .array(z.object({ accountId: z.string(), clusterId: z.string() }))
    .parse((await gateway.api("/api/clusters")).json());
  if (own === undefined) throw new Error("The gateway has no cluster.");
  return own;
}

export async function startSeveralClusters(): Promise<SeveralClusters> {
  const folder = await mkdtemp(join(tmpdir(), "tokenward-clusters-"));
  const upstream = await GatewayProcess.start({ importTokens: smallCluster() });
  const cloudLine = await FaultProxy.start(upstream.url, "target");
  const v2 = await startFakeV2();
  const core = await startCoreFixture({ product: "core", clock: Date.now, databases: ["edge"] });
  const enterprise = await startCoreFixture({
    product: "enterprise",
    clock: Date.now,
    databases: ["edge", "plant"],
  });
  const { accountId, clusterId } = await ownIds(upstream);
  const { hostname, port } = new URL(upstream.url);
  const toml = `
[[profile]]
name = "default"
product = "clustered"
host = "${hostname}"
port = "${port}"
mgmt_token = "${upstream.managementToken}"
[profile.tls]
disable = true

[[profile]]
name = "Cloud"
product = "dedicated"
url = "${cloudLine.url}"
account_id = "${accountId}"
cluster_id = "${clusterId}"
mgmt_token = "${upstream.managementToken}"

[[profile]]
name = "Old server"
product = "v2"
url = "${v2.url}"
token = "${v2.operator.token}"

[[profile]]
name = "Edge"
product = "core"
url = "${core.url}"
token = "${core.operatorToken}"

[[profile]]
name = "Plant"
product = "enterprise"
url = "${enterprise.url}"

[[profile]]
name = "Nowhere"
product = "clustered"
host = "127.0.0.1"
port = "1"
mgmt_token = "${upstream.managementToken}"
[profile.tls]
disable = true
`;
  const file = join(folder, "config.toml");
  await writeFile(file, toml, { mode: 0o600 });
  const gateway = await GatewayProcess.start({ args: ["--config", file] });
  const gateways = [gateway, upstream];
  for (const each of gateways) await each.keepData();
  return {
    gateway,
    upstream,
    cloudLine,
    v2,
    core,
    enterprise,
    get isWhole() {
      return gateways.every(({ isRunning }) => isRunning);
    },
    async startOver() {
      for (const each of gateways) each.putDataBack();
      for (const each of [cloudLine, v2, core, enterprise]) each.startOver();
    },
    async close() {
      await gateway.dispose();
      await cloudLine.stop();
      await upstream.dispose();
      await Promise.all([v2.close(), core.close(), enterprise.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
