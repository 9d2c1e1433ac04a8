import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import { StartError } from "#server/start-error.ts";
import { influxctlFile } from "./influxctl-file.ts";
import { slugOf, uuidOf } from "./profile-names.ts";
import { readConfiguration } from "./read-configuration.ts";

const CANARY = "canary-file-token-0123456789-abcdef";
const ACCOUNT = "aaaaaaaa-1111-4111-8111-111111111111";
const CLUSTER = "bbbbbbbb-2222-4222-8222-222222222222";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "tokenward-profiles-"));
  file = join(folder, "clusters.toml");
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (text: string, tokensRefusal?: string, mode = 0o600) => {
  writeFileSync(file, text);
  chmodSync(file, mode);
  return readConfiguration({ file, option: "--config", tokensRefusal });
};
const refusal = async (text: string): Promise<string> => {
  const error: unknown = await read(text).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(StartError);
  return error instanceof StartError ? error.message : "";
};

const good = `[[profile]]
name = "good"
product = "v2"
url = "http://127.0.0.1:8086"
`;

test("influxctl's own file becomes clusters as it is", async () => {
  const { clusters, defaultSlug, remarks } = await read(`## influxctl - example configuration
[[profile]]
    name = "prod"
    product = "dedicated"
    host = "abc.a.influxdb.io"
    # port = "443"
    database = "db"
    token = "${CANARY}-of-queries"
    account_id = "${ACCOUNT.toUpperCase()}"
    cluster_id = "${CLUSTER}"
    mgmt_token = "${CANARY}"

[[profile]]
    name = "default"
    product = "clustered"
    host = "Cluster.example.com"
    port = "8443"
    account_id = ""
    [profile.tls]
        insecure = false
        cert = ""
    [profile.auth.oauth2]
        client_id = "c"
        scopes = [""]
        token_url = "https://id.example.com/token"

[[profile]]
    name = "inside"
    product = "clustered"
    host = "::1"
    port = 8080
    [profile.tls]
        disable = true
`);
  expect(remarks).toEqual([]);
  expect(defaultSlug).toBe("default");
  const tls = { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined };
  expect(clusters.map(({ profile }) => profile)).toMatchObject([
    {
      name: "prod",
      slug: "prod",
      product: "dedicated",
      // Its host is for queries and writes.
      url: "https://console.influxdata.com",
      accountId: ACCOUNT,
      clusterId: CLUSTER,
      token: CANARY,
      longPaths: false,
      tls,
    },
    { name: "default", product: "clustered", url: "https://cluster.example.com:8443", token: undefined, tls },
    { name: "inside", product: "clustered", url: "http://[::1]:8080" },
  ]);
  expect(clusters.map(({ linkRefusal }) => linkRefusal)).toEqual([
    undefined,
    ...Array.from({ length: 2 }, () => expect.stringMatching(/^The configuration holds no token/)),
  ]);
  expect(JSON.stringify(clusters)).not.toContain("of-queries");
});

test("other products come in the same form, with an address and a token", async () => {
  writeFileSync(join(folder, "ca.pem"), "");
  const { clusters, defaultSlug, remarks } = await read(`
[[profile]]
name = "Old v2"
product = "v2"
url = "https://v2.example.com/influx/"
token = "${CANARY}"
tls = { ca = "ca.pem" }
[[profile]]
name = "Edge"
product = "core"
url = "http://localhost:8181"
[[profile]]
name = "Big"
product = "enterprise"
url = "https://big.example.com"
mgmt_token = "other-canary"
[[profile]]
name = "Here"
product = "own"
[[profile]]
name = "Long"
product = "clustered"
url = "https://long.example.com"
long_paths = true
account_id = "${ACCOUNT}"
cluster_id = "${CLUSTER}"
[[profile]]
name = "Stand-in"
product = "dedicated"
url = "http://127.0.0.1:4700"
account_id = "${ACCOUNT}"
cluster_id = "${CLUSTER.replace("b", "c")}"
`);
  expect(remarks).toEqual([]);
  expect(defaultSlug).toBe("old-v2");
  expect(clusters.map(({ profile }) => profile)).toMatchObject([
    {
      slug: "old-v2",
      url: "https://v2.example.com/influx",
      token: CANARY,
      tls: { caFile: join(folder, "ca.pem") },
    },
    { slug: "edge", product: "core", url: "http://localhost:8181" },
    { slug: "big", product: "enterprise", token: "other-canary" },
    { slug: "here", product: "own" },
    { slug: "long", longPaths: true, url: "https://long.example.com", accountId: ACCOUNT },
    { slug: "stand-in", url: "http://127.0.0.1:4700" },
  ]);
});

