import { afterEach, describe, expect, it } from "vitest";
import * as z from "zod/mini";
import { tokenSchema } from "#contract/token-schema.ts";
import { createClusterRegistry } from "#server/clusters.ts";
import { configuredClusters } from "#server/configured-clusters.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import { MANAGEMENT_TOKEN } from "#server/gateway-for-tests.ts";
import { hashSecret } from "#server/secrets.ts";
import { type ServedGateway, serveTestGateway } from "#server/served-gateway-for-tests.ts";
import { createUpstream } from "#server/services/upstream.ts";
import { createV2 } from "#server/services/v2.ts";
import { startVendorMcpServer, type VendorMcpServer } from "./mcp-server.ts";
import { startFakeV2, type FakeV2 } from "./v2.ts";

// Both ids that it makes up when it is set to Clustered.
const MADE_UP = "11111111-1111-1111-1111-111111111111";
const ITS_PATHS = `/api/v0/accounts/${MADE_UP}/clusters/${MADE_UP}`;
const ROOM = 30_000;

const TOKEN_TOOLS = ["list", "get", "create", "update", "delete"].map((verb) =>
  verb === "list" ? "cloud_list_database_tokens" : `cloud_${verb}_database_token`,
);

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

async function startMcp(url: string, managementToken: string): Promise<VendorMcpServer> {
  const mcp = await startVendorMcpServer({ url, managementToken });
  closing.push(mcp.close);
  return mcp;
}

/** What a tool answers that must succeed. */
async function told(mcp: VendorMcpServer, tool: string, args?: Record<string, unknown>): Promise<string> {
  const { text, isError } = await mcp.call(tool, args);
  expect({ text, isError }).toMatchObject({ isError: false });
  return text;
}

/** The words of a tool that must fail. */
async function refused(mcp: VendorMcpServer, tool: string, args?: Record<string, unknown>): Promise<string> {
  const { text, isError } = await mcp.call(tool, args);
  expect({ text, isError }).toMatchObject({ isError: true });
  return text;
}

/** Its lists and single tokens end with the whole answer as JSON. */
const fullDetails = <Shape>(schema: z.ZodMiniType<Shape>, text: string): Shape =>
  schema.parse(JSON.parse(text.slice(text.indexOf("Full details:") + "Full details:".length)));

const databasesSchema = z.object({
  databases: z.array(z.object({ name: z.string(), retentionPeriod: z.optional(z.number()) })),
});

const lineOf = (text: string, name: string): string => {
  const value = new RegExp(`^${name}: (.*)$`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`There is no line “${name}” in: ${text}`);
  return value;
};

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

