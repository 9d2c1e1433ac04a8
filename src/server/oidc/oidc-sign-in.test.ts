import { afterEach, beforeEach, expect, test } from "vitest";
import * as z from "zod/mini";
import { clusterSchema } from "#contract/cluster.ts";
import { problemSchema } from "#contract/problem.ts";
import { oidcSignedInSchema, sessionSchema } from "#contract/session.ts";
import { cookieOf, ORIGIN, startTestGateway } from "#server/gateway-for-tests.ts";
import type { Lie, Lies } from "./lying-provider-for-tests.ts";
import { AUDIENCE, type OidcGateway, startOidcGateway } from "./oidc-for-tests.ts";
import type { OidcSettings } from "./oidc-settings.ts";

const minute = 60_000;
let oidc: OidcGateway;

beforeEach(async () => {
  oidc = await startOidcGateway();
});
afterEach(() => oidc.close());

const restartedWith = async (settings: Partial<OidcSettings>) => {
  await oidc.close();
  oidc = await startOidcGateway(settings);
};
const sentenceOf = async (answer: Response) => {
  const { code, message } = problemSchema.parse(await answer.json());
  return [code, message] as const;
};
const sessions = async () => {
  const rows = await oidc.gateway.database.db.selectFrom("sessions").select("id_hash").execute();
  return rows.length;
};
/** The whole way with what the provider says now: the answer. */
const attempt = async () => {
  const { url, cookie } = await oidc.begin();
  return oidc.answer(oidc.provider.authorize(url), cookie);
};
/** No session, and nothing that the provider wrote or that is secret, on a way on which the provider says this. */
const refusal = async (lies: Lies) => {
  oidc.provider.lies = lies;
  const answer = await attempt();
  expect(answer.headers.get("Set-Cookie")).toBeNull();
  const [status, message] = await sentenceOf(answer);
  expect(status).toBe(401);
  expect(await sessions()).toBe(0);
  return message;
};

const NOT_BEGUN =
  "This sign-in was not begun in this browser, took longer than 10 minutes, or was finished before. Begin again.";
const BEGIN_AGAIN = "Example Login does not accept this sign-in any more. Begin again.";
const untrusted = (why: string) => `What Example Login answered cannot be trusted: ${why}.`;

test("somebody signs in, is known by name and subject, and the cluster gets their access token", async () => {
  const { url, cookie } = await oidc.begin("/clusters/jwt/database-tokens?q=a");
  const answer = await oidc.answer(oidc.provider.authorize(url), cookie);
  const { session, returnTo } = oidcSignedInSchema.parse(await answer.json());
  expect(session).toMatchObject({
    signedIn: true,
    actor: { kind: "oidc", label: "Ann Example", subject: expect.stringMatching(/^[0-9a-f]{16}:ann$/) },
  });
  expect(returnTo).toBe("/clusters/jwt/database-tokens?q=a");
  const own = cookieOf(answer);
  expect(answer.headers.get("Set-Cookie")).toMatch(/; SameSite=Strict$/);
  expect((await oidc.ask(own)).status).toBe(200);
  const [, accessToken] = oidc.provider.secrets;
  expect(oidc.seen).toEqual([{ kind: "oidc", accessToken }]);
  const clusters = z
    .array(clusterSchema)
    .parse(await (await oidc.gateway.page("GET", "/api/clusters", { cookie: own })).json());
  expect(clusters.map(({ slug, access }) => [slug, access.state])).toEqual([
    ["own", "credential_needed"],
    ["jwt", "ready"],
    ["other", "credential_needed"],
  ]);
});