test("clusters without ids get some that are always the same, and others for another name or address", async () => {
  const idsOf = async (text: string) =>
    (await read(text)).clusters.map(({ profile }) => (profile.product === "own" ? "" : profile.clusterId));
  const [one] = await idsOf(good);
  expect(one).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-5[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(await idsOf(good)).toEqual([one]);
  expect(await idsOf(good.replace("good", "better"))).not.toEqual([one]);
  expect(await idsOf(good.replace("8086", "8087"))).not.toEqual([one]);
  // Written down: another value would be other clusters to everything that is recorded.
  expect(uuidOf("cluster_id\nhttp://127.0.0.1:8086\ngood")).toBe(one);
});

test("slugs hold what an address can, and there is one for every name", () => {
  expect(slugOf("Prod / EU (west)")).toBe("prod-eu-west");
  expect(slugOf("Zürich Höhe")).toBe("zurich-hohe");
  expect(slugOf("x".repeat(80))).toHaveLength(64);
  expect(slugOf("生产")).toMatch(/^cluster-[0-9a-f]{8}$/);
  expect(slugOf("生产")).not.toBe(slugOf("测试"));
});

const dedicated = (lines: string) =>
  `[[profile]]\nname = "bad"\nproduct = "dedicated"\naccount_id = "${ACCOUNT}"\ncluster_id = "${CLUSTER}"\n${lines}`;
const clustered = (lines: string) => `[[profile]]\nname = "bad"\nproduct = "clustered"\n${lines}`;
const v2 = (lines: string) => `[[profile]]\nname = "bad"\nproduct = "v2"\n${lines}`;

// Line numbers count from the first line of the bad profile.
const bad: [what: string, profile: string, line: number, sentence: string][] = [
  ["no name", '[[profile]]\nproduct = "own"', 1, "this profile is left out: name is missing."],
  [
    "a name of two lines",
    '[[profile]]\nname = "a\\nb"',
    2,
    "this profile is left out: name must be one line",
  ],
  [
    "a name that is none",
    "[[profile]]\nname = 5",
    2,
    "this profile is left out: name must be a text in quotes.",
  ],
  ["no product", '[[profile]]\nname = "bad"', 1, "profile “bad” is left out: product is missing: dedicated,"],
  [
    "an unknown product",
    `[[profile]]\nname = "bad"\nproduct = "${CANARY}"`,
    3,
    "profile “bad” is left out: product is none that Tokenward knows: dedicated, clustered, v2, core, enterprise or own.",
  ],
  ["the name of another", good.replace("v2", "core"), 2, "name is that of another profile, in line 1."],
  [
    "the address of another",
    good.replace('"good"', '"Good!"'),
    2,
    "profile “Good!” is left out: name would give it the same address here (good) as profile “good” in line 1.",
  ],
  ["no account", '[[profile]]\nname = "bad"\nproduct = "dedicated"', 1, "account_id is missing."],
  [
    "an account that is no UUID",
    dedicated("").replace(ACCOUNT, CANARY),
    4,
    "profile “bad” is left out: account_id is not a UUID.",
  ],
  ["a cluster that is no UUID", dedicated("").replace(CLUSTER, "b"), 5, "cluster_id is not a UUID."],
  ["no host", clustered(""), 1, "host is missing."],
  ["a port without a host", clustered("port = 443"), 4, "port is given without a host."],
  [
    "a port that is none",
    clustered('host = "h"\nport = "x"'),
    5,
    "port must be a whole number from 1 to 65535.",
  ],
  ["port 0", clustered('host = "h"\nport = 0'), 5, "port must be a whole number from 1 to 65535."],
  ["a host with a scheme", clustered('host = "https://h"'), 4, "host takes a name or an address without"],
  ["a host with a port", clustered('host = "h:443"'), 4, "host must be a name or an address alone"],
  ["a host with a path", clustered('host = "h/p"'), 4, "host must be a name or an address alone"],
  [
    "host and url",
    clustered('host = "h"\nurl = "https://h"'),
    4,
    "host and url both say where the cluster is",
  ],
  [
    "long paths without ids",
    clustered('host = "h"\nlong_paths = true'),
    1,
    "account_id is missing: long_paths",
  ],
  [
    "long paths elsewhere",
    v2('url = "https://h"\nlong_paths = true'),
    5,
    'long_paths is for product = "clustered"',
  ],
  ["no url", v2(""), 1, "url is missing."],
  [
    "a host in place of a url",
    v2('host = "h"'),
    1,
    "url is missing: this product takes it in place of host.",
  ],
  [
    "another scheme",
    v2('url = "ftp://h"'),
    4,
    "url must be an address that begins with https:// or http://.",
  ],
  ["a url with a password", v2(`url = "https://u:${CANARY}@h"`), 4, "url must have no user, password, query"],
  [
    "a url with a query",
    v2(`url = "https://h/?token=${CANARY}"`),
    4,
    "url must have no user, password, query",
  ],
  ["a token with a space", v2(`url = "https://h"\ntoken = "${CANARY} x"`), 5, "token has spaces or other"],
  [
    "a flag that is none",
    v2('url = "https://h"\n[profile.tls]\ninsecure = "yes"'),
    6,
    "tls.insecure must be true or false.",
  ],
  [
    "a certificate alone",
    v2('url = "https://h"\n[profile.tls]\ncert = "c"'),
    6,
    "tls.cert needs a key beside it.",
  ],
  ["a key alone", v2('url = "https://h"\ntls.key = "k"'), 5, "tls.key needs a cert beside it."],
  [
    "an authority that is not there",
    v2('url = "https://h"\n[profile.tls]\nca = "none.pem"'),
    6,
    "tls.ca names a file that cannot be read (ENOENT).",
  ],
  [
    "no TLS at an https address",
    v2('url = "https://h"\n[profile.tls]\ndisable = true'),
    6,
    "tls.disable contradicts a url that begins with https://.",
  ],
  ["tls that is no table", v2('url = "https://h"\ntls = true'), 5, "tls must be a table: [profile.tls]."],
  [
    "an address of our own cluster",
    '[[profile]]\nname = "bad"\nproduct = "own"\nurl = "http://h"',
    4,
    "url is not for",
  ],
];

test.each(bad)(
  "%s: a sentence with the line, and the others still work",
  async (_what, profile, line, sentence) => {
    const { clusters, remarks } = await read(`${good}${profile}\n`);
    expect(clusters.map(({ profile: { slug } }) => slug)).toEqual(["good"]);
    expect(remarks).toEqual([expect.stringContaining(`${file}, line ${4 + line}: `)]);
    expect(remarks[0]).toContain(sentence);
    expect(remarks[0]).not.toContain(CANARY);
  },
);

test("one cluster is listed once", async () => {
  const text = `${dedicated("")}\n${dedicated("").replace("bad", "again")}\n[[profile]]\nname = "a"\nproduct = "own"
[[profile]]\nname = "b"\nproduct = "own"\n${dedicated("").replace("bad", "own too").replace(CLUSTER, CLUSTER_ID)}`;
  const { clusters, remarks } = await read(text);
  expect(clusters.map(({ profile }) => profile.name)).toEqual(["bad", "a"]);
  expect(remarks).toEqual([
    expect.stringContaining(
      "line 11: profile “again” is left out: cluster_id is that of profile “bad” in line 1.",
    ),
    expect.stringContaining("line 18: profile “b” is left out: product is own, of which there is one only"),
    expect.stringContaining(
      "line 23: profile “own too” is left out: cluster_id is that of profile “a” in line 13.",
    ),
  ]);
});

test("what nobody may expect is said, and nothing is left out for it", async () => {
  const { clusters, remarks } = await read(`[[profile]]
name = "good"
prodct = "v1"
product = "v2"
url = "http://v2.example.com"
tokn = "${CANARY}"
somethingNewer = 1
[profile.tls]
insecure = true
insecur = true
`);
  expect(clusters).toHaveLength(1);
  const said = (line: number, text: string) => `${file}, line ${line}: profile “good”: ${text}.`;
  expect(remarks).toEqual([
    said(3, "the key “prodct” is not known and was ignored: is it “product”?"),
    said(6, "the key “tokn” is not known and was ignored: is it “token”?"),
    said(10, "the key “tls.insecur” is not known and was ignored: is it “tls.insecure”?"),
    said(9, "any certificate is accepted, also that of somebody between"),
    said(5, "tokens are sent to this cluster in clear text"),
  ]);
});

test("TLS stays on towards Cloud Dedicated", async () => {
  const { clusters, remarks } = await read(dedicated("[profile.tls]\ndisable = true\n"));
  expect(clusters[0]?.profile).toMatchObject({ url: "https://console.influxdata.com" });
  expect(remarks).toEqual([expect.stringContaining("line 7: profile “bad”: TLS stays on")]);
});

test("another cluster never becomes the default one in silence", async () => {
  const { defaultSlug, remarks } = await read(`${good}[[profile]]\nname = "default"\nproduct = "v2"\n`);
  expect(defaultSlug).toBe("good");
  expect(remarks[1]).toMatch(
    /the profile that would be the default cluster is left out\. “good” is the default/,
  );
  expect((await read(`[[profile]]\nname = "x"\n${good}`)).remarks[1]).toMatch(/would be the default/);
  expect((await read(good)).remarks).toEqual([]);
});

test("a file that is no TOML stops the start, with its line and nothing of its text", async () => {
  expect(await refusal(`[[profile]]\nname = "a"\nmgmt_token = "${CANARY}\n`)).toBe(
    `${file}, line 3: not TOML: control characters are not allowed in strings.`,
  );
  expect(await refusal(`[[profile]]\n${CANARY}`)).toMatch(/line 2: not TOML: [^\n]+\.$/);
  expect(await refusal(`[[profile]]\n__proto__ = 1\n`)).toContain("unsafe property");
  const error: unknown = await read(`x = ${CANARY}`).catch((thrown: unknown) => thrown);
  expect(error instanceof Error ? [error.cause, String(error.stack).includes(CANARY)] : error).toEqual([
    undefined,
    false,
  ]);
});

test("a file without a usable profile stops the start and says why", async () => {
  expect(await refusal("")).toBe(`The file ${file} names no cluster: it has no [[profile]].`);
  expect(await refusal('[default]\naccount_id = "a"\n')).toContain("it has no [[profile]]");
  expect(await refusal('[profile]\nname = "a"\n')).toContain("two brackets: [[profile]]");
  expect(await refusal('profile = ["a"]\n')).toContain("profile must be a table: [[profile]]");
  expect(await refusal('[[profile]]\nname = "a"\n')).toMatch(
    /^The file .* of --config has no profile that can be used\.\n.*line 1: profile “a” is left out: product is missing/,
  );
  rmSync(file);
  await expect(readConfiguration({ file, option: "--influxctl", tokensRefusal: undefined })).rejects.toThrow(
    `The file ${file} of --influxctl cannot be read (ENOENT).`,
  );
  await expect(
    readConfiguration({ file: folder, option: "--config", tokensRefusal: undefined }),
  ).rejects.toThrow(/cannot be read/);
});

test("lines are found behind strings of several lines, comments and Windows line ends", async () => {
  const text = `# [[profile]]
note = """
[[profile]]
\\"""
"""
other = '''[[profile]] # '''
[[ profile ]]  # "
name = 'a'
product = "v2"
"url" = "nothing"
`;
  const { remarks } = await read(`${text}${good}`.replaceAll("\n", "\r\n"));
  expect(remarks[0]).toContain("line 10: profile “a” is left out: url must be an address");
});

test("tokens are refused on a gateway that others reach, and in a file that others can read or change", async () => {
  const text = `${good}token = "${CANARY}"\n`;
  const allowed = await read(text);
  expect(allowed.clusters[0]).toMatchObject({ profile: { token: CANARY }, linkRefusal: undefined });
  expect(allowed.remarks).toEqual([]);

  const refused = await read(text, "Not on this gateway.");
  expect(refused.clusters[0]).toMatchObject({
    profile: { token: undefined },
    linkRefusal: "Not on this gateway. Sign in to it with a token of its own.",
  });
  expect(refused.remarks).toEqual([
    `${file}, line 1: profile “good”: its token is not used. Not on this gateway.`,
  ]);
  for (const mode of [0o640, 0o604, 0o620, 0o602]) {
    const open = await read(text, undefined, mode);
    expect(open.clusters[0]?.profile).toMatchObject({ token: undefined });
    expect(open.remarks[0]).toContain(`mode ${mode.toString(8)}, should be 600`);
  }
  // Without a token nothing in it is a secret.
  expect((await read(good, undefined, 0o644)).remarks).toEqual([]);
});

test("influxctl's file is where influxctl looks for it on each system", () => {
  const home = join("/", "home", "ada");
  expect(influxctlFile({}, "linux", home)).toBe("/home/ada/.config/influxctl/config.toml");
  expect(influxctlFile({ XDG_CONFIG_HOME: "/cfg" }, "linux", home)).toBe("/cfg/influxctl/config.toml");
  expect(influxctlFile({ XDG_CONFIG_HOME: "cfg" }, "linux", home)).toBe(
    "/home/ada/.config/influxctl/config.toml",
  );
  expect(influxctlFile({ XDG_CONFIG_HOME: "/cfg" }, "darwin", home)).toBe(
    "/home/ada/Library/Application Support/influxctl/config.toml",
  );
  expect(influxctlFile({ APPDATA: "/roaming" }, "win32", home)).toBe("/roaming/influxctl/config.toml");
});