describe("The vendor's MCP server against the gateway's own cluster", () => {
  async function start(): Promise<{ served: ServedGateway; mcp: VendorMcpServer }> {
    const served = await serveTestGateway();
    closing.push(served.close);
    return { served, mcp: await startMcp(served.url, MANAGEMENT_TOKEN) };
  }
  const held = (served: ServedGateway) =>
    served.gateway.database.db.selectFrom("database_tokens").selectAll().execute();

  it("creates, lists, reads, changes and deletes database tokens", { timeout: ROOM }, async () => {
    const { served, mcp } = await start();
    expect(await mcp.tools()).toEqual(expect.arrayContaining(TOKEN_TOOLS));
    expect(await told(mcp, "cloud_list_database_tokens")).toContain("Found 0 database tokens");

    const made = await told(mcp, "cloud_create_database_token", {
      description: "Telegraf, Halle 7 – 東京",
      permissions: [
        { database: "plant", action: "write" },
        { database: "*", action: "read" },
      ],
    });
    const id = lineOf(made, "Token ID");
    const secret = lineOf(made, "Access Token");
    expect(lineOf(made, "Permissions")).toBe("write:plant, read:*");
    expect(await held(served)).toMatchObject([
      {
        id,
        cluster_id: CLUSTER_ID,
        description: "Telegraf, Halle 7 – 東京",
        permissions: JSON.stringify([
          { action: "write", resource: "plant" },
          { action: "read", resource: "*" },
        ]),
        secret_hash: hashSecret(secret),
        expires_at: null,
        revoked_at: null,
      },
    ]);
    const before = mcp.said().length;

    const none = lineOf(
      await told(mcp, "cloud_create_database_token", { description: "No access" }),
      "Token ID",
    );
    const listed = await told(mcp, "cloud_list_database_tokens");
    expect(listed).toContain("Found 2 database tokens");
    expect(listed).toContain("Permissions: No access");
    expect(
      fullDetails(z.array(tokenSchema), listed)
        .map((token) => token.id)
        .sort(),
    ).toEqual([id, none].sort());
    const one = await told(mcp, "cloud_get_database_token", { token_id: id });
    expect([lineOf(one, "Account ID"), lineOf(one, "Cluster ID")]).toEqual([ACCOUNT_ID, CLUSTER_ID]);

    const renamed = await told(mcp, "cloud_update_database_token", {
      token_id: id,
      description: "Telegraf, hall 8",
    });
    expect(lineOf(renamed, "Permissions")).toBe("write:plant, read:*");
    const narrowed = await told(mcp, "cloud_update_database_token", {
      token_id: id,
      permissions: [{ database: "plant", action: "write" }],
    });
    expect([lineOf(narrowed, "Description"), lineOf(narrowed, "Permissions")]).toEqual([
      "Telegraf, hall 8",
      "write:plant",
    ]);
    expect((await held(served)).find((row) => row.id === id)).toMatchObject({
      description: "Telegraf, hall 8",
      permissions: '[{"action":"write","resource":"plant"}]',
    });

    expect(await told(mcp, "cloud_delete_database_token", { token_id: id })).toContain(
      "deleted successfully",
    );
    const now = await held(served);
    expect(now.filter((row) => row.revoked_at !== null).map((row) => row.id)).toEqual([id]);
    expect(now).toHaveLength(2);
    // Shown once: in the answer that made it.
    expect(mcp.said().slice(before)).not.toContain(secret);
    expect(served.requests.every((request) => request.includes(` ${ITS_PATHS}/tokens`))).toBe(true);
  });

  it("hears in the gateway's own words what cannot be", { timeout: ROOM }, async () => {
    const { served, mcp } = await start();
    const absent = "00000000-0000-4000-8000-000000000000";
    expect(await refused(mcp, "cloud_get_database_token", { token_id: absent })).toContain("HTTP 404");
    expect(await refused(mcp, "cloud_delete_database_token", { token_id: "nonsense" })).toMatch(
      /HTTP 400 .*Server message: The token id must be a UUID/,
    );
    const { gateway } = served;
    const id = lineOf(await told(mcp, "cloud_create_database_token", { description: "Doomed" }), "Token ID");
    await told(mcp, "cloud_delete_database_token", { token_id: id });
    expect(await refused(mcp, "cloud_delete_database_token", { token_id: id })).toContain("HTTP 404");
    expect(await refused(mcp, "cloud_update_database_token", { token_id: id, description: "x" })).toMatch(
      /HTTP 409 .*Server message: .*revoked/,
    );
    expect(await refused(mcp, "cloud_update_database_token", { token_id: id })).toMatch(
      /HTTP 400 .*Server message: /,
    );
    const stranger = await startMcp(served.url, `twm1_${"x".repeat(43)}`);
    expect(await refused(stranger, "cloud_list_database_tokens")).toMatch(/HTTP 401 .*Server message: /);
    expect(await gateway.database.db.selectFrom("database_tokens").selectAll().execute()).toHaveLength(1);
  });

  it(
    "lists, makes and deletes databases, and hears that there is no changing them",
    { timeout: ROOM },
    async () => {
      const { served, mcp } = await start();
      await told(mcp, "create_database", { name: "plant", retentionPeriod: 86_400_000_000_000 });
      const names = async () =>
        databasesSchema
          .parse(JSON.parse(await told(mcp, "list_databases")))
          .databases.map(({ name }) => name);
      expect(await names()).toEqual(["plant"]);
      expect(await served.gateway.database.db.selectFrom("databases").selectAll().execute()).toMatchObject([
        { name: "plant", max_tables: 500, max_columns_per_table: 200, retention_period: 86_400_000_000_000 },
      ]);
      expect(await refused(mcp, "update_database", { name: "plant", maxTables: 7 })).toContain(
        "This address takes DELETE only.",
      );
      await told(mcp, "delete_database", { name: "plant" });
      expect(await names()).toEqual([]);
    },
  );

  it("is ended by its process id, and reaches nothing but this machine", { timeout: ROOM }, async () => {
    const mcp = await startMcp("http://192.0.2.1:4600", MANAGEMENT_TOKEN);
    expect(await refused(mcp, "cloud_list_database_tokens")).toContain("Only this machine may be reached");
    expect(isRunning(mcp.pid)).toBe(true);
    await mcp.close();
    expect(isRunning(mcp.pid)).toBe(false);
  });
});

