import { randomUUID } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll } from "vitest";
import type { Actor } from "#contract/session.ts";
import { testAuthority } from "#server/certificate-for-tests.ts";
import { engines } from "#server/database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import { MANAGEMENT_TOKEN } from "#server/gateway-for-tests.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { serveTestGateway } from "#server/served-gateway-for-tests.ts";
import { createClustered } from "./clustered.ts";
import { describeTokenService, type ServiceUnderTest } from "./conformance.ts";
import { createDedicated } from "./dedicated.ts";
import { createUpstream } from "./upstream.ts";

// The other side is a second gateway with its own cluster: the same API, over real HTTP and TLS.

const directory = mkdtempSync(path.join(tmpdir(), "tokenward-tls-"));
afterAll(() => rmSync(directory, { recursive: true, force: true }));
const authority = testAuthority();
const caFile = path.join(directory, "ca.pem");
writeFileSync(caFile, authority.ca);

const actor: Actor = { kind: "management_token", label: "Token of prod", managementTokenId: "0" };

/** `prefix`: what every path that is asked for must begin with. */
async function setUp(
  product: "dedicated" | "clustered",
  { tls, longPaths, prefix }: { tls: boolean; longPaths: boolean; prefix: string },
): Promise<ServiceUnderTest> {
  const engine = engines[0];
  if (engine === undefined) throw new Error("no engine");
  const database = await engine.open();
  const other = await serveTestGateway(tls ? { tls: authority.issue() } : {});
  const profile: Profile = {
    name: "prod",
    slug: "prod",
    product,
    url: other.url,
    tls: { insecure: false, caFile: tls ? caFile : undefined, certFile: undefined, keyFile: undefined },
    accountId: ACCOUNT_ID,
    clusterId: CLUSTER_ID,
    longPaths,
    token: undefined,
  };
  const upstream = createUpstream(profile);
  const create = product === "dedicated" ? createDedicated : createClustered;
  return {
    service: create(profile, { upstream, clock: other.gateway.clock, db: database.db }),
    context: {
      credential: { kind: "management_token", secret: MANAGEMENT_TOKEN },
      actor,
      signal: new AbortController().signal,
    },
    now: other.gateway.clock,
    absentId: randomUUID(),
    malformedIds: ["", "x", "0123456789abcdef", `${randomUUID()}0`, `${randomUUID()}\n`, "../tokens"],
    async close() {
      await upstream.close();
      await other.close();
      await database.close();
      const strays = other.requests.filter((request) => {
        const rest = request.split(" ")[1]?.slice(prefix.length);
        return (
          !request.includes(` ${prefix}`) || !/^\/(tokens|databases)(\/[0-9a-f-]{36})?$/.test(rest ?? "")
        );
      });
      if (strays.length > 0) throw new Error(`other paths were asked for: ${strays.join(", ")}`);
    },
  };
}

const long = `/api/v0/accounts/${ACCOUNT_ID}/clusters/${CLUSTER_ID}`;

describeTokenService("dedicated", () => setUp("dedicated", { tls: true, longPaths: false, prefix: long }));
describeTokenService("clustered", () =>
  setUp("clustered", { tls: false, longPaths: false, prefix: "/api/v0" }),
);
describeTokenService("clustered-long", () =>
  setUp("clustered", { tls: true, longPaths: true, prefix: long }),
);
