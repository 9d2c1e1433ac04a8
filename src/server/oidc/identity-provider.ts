import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  calculatePKCECodeChallenge,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  clockSkew,
  Configuration,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  None,
  refreshTokenGrant,
  type ServerMetadata,
  setJwksCache,
  tokenRevocation,
} from "openid-client";
import type { Clock } from "#server/clock.ts";
import { readAccessToken } from "./access-token.ts";
import type { OidcSettings } from "./oidc-settings.ts";
import { connectProvider, mayBeAsked, PROVIDER_PATIENCE, readKeys } from "./provider-fetch.ts";
import { providerProblem, refused } from "./provider-problems.ts";

/** What a provider says of itself may change while the gateway runs. Milliseconds. */
const METADATA_LIFE = 3600_000;

/** No call is made with an access token that ends within a minute, in milliseconds. */
const RENEW_AHEAD = 60_000;

/** What only the gateway that began a sign-in, or another one with its database, knows of it. */
export interface FlowSecrets {
  state: string;
  nonce: string;
  verifier: string;
}

/** What a session holds of its person's tokens. */
export interface OidcTokens {
  /** Of the person, at the provider. */
  sub: string;
  accessToken: string;
  /** Of the access token, in milliseconds. */
  expiresAt: number;
  /** From when on it is to be replaced, in milliseconds: a minute before its end, or half-way when it lives less than two. */
  renewAt: number;
  refreshToken?: string | undefined;
}

export interface SignedInPerson {
  tokens: OidcTokens;
  /** The person's own name for themselves or somebody else's: untrusted text of one line, 200 characters at most. */
  label: string;
}

/** The provider of the configuration. Every method throws ApiError whose sentences name it, and no secret. */
export interface IdentityProvider {
  /** Where the browser signs in. */
  authorizationUrl(flow: FlowSecrets): Promise<string>;
  /** `query`: as the provider sent it back with the browser. Everything in it and behind it is verified. */
  redeem(query: string, flow: FlowSecrets): Promise<SignedInPerson>;
  /** "refused": the provider gives nothing more for the refresh token, or what no cluster may get, such as tokens of somebody else. */
  renew(tokens: OidcTokens): Promise<OidcTokens | "refused">;
  /** Asks the provider to forget them. Never throws: it is a courtesy. */
  forget(tokens: OidcTokens): Promise<void>;
  close(): Promise<void>;
}

