import { sha256Hex } from "#server/sealing.ts";
import type { SessionStore } from "#server/session/session-store.ts";
import type { Clock } from "#server/clock.ts";
import type { IdentityProvider } from "./identity-provider.ts";
import type { OidcSettings } from "./oidc-settings.ts";
import { createTokenRenewal, type TokenRenewal } from "./token-renewal.ts";
import type { SignInFlows } from "./sign-in-flows.ts";

/** What a gateway needs from outside to take people from an identity provider. */
export interface OidcOptions {
  settings: Pick<OidcSettings, "name" | "issuer" | "clientId">;
  provider: IdentityProvider;
}

/** Signing in at the identity provider. */
export interface Oidc extends TokenRenewal {
  /** What people call the provider. */
  name: string;
  provider: IdentityProvider;
  flows: SignInFlows;
  /** Stands in sessions for who vouches for them: with another provider or client they are over. */
  key: string;
  /** Who somebody is here, in all their sessions and whatever they are called. */
  subjectOf(sub: string): string;
}

export function createOidc(
  { settings, provider }: OidcOptions,
  deps: { sessions: SessionStore; flows: SignInFlows; clock: Clock },
): Oidc {
  const { name, issuer, clientId } = settings;
  const issuerHash = sha256Hex(issuer).slice(0, 16);
  return {
    name,
    provider,
    flows: deps.flows,
    key: `oidc ${issuer} ${clientId}`,
    subjectOf: (sub) => `${issuerHash}:${sub}`,
    ...createTokenRenewal(provider, deps),
  };
}