test("6. codes, tokens and the client's secret are nowhere in clear text", async () => {
  const { url, cookie } = await oidc.begin();
  const query = oidc.provider.authorize(url);
  const answer = await oidc.answer(query, cookie);
  const own = cookieOf(answer);
  const { gateway } = oidc;
  const said = [await answer.text(), await (await oidc.ask(own)).text()];
  for (const path of ["/api/session", "/api/clusters"]) {
    said.push(await (await gateway.page("GET", path, { cookie: own })).text());
  }
  const kept =
    (await gateway.database.bytes()).toString("latin1") + gateway.logLines.join("") + said.join("");
  const asked = new URL(url).searchParams;
  const verifier = oidc.provider.calls[0]?.form.get("code_verifier") ?? "";
  expect(verifier).toMatch(/^[\w-]{43}$/);
  const secrets = [
    ...oidc.provider.secrets,
    new URLSearchParams(query).get("code") ?? "",
    asked.get("nonce") ?? "",
    verifier,
    cookie.split("=")[1] ?? "",
    "canary-client-secret",
  ];
  for (const secret of secrets) {
    expect(secret.length).toBeGreaterThan(15);
    expect(kept).not.toContain(secret);
  }
});

test("nobody is asked who the provider is called before somebody signs in, and who is signed out hears it", async () => {
  const session = sessionSchema.parse(await (await oidc.gateway.page("GET", "/api/session")).json());
  expect(session).toEqual({ signedIn: false, oidc: { name: "Example Login" } });
  const plain = await startTestGateway();
  expect(await (await plain.page("GET", "/api/session")).json()).toEqual({ signedIn: false });
  expect((await plain.page("POST", "/api/session/oidc", { body: {} })).status).toBe(404);
  await plain.close();
});

test("the browser goes where the provider says, with all that it has to come back with", async () => {
  const { url, cookie } = await oidc.begin();
  const { origin, pathname, searchParams } = new URL(url);
  expect(origin + pathname).toBe(`${oidc.provider.issuer}/authorize`);
  expect(Object.fromEntries(searchParams)).toEqual({
    client_id: "tokenward",
    response_type: "code",
    redirect_uri: `${ORIGIN}/sign-in`,
    scope: "openid profile offline_access",
    state: expect.stringMatching(/^[\w-]{43}$/),
    nonce: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    code_challenge_method: "S256",
    audience: AUDIENCE,
    resource: AUDIENCE,
  });
  expect(cookie).toMatch(/^tokenward_4600-sign-in=[\w-]{43}$/);
});

test("the cookie of a sign-in that is under way is __Host- over https, HttpOnly, Lax, and short-lived", async () => {
  const { options } = oidc.gateway;
  const secure = await startTestGateway({
    publicUrl: "https://tokens.example.com",
    identityProvider: options.identityProvider,
  });
  const answer = await secure.page("POST", "/api/session/oidc", { body: {} });
  expect(answer.headers.get("Set-Cookie")).toMatch(
    /^__Host-tokenward-sign-in=[\w-]{43}; Max-Age=600; Path=\/; HttpOnly; SameSite=Lax; Secure$/,
  );
  await secure.close();
});

test("an audience that is no address is asked for by name only, as some products refuse it otherwise", async () => {
  await restartedWith({ audience: "influxdb" });
  const asked = new URL((await oidc.begin()).url).searchParams;
  expect([asked.get("audience"), asked.get("resource")]).toEqual(["influxdb", null]);
});

test("12. state: missing, wrong, of another browser, and reused", async () => {
  const mine = await oidc.begin();
  const theirs = await oidc.begin();
  const query = oidc.provider.authorize(mine.url);
  const tried = async (text: string, cookie: string) => sentenceOf(await oidc.answer(text, cookie));
  expect(await tried(query.replace(/&?state=[^&]+/, ""), mine.cookie)).toEqual([401, NOT_BEGUN]);
  expect(await tried(query.replace(/state=[^&]+/, "state=wrong"), mine.cookie)).toEqual([401, NOT_BEGUN]);
  expect(await tried(query, theirs.cookie)).toEqual([401, NOT_BEGUN]);
  expect(await tried(query, "")).toEqual([401, NOT_BEGUN]);
  expect(oidc.provider.calls).toEqual([]);
  expect((await oidc.answer(query, mine.cookie)).status).toBe(200);
  expect(await tried(query, mine.cookie)).toEqual([401, NOT_BEGUN]);
  expect(oidc.provider.calls).toHaveLength(1);
  expect(await sessions()).toBe(1);
});

test("12. state: of two that come back with the same at once, one has it", async () => {
  const { url, cookie } = await oidc.begin();
  const query = oidc.provider.authorize(url);
  const answers = await Promise.all([oidc.answer(query, cookie), oidc.answer(query, cookie)]);
  expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200, 401]));
  expect(await sessions()).toBe(1);
});

