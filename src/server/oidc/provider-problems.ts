import { AuthorizationResponseError, ClientError, ResponseBodyError } from "openid-client";
import { ApiError } from "#server/api-error.ts";

/**
 * What went wrong between the gateway and the identity provider, as a sentence of our own. Nothing that the provider wrote
 * is in it but error codes that the standards define: not its descriptions, and no claim or token, which the library's
 * errors hold; the log gets the stack of one alone, whose message is the library's.
 */
export function providerProblem(error: unknown, name: string): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof AuthorizationResponseError) return answerProblem(error.error, name);
  if (error instanceof ResponseBodyError) return tokenProblem(error, name);
  if (isLate(error)) {
    return new ApiError(504, "upstream_timeout", `${name} did not answer in time. Try again in a moment.`, {
      nothingDone: true,
      cause: error,
    });
  }
  const what = error instanceof ClientError ? checks[checkOf(error)] : undefined;
  if (what !== undefined) return refused(`What ${name} answered cannot be trusted: ${what}.`);
  if (error instanceof ClientError && error.code !== undefined) {
    return new ApiError(
      502,
      "upstream_malformed",
      `${name} does not answer as an OpenID Connect provider. Check the issuer in the configuration.`,
      { nothingDone: true, cause: error },
    );
  }
  return new ApiError(502, "upstream_unreachable", `${name} cannot be reached. Try again in a moment.`, {
    nothingDone: true,
    cause: error,
  });
}

/** A sign-in that came to nothing: for the sign-in page. */
export function refused(sentence: string): ApiError {
  return new ApiError(401, "credential_refused", sentence);
}

/** RFC 6749, section 4.1.2.1, and OpenID Connect Core 1.0, section 3.1.2.6. */
const answerCodes = [
  "invalid_request",
  "unauthorized_client",
  "unsupported_response_type",
  "invalid_scope",
  "invalid_target",
  "server_error",
  "login_required",
  "interaction_required",
  "account_selection_required",
  "consent_required",
];

function answerProblem(code: string, name: string): ApiError {
  if (code === "access_denied") return refused(`${name} did not let you in, or you cancelled there.`);
  if (code === "temporarily_unavailable")
    return refused(`${name} is not available now. Try again in a moment.`);
  return refused(
    answerCodes.includes(code)
      ? `${name} refused the sign-in (${code}).`
      : `${name} refused the sign-in for a reason that is not known here.`,
  );
}

/** What says nothing about who asked, in whatever status it comes. */
const troubles = ["server_error", "temporarily_unavailable"];

function tokenProblem(error: ResponseBodyError, name: string): ApiError {
  if (error.status === 429 || error.status >= 500 || troubles.includes(error.error)) {
    const message = `${name} is not available now. Try again in a moment.`;
    return new ApiError(502, "upstream_unreachable", message, { nothingDone: true });
  }
  switch (error.error) {
    case "invalid_grant":
      return refused(`${name} does not accept this sign-in any more. Begin again.`);
    case "invalid_client":
    case "unauthorized_client":
      return refused(
        `${name} does not take this gateway for its client. Check client_id and client_secret in the configuration.`,
      );
    case "invalid_target":
      return refused(`${name} does not know the audience that the configuration asks for.`);
    default:
      return refused(`${name} gave no tokens for this sign-in. Begin again.`);
  }
}

type Check = "state" | "iss" | "aud" | "exp" | "nonce" | "signature" | "who" | "other";

const checks: Partial<Record<Check, string>> = {
  state: "it belongs to no sign-in of this browser",
  iss: "it names another issuer, or none",
  aud: "it is meant for somebody else",
  exp: "it has expired",
  nonce: "it belongs to another sign-in",
  signature: "its signature is wrong, or it has none",
  who: "it does not say who signed in",
};

/** The library says it by codes, and for what is missing in words of its own. */
function checkOf(error: ClientError): Check {
  const { code, cause } = error;
  const text = cause instanceof Error ? cause.message : error.message;
  const details = cause instanceof Error ? cause.cause : undefined;
  const claim =
    typeof details === "object" && details !== null && "claim" in details ? String(details.claim) : "";
  const isTrust =
    code === "OAUTH_INVALID_RESPONSE" ||
    code === "OAUTH_JWT_CLAIM_COMPARISON_FAILED" ||
    code === "OAUTH_JWT_TIMESTAMP_CHECK_FAILED" ||
    code === "OAUTH_KEY_SELECTION_FAILED" ||
    code === "OAUTH_UNSUPPORTED_OPERATION";
  if (!isTrust) return "other";
  if (/"state"/.test(text)) return "state";
  if (claim === "iss" || /"iss"/.test(text)) return "iss";
  if (claim === "aud" || /"a(?:ud|zp)"/.test(text)) return "aud";
  if (claim === "nonce" || /"nonce"/.test(text)) return "nonce";
  if (code === "OAUTH_JWT_TIMESTAMP_CHECK_FAILED" || /"(?:exp|iat|nbf)"/.test(text)) return "exp";
  if (/"(?:sub|id_token)"/.test(text)) return "who";
  if (/signature|"alg"|key/i.test(text) || code === "OAUTH_KEY_SELECTION_FAILED") return "signature";
  return "other";
}

function isLate(error: unknown): boolean {
  for (let at = error; at instanceof Error; at = at.cause) {
    if (at.name === "TimeoutError" || (at instanceof ClientError && at.code === "OAUTH_TIMEOUT")) return true;
    if ("code" in at && /TIMEOUT/.test(String(at.code))) return true;
  }
  return false;
}
