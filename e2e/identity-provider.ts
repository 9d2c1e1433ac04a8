import { generateKeyPairSync, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { Provider } from "oidc-provider";

/** Whom the access tokens are for. */
export const AUDIENCE = "https://influxdb.example.com";

export interface IdentityProviderFixture {
  issuer: string;
  clientSecret: string;
  /** What the `[oidc]` table of a gateway's configuration has to say. */
  toml: string;
  /** Every token that it gave out, of whatever kind. */
  tokens: string[];
  /** How many tokens it was asked to revoke, and has. */
  revocations(): number;
  /** Who has signed in since the beginning: the tokens of all of them are worth nothing any more, except JWTs. */
  endAllGrants(): Promise<void>;
  /** Goes through the pages as a browser would: the query to come back with. Without a name the person cancels. */
  signIn(url: string, name: string | undefined): Promise<string>;
  /** Nobody is signed in and no token was given out or revoked: another test goes on with it. */
  startOver(): Promise<void>;
  close(): Promise<void>;
}

/** Names whose bearers may look and change nothing end like this. */
const READER = "reader";

/**
 * A real OpenID Connect provider with a login page of its own, where a name is all that it asks for. PKCE is required,
 * access tokens are JWTs for one audience, and refresh tokens are good once. `tokenLife` in seconds.
 */
export async function startIdentityProvider(
  options: { tokenLife?: number } = {},
): Promise<IdentityProviderFixture> {
  const { tokenLife = 3600 } = options;
  let handle = (_request: IncomingMessage, response: ServerResponse): unknown => response.end();
  const server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;
  const clientSecret = `canary-${randomBytes(16).toString("hex")}`;
  const { privateKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const tokens: string[] = [];
  const grants = new Set<string>();
  let revoked = 0;

  const provider = new Provider(issuer, {
    clients: [
      {
        client_id: "tokenward",
        client_secret: clientSecret,
        // Of those any port of this machine will do (RFC 8252, section 7.3).
        application_type: "native",
        redirect_uris: ["http://localhost/sign-in"],
        grant_types: ["authorization_code", "refresh_token"],
        response_types: ["code"],
      },
    ],
    jwks: { keys: [{ ...privateKey.export({ format: "jwk" }), kid: "1", use: "sig", alg: "RS256" }] },
    cookies: { keys: [randomBytes(16).toString("hex")] },
    pkce: { required: () => true },
    conformIdTokenClaims: false,
    claims: { openid: ["sub"], profile: ["name"], email: ["email"] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, name: `${id} Example`, email: `${id}@example.com` }),
    }),
    extraTokenClaims: (_, token) => ({
      role: "accountId" in token && token.accountId.endsWith(READER) ? READER : "admin",
    }),
    // Seconds. It asks for a decision on each.
    ttl: {
      AccessToken: tokenLife,
      Grant: 3600,
      IdToken: 3600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    rotateRefreshToken: true,
    issueRefreshToken: async (_, client) => client.grantTypeAllowed("refresh_token"),
    features: {
      devInteractions: { enabled: false },
      revocation: { enabled: true, allowedPolicy: async () => true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: async () => true,
        getResourceServerInfo: async (_, audience) => ({
          scope: "",
          audience,
          accessTokenFormat: "jwt",
          accessTokenTTL: tokenLife,
          jwt: { sign: { alg: "RS256" } },
        }),
      },
    },
    interactions: { url: (_, { uid }) => `/login/${uid}` },
    // Whoever signs in has agreed.
    async loadExistingGrant({ oidc }) {
      const { client, session } = oidc;
      if (client === undefined || session?.accountId === undefined) return undefined;
      const known = session.grantIdFor(client.clientId);
      const kept = known === undefined ? undefined : await provider.Grant.find(known);
      if (kept !== undefined) return kept;
      const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId });
      grant.addOIDCScope("openid profile email offline_access");
      grant.addResourceScope(AUDIENCE, "");
      grants.add(await grant.save());
      return grant;
    },
    renderError(ctx, out) {
      ctx.type = "html";
      ctx.body = page(`<h1>The provider cannot go on</h1><p>${out.error}</p>`);
    },
  });
  provider.on("server_error", (_, error) => process.stderr.write(`${String(error.stack)}\n`));

  const serveProvider = provider.callback();
  handle = async (request, response) => {
    const path = new URL(request.url ?? "/", issuer).pathname;
    if (path === "/favicon.ico") return response.writeHead(204).end();
    if (path.startsWith("/login/")) return login(request, response);
    if (path === "/token") noteTokens(response);
    if (path === "/token/revocation") response.on("finish", () => (revoked += 1));
    return serveProvider(request, response);
  };

  async function login(request: IncomingMessage, response: ServerResponse): Promise<unknown> {
    const { prompt } = await provider.interactionDetails(request, response);
    if (prompt.name === "consent") {
      // Programs on one's own machine are asked about every time, by the rules.
      return provider.interactionFinished(request, response, { consent: {} });
    }
    if (request.method !== "POST") {
      return response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end(
        page(
          `<h1>Example Login</h1><form method="post"><label>Name <input name="name"></label>
           <button>Log in</button><button name="cancel" value="1">Cancel</button></form>`,
        ),
      );
    }
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk as Uint8Array));
    const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
    const result = form.has("cancel")
      ? { error: "access_denied", error_description: "<b>They cancelled.</b>" }
      : { login: { accountId: form.get("name") ?? "" } };
    return provider.interactionFinished(request, response, result, { mergeWithLastSubmission: false });
  }

  /** What the answer under way gives out. */
  function noteTokens(response: ServerResponse): void {
    const end = response.end.bind(response);
    response.end = ((body: unknown, ...rest: []) => {
      const text = Buffer.isBuffer(body) ? body.toString("utf8") : String(body);
      for (const [, token] of text.matchAll(/"(?:access|refresh|id)_token":"([^"]+)"/g)) {
        if (token !== undefined) tokens.push(token);
      }
      return end(body, ...rest);
    }) as typeof response.end;
  }

  const fixture: IdentityProviderFixture = {
    issuer,
    clientSecret,
    tokens,
    toml: `
[oidc]
name = "Example Login"
issuer = "${issuer}"
client_id = "tokenward"
client_secret = "${clientSecret}"
audience = "${AUDIENCE}"
`,
    revocations: () => revoked,
    async endAllGrants() {
      for (const id of grants) await (await provider.Grant.find(id))?.destroy();
      grants.clear();
    },
    async signIn(url, name) {
      const jar = new Map<string, string>();
      let at = url;
      let body: URLSearchParams | undefined;
      for (let step = 0; step < 10; step++) {
        const answer = await fetch(at, {
          redirect: "manual",
          headers: { Cookie: [...jar].map((pair) => pair.join("=")).join("; ") },
          ...(body === undefined ? {} : { method: "POST", body }),
        });
        body = undefined;
        for (const cookie of answer.headers.getSetCookie()) {
          const [pair = ""] = cookie.split(";");
          jar.set(pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1));
        }
        const location = answer.headers.get("Location");
        if (location === null) {
          const text = await answer.text();
          if (!text.includes("Example Login")) throw new Error(`The provider says: ${text}`);
          body = new URLSearchParams(name === undefined ? { cancel: "1" } : { name });
          continue;
        }
        const next = new URL(location, at);
        if (next.origin !== issuer) return next.search;
        at = next.href;
      }
      throw new Error("The provider goes round in circles.");
    },
    async startOver() {
      // A session is worth nothing without its browser's cookie, which is the browser's to forget.
      await fixture.endAllGrants();
      tokens.length = 0;
      revoked = 0;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fixture;
}

function page(content: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>Example Login</title>${content}</html>`;
}
