import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { configuredClusters } from "#server/configured-clusters.ts";
import { clusterElsewhere } from "#server/cluster-elsewhere-for-tests.ts";
import { engines } from "#server/database/engines-for-tests.ts";
import { readConfiguration } from "./read-configuration.ts";

const CANARY = "canary-client-secret-0123456789";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokenward-oidc-"));
  file = join(folder, "clusters.toml");
});
afterEach(() => rmSync(folder, { recursive: true }));

const profiles = `[[profile]]
name = "Prod"
product = "clustered"
host = "influxdb.example.com"

[[profile]]
name = "Old"
product = "v2"
url = "http://127.0.0.1:8086"
[profile.auth.oauth2]
client_id = "of influxctl"

`;
const FIRST = profiles.split("\n").length;

/** `table`: what follows the profiles. */
const read = async (
  table: string,
  changes: { mode?: number; oidcRefusal?: string; slugs?: string[] } = {},
) => {
  const { mode = 0o600, oidcRefusal, slugs = ["prod", "old"] } = changes;
  writeFileSync(file, profiles + table);
  chmodSync(file, mode);
  const configuration = await readConfiguration({
    file,
    option: "--config",
    tokensRefusal: undefined,
    oidcRefusal,
  });
  // Whatever is wrong with it, the clusters are there.
  expect(configuration.clusters.map(({ profile }) => profile.slug)).toEqual(slugs);
  for (const remark of configuration.remarks) expect(remark).not.toContain(CANARY);
  return configuration;
};

test("the least is an issuer and a client; clusters that know such tokens take them", async () => {
  const { oidc, remarks } = await read(`[oidc]
issuer = "https://id.example.com/realms/team"
client_id = "tokenward"
`);
  expect(oidc).toEqual({
    issuer: "https://id.example.com/realms/team",
    clientId: "tokenward",
    clientSecret: undefined,
    scopes: "openid profile email offline_access",
    audience: undefined,
    name: "id.example.com",
    caFile: undefined,
    slugs: new Set(["prod"]),
  });
  expect(remarks).toEqual([]);
});

test("everything can be said, and clusters named", async () => {
  writeFileSync(join(folder, "ca.pem"), "");
  const { oidc } = await read(`[oidc]
issuer = "http://localhost:9000"
client_id = "tokenward"
client_secret = "${CANARY}"
scopes = "openid api"
audience = "https://influxdb.example.com"
name = "Team Login"
ca = "ca.pem"
clusters = ["Prod"]
`);
  expect(oidc).toEqual({
    issuer: "http://localhost:9000",
    clientId: "tokenward",
    clientSecret: CANARY,
    scopes: "openid api",
    audience: "https://influxdb.example.com",
    name: "Team Login",
    caFile: join(folder, "ca.pem"),
    slugs: new Set(["prod"]),
  });
});

test("influxctl's own settings for signing in are none of these", async () => {
  expect((await read("")).oidc).toBeUndefined();
});

test("only the clusters of the settings take the tokens", async () => {
  const configuration = await read(`[oidc]\nissuer = "https://id.example.com"\nclient_id = "t"\n`);
  const database = await engines[0]?.open();
  if (database === undefined) throw new Error("no engine");
  const { entry } = await clusterElsewhere({ name: "any", database, clock: Date.now });
  const entries = configuredClusters(configuration, undefined, () => entry.service);
  expect(entries.map(({ takesOidc }) => takesOidc)).toEqual([true, false]);
  await database.close();
});