test("12. state: said twice, it is none", async () => {
  const { url, cookie } = await oidc.begin();
  const query = oidc.provider.authorize(url);
  const state = new URLSearchParams(query).get("state") ?? "";
  expect((await oidc.answer(`${query}&state=${state}`, cookie)).status).toBe(401);
  expect(await sessions()).toBe(0);
});

test("12. state: sign-ins that were begun in two tabs of a browser do not end each other", async () => {
  const first = await oidc.begin();
  const second = await oidc.begin(undefined, first.cookie);
  expect(second.cookie).toBe(first.cookie);
  for (const { url, cookie } of [first, second]) {
    expect((await oidc.answer(oidc.provider.authorize(url), cookie)).status).toBe(200);
  }
});

test("12. nonce: missing, wrong, and reused", async () => {
  expect(await refusal({ claims: { nonce: undefined } })).toBe(untrusted("it belongs to another sign-in"));
  expect(await refusal({ claims: { nonce: "wrong" } })).toBe(untrusted("it belongs to another sign-in"));
  const { url } = await oidc.begin();
  const nonce = new URL(url).searchParams.get("nonce");
  expect(await refusal({ claims: { nonce } })).toBe(untrusted("it belongs to another sign-in"));
});

test("12. PKCE: the verifier of another sign-in, and a code that was used before", async () => {
  const first = await oidc.begin();
  const second = await oidc.begin(undefined, first.cookie);
  const stolen = new URLSearchParams(oidc.provider.authorize(first.url)).get("code") ?? "";
  const query = oidc.provider.authorize(second.url).replace(/code=[^&]+/, `code=${stolen}`);
  expect(await sentenceOf(await oidc.answer(query, second.cookie))).toEqual([401, BEGIN_AGAIN]);
  expect(await sessions()).toBe(0);

  const third = await oidc.begin();
  const used = oidc.provider.authorize(third.url);
  expect((await oidc.answer(used, third.cookie)).status).toBe(200);
  const fourth = await oidc.begin();
  const again = oidc.provider
    .authorize(fourth.url)
    .replace(/code=[^&]+/, `code=${new URLSearchParams(used).get("code") ?? ""}`);
  expect(await sentenceOf(await oidc.answer(again, fourth.cookie))).toEqual([401, BEGIN_AGAIN]);
  expect(await sessions()).toBe(1);
});

test("12. issuer: missing and wrong, in the answer and in the id token", async () => {
  const other = untrusted("it names another issuer, or none");
  expect(await refusal({ answer: { iss: undefined } })).toBe(other);
  expect(await refusal({ answer: { iss: "https://elsewhere.example.com" } })).toBe(other);
  expect(oidc.provider.calls).toEqual([]);
  expect(await refusal({ claims: { iss: undefined } })).toBe(other);
  expect(await refusal({ claims: { iss: "https://elsewhere.example.com" } })).toBe(other);
});

test("12. issuer: a provider that calls itself otherwise than the configuration does", async () => {
  oidc.provider.lies = { metadata: { issuer: "https://elsewhere.example.com" } };
  const answer = await oidc.gateway.page("POST", "/api/session/oidc", { body: {} });
  expect(await sentenceOf(answer)).toEqual([
    502,
    "Example Login does not answer as an OpenID Connect provider. Check the issuer in the configuration.",
  ]);
});

test("12. audience: missing and wrong, in the id token and in the access token", async () => {
  const other = untrusted("it is meant for somebody else");
  expect(await refusal({ claims: { aud: undefined } })).toBe(other);
  expect(await refusal({ claims: { aud: "another-client" } })).toBe(other);
  expect(await refusal({ claims: { aud: ["tokenward", "another"], azp: "another" } })).toBe(other);
  const access = "Example Login gave an access token for another audience than the one in the configuration.";
  expect(await refusal({ accessClaims: { aud: undefined } })).toBe(access);
  expect(await refusal({ accessClaims: { aud: ["https://elsewhere.example.com"] } })).toBe(access);
});

