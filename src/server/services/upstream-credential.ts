import { createHash, timingSafeEqual } from "node:crypto";
import type { Actor } from "#contract/session.ts";
import { ApiError } from "#server/api-error.ts";
import type { Profile } from "#server/profiles/profile.ts";
import type { Credential } from "./token-service.ts";

/** The token to be sent to the profile's cluster. Throws `credential_refused` when the credential has none for it. */
export function secretFor(credential: Credential, profile: Pick<Profile, "name" | "token">): string {
  switch (credential.kind) {
    case "management_token":
      return credential.secret;
    case "oidc":
      return credential.accessToken;
    case "profile":
      if (profile.token !== undefined) return profile.token;
      throw new ApiError(
        401,
        "credential_refused",
        `The profile “${profile.name}” has no token in the configuration file: sign in to this cluster with a token of its own.`,
      );
    case "operator":
      throw new ApiError(
        401,
        "credential_refused",
        `A sign-in link opens what Tokenward keeps itself. “${profile.name}” asks for a token: sign in to this cluster with a token of its own.`,
      );
  }
}

/** Tells whether a text is the same as another that nobody may guess: a wrong one takes as long as the right one. */
export function equalTo(secret: string): (text: string) => boolean {
  const wanted = Buffer.from(secret);
  return (text) => {
    const given = Buffer.from(text);
    return given.length === wanted.length && timingSafeEqual(given, wanted);
  };
}

/**
 * Who holds the credential, without asking the upstream: no product tells whose a token is. The id is made of the token,
 * so that the same one is the same actor in every session.
 */
export function upstreamActor(credential: Credential, profile: Pick<Profile, "name" | "token">): Actor {
  const hash = createHash("sha256").update(`upstream actor\n${secretFor(credential, profile)}`, "utf8");
  return {
    kind: "management_token",
    label: `Token of ${profile.name}`,
    managementTokenId: hash.digest("hex").slice(0, 32),
  };
}