const good = `[oidc]
issuer = "https://id.example.com"
client_id = "tokenward"
`;
test.each([
  [0, "client_id is missing", `[oidc]\nissuer = "https://id.example.com"\n`],
  [0, "issuer is missing", `[oidc]\nclient_id = "t"\n`],
  [
    1,
    "issuer must be an address that begins with https://",
    `[oidc]\nissuer = "id.example.com"\nclient_id = "t"\n`,
  ],
  [
    1,
    "issuer must begin with https://: people's passwords and tokens go there",
    `[oidc]\nissuer = "http://id.example.com"\nclient_id = "t"\n`,
  ],
  [
    1,
    "issuer must have no user, password, query or fragment",
    `[oidc]\nissuer = "https://a:${CANARY}@id.example.com"\nclient_id = "t"\n`,
  ],
  [3, "scopes must have openid among them", `${good}scopes = "profile"\n`],
  [3, "client_secret must be a text in quotes", `${good}client_secret = 7\n`],
  [3, "client_secret has characters that cannot be in it", `${good}client_secret = "${CANARY}\\n"\n`],
  [
    3,
    "name must be one line of 100 visible characters at most, without spaces around",
    `${good}name = "a\\u202eb"\n`,
  ],
  [3, "ca names a file that cannot be read (ENOENT)", `${good}ca = "nowhere.pem"\n`],
  [3, "clusters must be a list of names of profiles", `${good}clusters = "Prod"\n`],
  [3, "clusters has as its entry 2 no profile that can be used", `${good}clusters = ["Prod", "${CANARY}"]\n`],
  [3, "clusters has “Old”, whose product takes no such tokens", `${good}clusters = ["Old"]\n`],
])("a fault is named with its line, %i after the header: %s", async (after, fault, table) => {
  const { oidc, remarks } = await read(table);
  expect(oidc).toBeUndefined();
  expect(remarks).toEqual([`${file}, line ${FIRST + after}: [oidc] is left out: ${fault}.`]);
});

test("a secret that others can read is not used, and no provider with it", async () => {
  const { oidc, remarks } = await read(`${good}client_secret = "${CANARY}"\n`, { mode: 0o644 });
  expect(oidc).toBeUndefined();
  expect(remarks).toEqual([
    `${file}, line ${FIRST + 3}: [oidc] is left out: client_secret is in a file that others than its owner can read or change (mode 644, should be 600).`,
  ]);
  expect((await read(good, { mode: 0o644 })).oidc).toBeDefined();
});

test("a file that others can change says nothing about who may sign in", async () => {
  for (const mode of [0o620, 0o602]) {
    const { oidc, remarks } = await read(good, { mode });
    expect(oidc).toBeUndefined();
    expect(remarks).toEqual([
      `${file}, line ${FIRST + 1}: [oidc] is left out: issuer is in a file that others than its owner can change (mode ${mode.toString(8)}, should be 600).`,
    ]);
  }
});

const unsafe = `[[profile]]
name = "Clear"
product = "clustered"
host = "clear.example.com"
[profile.tls]
disable = true

[[profile]]
name = "Lax"
product = "dedicated"
host = "lax.example.com"
account_id = "11111111-1111-4111-8111-111111111111"
cluster_id = "22222222-2222-4222-8222-222222222222"
[profile.tls]
insecure = true

`;

test("tokens go to no cluster over a line that others may read, unless it is named", async () => {
  const remarkOf = (name: string, why: string) =>
    `${file}, line ${FIRST}: [oidc] sends no tokens to “${name}”, ${why}: name it in clusters if it is to get them.`;
  const remarks = [
    remarkOf("Clear", "which is reached without TLS"),
    remarkOf("Lax", "whose certificate is not checked"),
  ];
  const before = FIRST;
  const text = unsafe + good;
  const shifted = (all: string[]) =>
    all.map((remark) => remark.replace(`line ${before}`, `line ${before + unsafe.split("\n").length - 1}`));
  const ofOidc = (all: string[]) => all.filter((remark) => remark.includes("[oidc]"));
  const slugs = ["prod", "old", "clear", "lax"];
  const left = await read(text, { slugs });
  expect(left.oidc?.slugs).toEqual(new Set(["prod"]));
  expect(ofOidc(left.remarks)).toEqual(shifted(remarks));
  const named = await read(`${text}clusters = ["Clear", "Lax"]\n`, { slugs });
  expect(named.oidc?.slugs).toEqual(new Set(["clear", "lax"]));
  expect(ofOidc(named.remarks)).toEqual([]);
});

test("without an address to come back to there is none", async () => {
  const { oidc, remarks } = await read(good, { oidcRefusal: "needs --public-url" });
  expect(oidc).toBeUndefined();
  expect(remarks).toEqual([`${file}, line ${FIRST + 1}: [oidc] is left out: issuer needs --public-url.`]);
});

test("a key that is nearly a known one is asked about", async () => {
  const { oidc, remarks } = await read(`${good}scope = "openid api"\n`);
  expect(oidc).toBeDefined();
  expect(remarks).toEqual([
    `${file}, line ${FIRST + 3}: [oidc] has a fault: the key “scope” is not known and was ignored: is it “scopes”?.`,
  ]);
});