/** Nobody is asked before the first sign-in: a provider that is down keeps no gateway from starting. */
export function createIdentityProvider(
  settings: OidcSettings,
  redirectUri: string,
  clock: Clock,
): IdentityProvider {
  const { issuer, clientId, clientSecret, scopes, audience, name } = settings;
  const connection = connectProvider(settings.caFile);
  const extensions = [
    // The library would trust what comes over TLS from the right place; the signature is looked at all the same.
    enableNonRepudiationChecks,
    ...(issuer.startsWith("http:") ? [allowInsecureRequests] : []),
  ];
  let known: { metadata: ServerMetadata; since: number } | undefined;
  let asking: Promise<ServerMetadata> | undefined;

  async function ask(): Promise<ServerMetadata> {
    const found = await discovery(new URL(issuer), clientId, undefined, undefined, {
      [customFetch]: connection.fetch,
      timeout: PROVIDER_PATIENCE / 1000,
      execute: extensions,
    });
    const metadata: ServerMetadata = found.serverMetadata();
    known = { metadata, since: clock() };
    return metadata;
  }

  async function metadataNow(): Promise<ServerMetadata> {
    const age = known === undefined ? Infinity : clock() - known.since;
    if (known !== undefined && age >= 0 && age < METADATA_LIFE) return known.metadata;
    asking ??= ask().finally(() => (asking = undefined));
    return asking;
  }

  /** Made anew for each call: the library takes the difference between the clocks once for all. */
  async function configuration(): Promise<Configuration> {
    const metadata = await metadataNow();
    const config = new Configuration(
      metadata,
      clientId,
      { [clockSkew]: Math.round((clock() - Date.now()) / 1000) },
      clientAuth(clientSecret, metadata.token_endpoint_auth_methods_supported),
    );
    config[customFetch] = connection.fetch;
    config.timeout = PROVIDER_PATIENCE / 1000;
    for (const extend of extensions) extend(config);
    return config;
  }

  async function named<Result>(run: () => Promise<Result>): Promise<Result> {
    try {
      return await run();
    } catch (error) {
      throw providerProblem(error, name);
    }
  }

  /**
   * For whom the tokens are meant is said by `audience` in some products, by `resource` (RFC 8707) in others; that one
   * takes addresses only, and products that do not know it may refuse a name in it.
   */
  const resource = audience !== undefined && /^https?:\/\//.test(audience) ? { resource: audience } : {};

  function checkedTokens(sub: string, accessToken: string, refreshToken: string | undefined): OidcTokens {
    const claims = readAccessToken(accessToken);
    if (claims === undefined) {
      throw refused(
        `${name} gave an access token that is no JWT with an end, which no cluster can check. Check scopes and audience in the configuration.`,
      );
    }
    if (audience !== undefined && !claims.audience.includes(audience)) {
      throw refused(`${name} gave an access token for another audience than the one in the configuration.`);
    }
    const { expiresAt } = claims;
    const life = expiresAt - clock();
    if (life <= 0) throw refused(`${name} gave an access token that has expired.`);
    // What cannot be replaced is used as long as it lasts.
    const ahead = refreshToken === undefined ? 0 : Math.min(RENEW_AHEAD, life / 2);
    return { sub, accessToken, expiresAt, renewAt: expiresAt - ahead, refreshToken };
  }

  return {
    authorizationUrl: ({ state, nonce, verifier }) =>
      named(async () => {
        const url = buildAuthorizationUrl(await configuration(), {
          redirect_uri: redirectUri,
          scope: scopes,
          state,
          nonce,
          code_challenge: await calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          ...(audience === undefined ? {} : { audience }),
          ...resource,
        });
        if (!mayBeAsked(url)) throw refused(`${name} has people sign in at an address without TLS.`);
        return url.href;
      }),

    redeem: (query, { state, nonce, verifier }) =>
      named(async () => {
        const answer = new URL(redirectUri);
        answer.search = query;
        const checks = {
          expectedState: state,
          expectedNonce: nonce,
          pkceCodeVerifier: verifier,
          idTokenExpected: true,
        };
        const tokens = await authorizationCodeGrant(await configuration(), answer, checks, resource);
        const claims = tokens.claims();
        if (claims === undefined || !isSubject(claims.sub)) {
          throw refused(`${name} does not say who signed in.`);
        }
        return {
          tokens: checkedTokens(claims.sub, tokens.access_token, tokens.refresh_token),
          label: labelOf([claims.name, claims.email, claims.preferred_username, claims.sub]),
        };
      }),

    async renew({ sub, refreshToken }) {
      if (refreshToken === undefined) return "refused";
      try {
        const config = await configuration();
        // First of all: whose signature cannot be checked afterwards has used up the refresh token.
        const { jwks_uri: jwksUri } = config.serverMetadata();
        if (jwksUri !== undefined) setJwksCache(config, await readKeys(connection, jwksUri));
        const tokens = await refreshTokenGrant(config, refreshToken, resource);
        // Where it says who it is about, that may be nobody else (OpenID Connect Core 1.0, section 12.2).
        const claims = tokens.claims();
        if (claims !== undefined && claims.sub !== sub) return "refused";
        return checkedTokens(sub, tokens.access_token, tokens.refresh_token ?? refreshToken);
      } catch (error) {
        const problem = providerProblem(error, name);
        // Asking again would end no better: only whoever signs in again hears why, and has other ways.
        if (problem.status === 401) return "refused";
        throw problem;
      }
    },

    async forget({ accessToken, refreshToken }) {
      try {
        const config = await configuration();
        if (config.serverMetadata().revocation_endpoint === undefined) return;
        await Promise.allSettled([
          ...(refreshToken === undefined
            ? []
            : [tokenRevocation(config, refreshToken, { token_type_hint: "refresh_token" })]),
          tokenRevocation(config, accessToken, { token_type_hint: "access_token" }),
        ]);
      } catch {
        // They end by themselves.
      }
    },

    close: () => connection.close(),
  };
}

/** The first of the ways that a client can be registered with; `client_secret_basic` where nothing is said (OpenID Connect Discovery). */
function clientAuth(secret: string | undefined, methods: readonly string[] | undefined): ClientAuth {
  if (secret === undefined) return None();
  return methods === undefined || methods.includes("client_secret_basic")
    ? ClientSecretBasic(secret)
    : ClientSecretPost(secret);
}

/** At most 255 characters of ASCII (OpenID Connect Core 1.0, section 2). It becomes a part of identities in the database. */
function isSubject(sub: string): boolean {
  return /^[\x20-\x7e]{1,255}$/.test(sub);
}

function labelOf(candidates: readonly unknown[]): string {
  for (const candidate of candidates) {
    if (typeof candidate !== "string") continue;
    const label = candidate
      .slice(0, 200)
      // Nobody would see who it is.
      .replace(/[\p{Cf}\p{Default_Ignorable_Code_Point}]+/gu, "")
      .replace(/[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]+/gu, " ")
      .trim();
    if (label !== "") return label;
  }
  return "Somebody";
}