test("12. expiry: missing and over, in the id token and in the access token", async () => {
  const past = Math.floor(oidc.gateway.clock() / 1000) - 120;
  expect(await refusal({ claims: { exp: undefined } })).toBe(untrusted("it has expired"));
  expect(await refusal({ claims: { exp: past } })).toBe(untrusted("it has expired"));
  expect(await refusal({ accessClaims: { exp: past } })).toBe(
    "Example Login gave an access token that has expired.",
  );
  const noJwt =
    "Example Login gave an access token that is no JWT with an end, which no cluster can check. Check scopes and audience in the configuration.";
  expect(await refusal({ accessClaims: { exp: undefined } })).toBe(noJwt);
  expect(await refusal({ accessToken: "opaque-access-token" })).toBe(noJwt);
});

test("12. expiry: who takes longer than ten minutes begins again", async () => {
  const { url, cookie } = await oidc.begin();
  const query = oidc.provider.authorize(url);
  oidc.gateway.pass(10 * minute);
  expect(await sentenceOf(await oidc.answer(query, cookie))).toEqual([401, NOT_BEGUN]);
  expect(oidc.provider.calls).toEqual([]);
});

test("12. signature: of another key, none at all, and another algorithm", async () => {
  const wrong = untrusted("its signature is wrong, or it has none");
  expect(await refusal({ signature: "of another key" })).toBe(wrong);
  expect(await refusal({ signature: "none" })).toBe(wrong);
  expect(await refusal({ signature: "none", header: { alg: "none" } })).toBe(wrong);
  expect(await refusal({ header: { kid: "2" } })).toBe(wrong);
});

test("12. who signed in: without a subject, or without an id token, nobody did", async () => {
  const nobody = untrusted("it does not say who signed in");
  expect(await refusal({ claims: { sub: undefined } })).toBe(nobody);
  expect(await refusal({ tokens: { id_token: undefined } })).toBe(nobody);
  expect(await refusal({ claims: { sub: "" } })).toBe("Example Login does not say who signed in.");
  expect(await refusal({ claims: { sub: "a\nb" } })).toBe("Example Login does not say who signed in.");
});

test("12. return addresses: paths of this site alone", async () => {
  for (const path of [
    "https://elsewhere.example.com/",
    "//elsewhere.example.com/",
    "/\\elsewhere.example.com/",
    "/\t/elsewhere.example.com/",
    "/\n/elsewhere.example.com/",
    "/.//elsewhere.example.com/",
    "\\\\elsewhere.example.com",
    "javascript:alert(1)",
    "clusters",
    "",
  ]) {
    const answer = await oidc.gateway.page("POST", "/api/session/oidc", { body: { returnTo: path } });
    expect([path, answer.status]).toEqual([path, 400]);
    expect(answer.headers.get("Set-Cookie")).toBeNull();
  }
  for (const [path, kept] of [
    ["/", "/"],
    ["/clusters/a/../b?q=//x#part", "/clusters/b?q=//x"],
  ] as const) {
    const { url, cookie } = await oidc.begin(path);
    const answer = await oidc.answer(oidc.provider.authorize(url), cookie);
    expect(oidcSignedInSchema.parse(await answer.json()).returnTo).toBe(kept);
  }
});

test("12. only our own pages may begin and finish a sign-in", async () => {
  const { url, cookie } = await oidc.begin();
  const body = { query: oidc.provider.authorize(url) };
  const headers = { "Sec-Fetch-Site": "cross-site" };
  for (const [path, sent] of [
    ["/api/session/oidc", {}],
    ["/api/session/oidc/answer", body],
  ] as const) {
    expect((await oidc.gateway.page("POST", path, { cookie, body: sent, headers })).status).toBe(403);
    expect((await oidc.gateway.send(path, { method: "GET" })).status).toBe(405);
  }
  expect(await sessions()).toBe(0);
});

