import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { clusterSchema, clusterStateSchema } from "#contract/cluster.ts";
import { localhostCertificate } from "./certificate-for-tests.ts";
import { readConfig } from "./config.ts";
import { createdBy, MANAGEMENT_TOKEN } from "./gateway-for-tests.ts";
import { type PageSource, type RunningGateway, startGateway } from "./main.ts";
import { type ServedGateway, serveTestGateway } from "./served-gateway-for-tests.ts";

let directory: string;
let file: string;
let upstream: ServedGateway;
let running: RunningGateway[] = [];

beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "tokenward-main-"));
  file = join(directory, "clusters.toml");
  upstream = await serveTestGateway();
});
afterEach(async () => {
  for (const gateway of running.splice(0)) await gateway.close();
  await upstream.close();
  rmSync(directory, { recursive: true });
});

const pageSource: PageSource = async () => ({ pages: { answer: async () => new Response("page") } });

/** No influxctl of whoever runs the tests is looked for. */
async function start(args: string[], environment: Record<string, string> = {}) {
  const config = readConfig(["--port", "0", "--no-sample", "--data-dir", join(directory, "data"), ...args], {
    XDG_CONFIG_HOME: join(directory, "none"),
    ...environment,
  });
  if (config === "help") throw new Error("help was asked for");
  const printed: string[] = [];
  const logged: string[] = [];
  const gateway = await startGateway(config, {
    print: (line) => printed.push(line),
    writeLog: (line) => logged.push(line),
    pageSource,
  });
  running.push(gateway);
  const url = gateway.publicUrl;
  const page = (
    path: string,
    init: Omit<RequestInit, "headers"> & { headers?: Record<string, string> } = {},
  ) =>
    fetch(url + path, {
      ...init,
      headers: {
        "Sec-Fetch-Site": "same-origin",
        "X-Tokenward-Request": "interactive",
        "Content-Type": "application/json",
        "Idempotency-Key": crypto.randomUUID(),
        Origin: url,
        ...init.headers,
      },
    });
  const signIn = async () => {
    const code = /code=([\w-]+)/.exec(printed.join("\n"))?.[1];
    const answer = await page("/api/session", {
      method: "POST",
      body: JSON.stringify({ method: "link", code }),
    });
    expect(answer.status).toBe(200);
    const Cookie = answer.headers.get("Set-Cookie")?.split(";")[0] ?? "";
    return (path: string, init: RequestInit = {}) => page(path, { ...init, headers: { Cookie } });
  };
  return { gateway, printed, logged, signIn };
}

const upstreamProfile = () => `[[profile]]
name = "Far away"
product = "clustered"
url = "${upstream.url}"
mgmt_token = "${MANAGEMENT_TOKEN}"
`;
const write = (text: string) => writeFileSync(file, text, { mode: 0o600 });
const clustersOf = async (answer: Response) => z.array(clusterSchema).parse(await answer.json());

test("a gateway shows the clusters of its file and no others, asks each with its own credential, and says what is wrong", async () => {
  write(`${upstreamProfile()}[[profile]]\nname = "broken"\n[[profile]]\nname = "default"\nproduct = "own"\n`);
  const { printed, logged, signIn } = await start(["--config", file]);
  expect(printed).toContain(
    `${file}, line 6: profile “broken” is left out: product is missing: dedicated, clustered, v2, core, enterprise or own.`,
  );
  const asked = await signIn();
  const clusters = await clustersOf(await asked("/api/clusters"));
  expect(clusters).toMatchObject([
    {
      slug: "far-away",
      name: "Far away",
      product: "clustered",
      isDefault: false,
      access: { state: "ready" },
    },
    { slug: "default", name: "default", product: "own", isDefault: true, access: { state: "ready" } },
  ]);
  const [far] = clusters;
  const path = `/api/v0/accounts/${far?.accountId}/clusters/${far?.clusterId}/tokens`;
  const made = await createdBy(await asked(path, { method: "POST", body: '{"description":"far"}' }));
  expect(await (await asked(path)).json()).toMatchObject([{ id: made.id, description: "far" }]);
  expect(await (await asked("/api/v0/tokens")).json()).toEqual([]);
  const state = await asked("/api/clusters/far-away/state");
  expect(clusterStateSchema.parse(await state.json())).toEqual({ state: "reachable" });

  upstream.requests.length = 0;
  for (const id of ["..%2f..%2fdatabases", "%2f%2fevil.example", "a%0d%0ab", "x"]) {
    expect((await asked(`${path}/${id}`, { method: "DELETE" })).status).toBe(400);
  }
  expect(upstream.requests).toEqual([]);

  const data = join(directory, "data");
  const kept = readdirSync(data).map((name) => readFileSync(join(data, name), "latin1"));
  expect([...printed, ...logged, ...kept].join("")).not.toContain(MANAGEMENT_TOKEN);
});