describe("The vendor's MCP server against a gateway whose default cluster is InfluxDB v2", () => {
  async function start(): Promise<{ fake: FakeV2; served: ServedGateway; mcp: VendorMcpServer }> {
    const fake = await startFakeV2();
    closing.push(fake.close);
    const profile = {
      name: "Old server",
      slug: "old",
      product: "v2",
      url: fake.url,
      tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
      accountId: "5b3a9b1e-0d53-5d38-9a0f-6a4f4f2f7a11",
      clusterId: "0c2f7f52-6c0e-5c5a-8a5f-2d9f6b0f3c22",
      longPaths: false,
      token: undefined,
    } as const;
    const upstream = createUpstream(profile);
    closing.push(() => upstream.close());
    const entries = configuredClusters(
      { clusters: [{ profile, linkRefusal: undefined }], defaultSlug: "old", remarks: [] },
      undefined,
      () => createV2(profile, { upstream }),
    );
    const served = await serveTestGateway({ clusters: createClusterRegistry(entries) });
    closing.push(served.close);
    return { fake, served, mcp: await startMcp(served.url, fake.operator.token) };
  }

  it(
    "creates, lists, reads, renames and deletes tokens, and no clear-text token comes through",
    { timeout: ROOM },
    async () => {
      const { fake, served, mcp } = await start();
      const bucket = fake.addBucket("plant");
      const there = fake.addAuthorization({ description: "Grafana" });
      const listed = await told(mcp, "cloud_list_database_tokens");
      expect(fullDetails(z.array(tokenSchema), listed).map(({ id }) => id)).toEqual([
        fake.operator.id,
        there.id,
      ]);
      expect(
        databasesSchema
          .parse(JSON.parse(await told(mcp, "list_databases")))
          .databases.map(({ name }) => name),
      ).toEqual(["_monitoring", "_tasks", "plant"]);
      expect(await told(mcp, "cloud_get_database_token", { token_id: there.id })).toContain(
        "Description: Grafana",
      );

      const renamed = await told(mcp, "cloud_update_database_token", {
        token_id: there.id,
        description: "Grafana 12",
      });
      expect(lineOf(renamed, "Description")).toBe("Grafana 12");
      expect(fake.authorization(there.id)).toMatchObject({
        description: "Grafana 12",
        permissions: there.permissions,
      });
      // None of those that were there before: neither to the client nor into the gateway's log or database.
      const kept = (await served.gateway.database.bytes()).toString("latin1");
      expect(kept).toContain(there.id);
      const everything = [mcp.said(), kept, ...served.gateway.logLines].join("\n");
      expect(fake.canaries()).toHaveLength(2);
      for (const secret of fake.canaries()) expect(everything).not.toContain(secret);

      const made = await told(mcp, "cloud_create_database_token", {
        description: "CI",
        permissions: [{ database: "plant", action: "write" }],
      });
      const id = lineOf(made, "Token ID");
      expect(fake.authorization(id)).toMatchObject({
        token: lineOf(made, "Access Token"),
        permissions: [{ action: "write", resource: { type: "buckets", id: bucket.id } }],
      });
      const after = mcp.said().length;
      await told(mcp, "cloud_get_database_token", { token_id: id });
      await told(mcp, "cloud_list_database_tokens");
      await told(mcp, "cloud_delete_database_token", { token_id: id });
      expect(fake.authorization(id)).toBeUndefined();
      for (const secret of fake.canaries()) expect(mcp.said().slice(after)).not.toContain(secret);
    },
  );

  it("hears clearly what v2 cannot do, and nothing is changed by that", { timeout: ROOM }, async () => {
    const { fake, mcp } = await start();
    fake.addBucket("plant");
    const row = fake.addAuthorization({ description: "Grafana" });
    const before = fake.authorizations();
    const permissions = [{ database: "plant", action: "read" }];
    expect(
      await refused(mcp, "cloud_update_database_token", { token_id: row.id, description: "x", permissions }),
    ).toMatch(/HTTP 409 .*Server message: InfluxDB v2 fixes what a token may do when it is created\./);
    expect(await refused(mcp, "cloud_create_database_token", { description: "nothing" })).toMatch(
      /HTTP 400 .*Server message: .*permission/i,
    );
    expect(
      await refused(mcp, "cloud_create_database_token", {
        description: "elsewhere",
        permissions: [{ database: "nowhere", action: "read" }],
      }),
    ).toMatch(/HTTP 400 .*Server message: .*nowhere/);
    expect(await refused(mcp, "create_database", { name: "other" })).toContain(
      "Server message: Buckets of InfluxDB v2 are made and deleted in its own screens.",
    );
    expect(await refused(mcp, "cloud_get_database_token", { token_id: "0123456789abcdef" })).toContain(
      "HTTP 404",
    );
    expect(await refused(mcp, "cloud_get_database_token", { token_id: "x" })).toMatch(
      /HTTP 400 .*16 hexadecimal digits/,
    );
    expect(fake.authorizations()).toEqual(before);
    for (const secret of fake.canaries()) expect(mcp.said()).not.toContain(secret);
  });
});