test("what the provider refuses with is said in our own words, and its own are shown nowhere", async () => {
  const error = (code: string) => ({
    answer: { code: undefined, error: code, error_description: "<img src=x> canary-text" },
  });
  expect(await refusal(error("access_denied"))).toBe(
    "Example Login did not let you in, or you cancelled there.",
  );
  expect(await refusal(error("invalid_scope"))).toBe("Example Login refused the sign-in (invalid_scope).");
  expect(await refusal(error("temporarily_unavailable"))).toBe(
    "Example Login is not available now. Try again in a moment.",
  );
  expect(await refusal(error("<script>"))).toBe(
    "Example Login refused the sign-in for a reason that is not known here.",
  );
  expect(oidc.gateway.logLines.join("")).not.toContain("canary-text");
});

test("a provider that is down, or is none, is one sentence; it is asked again the next time", async () => {
  const answering = async (lies: Lies) => {
    oidc.provider.lies = lies;
    return sentenceOf(await oidc.gateway.page("POST", "/api/session/oidc", { body: {} }));
  };
  const document = "/.well-known/openid-configuration";
  const none =
    "Example Login does not answer as an OpenID Connect provider. Check the issuer in the configuration.";
  expect(await answering({ paths: { [document]: (_, response) => response.writeHead(500).end() } })).toEqual([
    502,
    none,
  ]);
  expect(
    await answering({
      paths: {
        [document]: (_, response) =>
          response.writeHead(302, { Location: `${oidc.provider.issuer}/elsewhere` }).end(),
      },
    }),
  ).toEqual([502, none]);
  expect(
    await answering({
      paths: {
        [document]: (_, response) =>
          response.writeHead(200, { "Content-Type": "text/html" }).end("<h1>Hello</h1>"),
      },
    }),
  ).toEqual([502, none]);
  const unreachable = "Example Login cannot be reached. Try again in a moment.";
  expect(await answering({ paths: { [document]: (_, response) => void response.destroy() } })).toEqual([
    502,
    unreachable,
  ]);
  expect(
    await answering({
      paths: {
        [document]: (_, response) =>
          response.writeHead(200, { "Content-Type": "application/json" }).end(" ".repeat(1_000_001)),
      },
    }),
  ).toEqual([502, unreachable]);
  oidc.provider.lies = {};
  expect((await attempt()).status).toBe(200);
});

/** What a provider answers in its token endpoint. */
const answersToken =
  (status: number, error: string, headers: Record<string, string> = {}): Lie =>
  (_, response) =>
    response
      .writeHead(status, { "Content-Type": "application/json", ...headers })
      .end(JSON.stringify({ error, error_description: "canary-text" }));

test("a refusal that comes with a challenge, as that of a wrong client secret must, is said as what it is", async () => {
  const challenge = { "WWW-Authenticate": 'Basic realm="token"' };
  expect(await refusal({ paths: { "/token": answersToken(401, "invalid_client", challenge) } })).toBe(
    "Example Login does not take this gateway for its client. Check client_id and client_secret in the configuration.",
  );
  expect(await refusal({ paths: { "/token": answersToken(400, "invalid_grant", challenge) } })).toBe(
    BEGIN_AGAIN,
  );
});

test("a provider in trouble is no failed sign-in, however often", async () => {
  const trouble = "Example Login is not available now. Try again in a moment.";
  for (const [status, error] of [
    [400, "server_error"],
    [400, "temporarily_unavailable"],
    [429, "slow_down"],
  ] as const) {
    oidc.provider.lies = { paths: { "/token": answersToken(status, error) } };
    for (let time = 0; time < 5; time++) expect(await sentenceOf(await attempt())).toEqual([502, trouble]);
  }
  oidc.provider.lies = { paths: { "/token": (_, response) => response.writeHead(503).end() } };
  expect((await attempt()).status).toBe(502);
  oidc.provider.lies = {};
  expect((await attempt()).status).toBe(200);
});

test("secrets are sent to no address without TLS beyond this machine, whatever the provider's document says", async () => {
  oidc.provider.lies = { metadata: { authorization_endpoint: "http://elsewhere.example.com/authorize" } };
  expect((await oidc.gateway.page("POST", "/api/session/oidc", { body: {} })).status).toBe(401);
  await restartedWith({});
  oidc.provider.lies = { metadata: { token_endpoint: "http://elsewhere.example.com/token" } };
  expect((await attempt()).status).toBe(502);
  expect(await sessions()).toBe(0);
});