test("without an own cluster in the file none is made", async () => {
  write(upstreamProfile());
  const secret = "first-management-token-0123456789-abcdef";
  const { printed, signIn } = await start(["--config", file], { TOKENWARD_MANAGEMENT_TOKEN: secret });
  expect(printed).toContain("TOKENWARD_MANAGEMENT_TOKEN is not used: the configuration has no own cluster.");
  expect(existsSync(join(directory, "data", "management-token"))).toBe(false);
  const asked = await signIn();
  expect((await asked("/api/v0/tokens")).status).toBe(200);
  expect(upstream.requests.at(-1)).toBe("GET /api/v0/tokens");
  writeFileSync(join(directory, "import.json"), "[]");
  await expect(start(["--config", file, "--import", join(directory, "import.json")])).rejects.toThrow(
    /--import needs the own cluster/,
  );
});

test("the file's tokens stay unused where others than this machine's users may come in", async () => {
  write(upstreamProfile());
  for (const args of [
    ["--trusted-proxy", "127.0.0.1"],
    ["--public-url", "https://tokens.example.com"],
  ]) {
    const { printed, gateway } = await start(["--config", file, ...args]);
    expect(printed.join("\n")).toMatch(
      /line 1: profile “Far away”: its token is not used\. .*loopback address, without a trusted proxy/,
    );
    await gateway.close();
  }
  const { signIn } = await start(["--config", file, "--trusted-proxy", "127.0.0.1"]);
  const asked = await signIn();
  const [far] = await clustersOf(await asked("/api/clusters"));
  expect(far?.access).toEqual({
    state: "credential_needed",
    reason: expect.stringMatching(/loopback address.* Sign in to it with a token of its own\.$/),
  });
  expect((await asked("/api/v0/tokens")).status).toBe(401);
  expect(upstream.requests).toEqual([]);
});

test("influxctl's file is pointed out, and read when that is asked for", async () => {
  const folder = join(directory, "influxctl");
  mkdirSync(folder);
  writeFileSync(join(folder, "config.toml"), upstreamProfile(), { mode: 0o600 });
  const environment = { XDG_CONFIG_HOME: directory };
  const pointed = await start([], environment);
  expect(pointed.printed.at(-1)).toBe(
    `influxctl's profiles are in ${join(folder, "config.toml")}: --influxctl shows their clusters here.`,
  );
  expect(await clustersOf(await (await pointed.signIn())("/api/clusters"))).toMatchObject([{ slug: "own" }]);
  await pointed.gateway.close();
  const { printed, signIn } = await start(["--influxctl"], environment);
  expect(printed).toHaveLength(2);
  expect(await clustersOf(await (await signIn())("/api/clusters"))).toMatchObject([{ slug: "far-away" }]);
});

test("an identity provider that is down keeps no gateway from starting, and one without an address to come back to is left out", async () => {
  const oidc = `[oidc]\nissuer = "http://localhost:1"\nclient_id = "tokenward"\nname = "Team Login"\n`;
  write(`${upstreamProfile()}${oidc}`);
  const { gateway, printed } = await start(["--config", file]);
  expect(printed).toHaveLength(2);
  const session = await fetch(`${gateway.publicUrl}/api/session`);
  expect(await session.json()).toEqual({ signedIn: false, oidc: { name: "Team Login" } });
  const begun = await fetch(`${gateway.publicUrl}/api/session/oidc`, {
    method: "POST",
    headers: {
      "Sec-Fetch-Site": "same-origin",
      "X-Tokenward-Request": "interactive",
      "Content-Type": "application/json",
    },
    body: "{}",
  });
  expect(await begun.json()).toMatchObject({
    code: 502,
    message: "Team Login cannot be reached. Try again in a moment.",
  });
  await gateway.close();

  const { cert, key } = localhostCertificate();
  const [certFile, keyFile] = [join(directory, "cert.pem"), join(directory, "key.pem")];
  writeFileSync(certFile, cert);
  writeFileSync(keyFile, key);
  const tls = ["--tls-cert", certFile, "--tls-key", keyFile];
  const open = await start(["--config", file, "--host", "0.0.0.0", ...tls]);
  expect(open.printed.join("\n")).toContain(
    `${file}, line 7: [oidc] is left out: issuer needs --public-url, the address that people come back to.`,
  );
});
