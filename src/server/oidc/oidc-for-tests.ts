import { createApp } from "#server/app.ts";
import { clusterElsewhere } from "#server/cluster-elsewhere-for-tests.ts";
import { cookieOf, ORIGIN, startTestGateway, type TestGateway } from "#server/gateway-for-tests.ts";
import type { Credential } from "#server/services/token-service.ts";
import { createIdentityProvider } from "./identity-provider.ts";
import { type LyingProvider, startLyingProvider } from "./lying-provider-for-tests.ts";
import type { OidcSettings } from "./oidc-settings.ts";

export const AUDIENCE = "https://influxdb.example.com";

/** A gateway that takes people from a provider, with a cluster `jwt` that takes their tokens and one that does not. */
export interface OidcGateway {
  gateway: TestGateway;
  provider: LyingProvider;
  /** What the cluster was asked with, in order. */
  seen: Credential[];
  /** Begins to sign in: where the browser goes, and the cookie that it has then. */
  begin(returnTo?: string, cookie?: string): Promise<{ url: string; cookie: string }>;
  /** Comes back with this query. */
  answer(query: string, cookie: string): Promise<Response>;
  /** The whole way: the session's cookie. */
  signIn(): Promise<string>;
  /** Asks the cluster `jwt` something. */
  ask(cookie: string): Promise<Response>;
  /** A second gateway with the same database, and its `ask`. */
  another(): (cookie: string) => Promise<Response>;
  close(): Promise<void>;
}

export async function startOidcGateway(changes: Partial<OidcSettings> = {}): Promise<OidcGateway> {
  const provider = await startLyingProvider(() => gateway.clock());
  const settings: OidcSettings = {
    issuer: provider.issuer,
    clientId: "tokenward",
    clientSecret: "canary-client-secret",
    scopes: "openid profile offline_access",
    audience: AUDIENCE,
    name: "Example Login",
    caFile: undefined,
    slugs: new Set(["jwt"]),
    ...changes,
  };
  const providers = [0, 1].map(() =>
    createIdentityProvider(settings, `${ORIGIN}/sign-in`, () => gateway.clock()),
  );
  const [first, second] = providers;
  if (first === undefined || second === undefined) throw new Error("unreachable: there are two");
  const seen: Credential[] = [];
  const gateway = await startTestGateway({
    identityProvider: { settings, provider: first },
    clustersOf: async (own, database, clock) => {
      const jwt = await clusterElsewhere({ name: "jwt", database, clock });
      const other = await clusterElsewhere({ name: "other", database, clock });
      const check = async ({ credential }: { credential: Credential }) => void seen.push(credential);
      return [
        ...own,
        { ...jwt.entry, takesOidc: true, service: { ...jwt.entry.service, check } },
        other.entry,
      ];
    },
  });
  const ask: OidcGateway["ask"] = (cookie) => gateway.page("GET", "/api/clusters/jwt/state", { cookie });
  const self: OidcGateway = {
    gateway,
    provider,
    seen,
    ask,
    async begin(returnTo, cookie) {
      const answer = await gateway.page("POST", "/api/session/oidc", {
        body: returnTo === undefined ? {} : { returnTo },
        ...(cookie === undefined ? {} : { cookie }),
      });
      if (answer.status !== 200)
        throw new Error(`beginning answered ${answer.status}: ${await answer.text()}`);
      const { authorizationUrl } = (await answer.json()) as { authorizationUrl: string };
      return { url: authorizationUrl, cookie: cookieOf(answer) };
    },
    answer: (query, cookie) => gateway.page("POST", "/api/session/oidc/answer", { body: { query }, cookie }),
    async signIn() {
      const { url, cookie } = await self.begin();
      const answer = await self.answer(provider.authorize(url), cookie);
      if (answer.status !== 200)
        throw new Error(`signing in answered ${answer.status}: ${await answer.text()}`);
      return cookieOf(answer);
    },
    another() {
      const { hono } = createApp({
        ...gateway.options,
        identityProvider: { settings, provider: second },
      });
      return async (cookie) =>
        hono.request(`${ORIGIN}/api/clusters/jwt/state`, { headers: { Cookie: cookie } });
    },
    async close() {
      await gateway.close();
      for (const one of providers) await one.close();
      await provider.close();
    },
  };
  return self;
}