test("the client's secret is sent as the provider takes it, and without one there is none", async () => {
  await oidc.signIn();
  const basic = Buffer.from("tokenward:canary-client-secret").toString("base64");
  expect(oidc.provider.calls[0]?.authorization?.replace("%2D", "-")).toMatch(/^Basic /);
  expect(
    decodeURIComponent(
      Buffer.from(oidc.provider.calls[0]?.authorization?.slice(6) ?? "", "base64").toString("utf8"),
    ),
  ).toBe(Buffer.from(basic, "base64").toString("utf8"));
  await restartedWith({});
  oidc.provider.lies = { metadata: { token_endpoint_auth_methods_supported: ["client_secret_post"] } };
  await oidc.signIn();
  expect(oidc.provider.calls[0]?.form.get("client_secret")).toBe("canary-client-secret");
  await restartedWith({ clientSecret: undefined });
  await oidc.signIn();
  const [call] = oidc.provider.calls;
  expect([call?.authorization, call?.form.get("client_secret"), call?.form.get("client_id")]).toEqual([
    undefined,
    null,
    "tokenward",
  ]);
});

test("names are untrusted text of one line; without one there are others", async () => {
  const labelOf = async (person: Record<string, unknown>) => {
    oidc.provider.person = person;
    const { session } = oidcSignedInSchema.parse(await (await attempt()).json());
    return session.signedIn ? session.actor.label : undefined;
  };
  expect(await labelOf({ sub: "1", name: " \u0000A\nB\ud800 ", email: "a@example.com" })).toBe("A B");
  expect(await labelOf({ sub: "1", name: "", email: "a@example.com" })).toBe("a@example.com");
  expect(await labelOf({ sub: "1", name: 7, preferred_username: "ann" })).toBe("ann");
  expect(await labelOf({ sub: "1", name: "\u200b\u202e\u3164", email: "a\u200db" })).toBe("ab");
  expect(await labelOf({ sub: "1" })).toBe("1");
  expect(await labelOf({ sub: "1", name: "x".repeat(10_000) })).toBe("x".repeat(200));
});

test("too many sign-ins begun from an address, and too many that fail, have to wait", async () => {
  for (let begun = 0; begun < 60; begun++) await oidc.begin();
  const limited = await oidc.gateway.page("POST", "/api/session/oidc", { body: {} });
  expect([limited.status, limited.headers.get("Retry-After")]).toEqual([429, "60"]);
  oidc.gateway.pass(minute);
  const { cookie } = await oidc.begin();
  for (let failed = 0; failed < 10; failed++) {
    expect((await oidc.answer("?state=wrong", cookie)).status).toBe(401);
  }
  expect((await oidc.answer("?state=wrong", cookie)).status).toBe(429);
});

test("who opens the gateway under another name than its own is told where to go", async () => {
  const answer = await oidc.gateway.page("POST", "/api/session/oidc", {
    body: {},
    headers: { Origin: "http://127.0.0.1:4600" },
  });
  expect(await sentenceOf(answer)).toEqual([
    400,
    "Open Tokenward at http://localhost:4600 to sign in with Example Login.",
  ]);
});

test("sign-ins that came to nothing are removed", async () => {
  await oidc.begin();
  oidc.gateway.pass(10 * minute);
  await oidc.begin();
  await oidc.gateway.app.purge();
  const rows = await oidc.gateway.database.db.selectFrom("sign_in_flows").selectAll().execute();
  expect(rows).toHaveLength(1);
});

test("what is recorded about a cluster opens to nobody because the cluster takes somebody else's token", async () => {
  const records = (cookie: string) => oidc.gateway.page("GET", "/api/clusters/jwt/rotations", { cookie });
  oidc.provider.person = { sub: "ann" };
  const ann = await oidc.signIn();
  oidc.provider.person = { sub: "bob" };
  const bob = await oidc.signIn();
  for (const cookie of [ann, ann, bob]) expect((await records(cookie)).status).toBe(200);
  expect(oidc.seen).toHaveLength(2);
  expect(oidc.seen[0]).not.toEqual(oidc.seen[1]);
});
