import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

type Json = Record<string, unknown>;

/** Replaces a whole answer. */
export type Lie = (request: IncomingMessage, response: ServerResponse) => void;

/** What it says that is not so. Undefined in `claims` and the like takes a field away. */
export interface Lies {
  metadata?: Json;
  /** Of the id token. */
  header?: Json;
  claims?: Json;
  signature?: "of another key" | "none";
  /** Of the access token. */
  accessClaims?: Json;
  /** In place of a JWT. */
  accessToken?: string;
  /** In the answer of the token endpoint. */
  tokens?: Json;
  /** Of the query that the browser comes back with. */
  answer?: Json;
  /** Replaces whole answers, by path. */
  paths?: Record<string, Lie>;
}

/** An OpenID Connect provider as small as can be, which says what a test wants. */
export interface LyingProvider {
  issuer: string;
  lies: Lies;
  /** Life of access tokens, in seconds. */
  life: number;
  /** Who signs in. */
  person: Json;
  /** What was asked of its endpoints but the documents, in order. */
  calls: { path: string; form: URLSearchParams; authorization: string | undefined }[];
  /** Every secret that it gave out. */
  secrets: string[];
  /** What signing in at that address ends with: the query that the browser comes back with. */
  authorize(url: string): string;
  /** From now on no refresh token is worth anything. */
  refuseRenewal(): void;
  close(): Promise<void>;
}

// Made once: each takes a while.
const keys = generateKeyPairSync("rsa", { modulusLength: 2048 });
const otherKeys = generateKeyPairSync("rsa", { modulusLength: 2048 });

/** `clock` in milliseconds. */
export async function startLyingProvider(clock: () => number): Promise<LyingProvider> {
  const codes = new Map<string, { nonce: string | undefined; challenge: string; redirectUri: string }>();
  let refreshTokens = new Set<string>();
  let serial = 0;

  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const path = new URL(request.url ?? "/", provider.issuer).pathname;
      const form = new URLSearchParams(Buffer.concat(chunks).toString("utf8"));
      const { authorization } = request.headers;
      if (path === "/token" || path === "/revoke") provider.calls.push({ path, form, authorization });
      const lie = provider.lies.paths?.[path];
      if (lie !== undefined) return lie(request, response);
      const [status, body] = answerTo(path, form);
      response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const issuer = `http://localhost:${port}`;

  function answerTo(path: string, form: URLSearchParams): [number, Json] {
    switch (path) {
      case "/.well-known/openid-configuration":
        return [
          200,
          without({
            issuer,
            authorization_endpoint: `${issuer}/authorize`,
            token_endpoint: `${issuer}/token`,
            jwks_uri: `${issuer}/jwks`,
            revocation_endpoint: `${issuer}/revoke`,
            response_types_supported: ["code"],
            subject_types_supported: ["public"],
            id_token_signing_alg_values_supported: ["RS256"],
            code_challenge_methods_supported: ["S256"],
            authorization_response_iss_parameter_supported: true,
            ...provider.lies.metadata,
          }),
        ];
      case "/jwks":
        return [
          200,
          { keys: [{ ...keys.publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }] },
        ];
      case "/token":
        return tokenAnswer(form);
      case "/revoke":
        return [200, {}];
      default:
        return [404, { error: "not_found" }];
    }
  }

  function tokenAnswer(form: URLSearchParams): [number, Json] {
    if (form.get("grant_type") === "refresh_token") {
      // As providers do that look out for stolen ones: each is good once.
      if (!refreshTokens.delete(form.get("refresh_token") ?? "")) return [400, { error: "invalid_grant" }];
      return [200, tokens(undefined)];
    }
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (code?.challenge !== challenge || code.redirectUri !== form.get("redirect_uri")) {
      return [400, { error: "invalid_grant", error_description: "<b>text of the provider</b>" }];
    }
    return [200, tokens(code.nonce)];
  }

  function tokens(nonce: string | undefined): Json {
    const { lies } = provider;
    const now = Math.floor(clock() / 1000);
    const idToken = jwt(
      { alg: "RS256", kid: "1", ...lies.header },
      {
        iss: issuer,
        aud: "tokenward",
        iat: now,
        exp: now + 300,
        nonce,
        ...provider.person,
        ...lies.claims,
      },
      lies.signature === "of another key" ? otherKeys.privateKey : keys.privateKey,
      lies.signature === "none",
    );
    const accessToken =
      lies.accessToken ??
      jwt(
        { alg: "RS256", kid: "1", typ: "at+jwt" },
        {
          iss: issuer,
          sub: provider.person["sub"],
          aud: "https://influxdb.example.com",
          exp: now + provider.life,
          jti: ++serial,
          ...lies.accessClaims,
        },
        keys.privateKey,
      );
    const refreshToken = `canary-refresh-${randomBytes(16).toString("hex")}`;
    refreshTokens.add(refreshToken);
    provider.secrets.push(idToken, accessToken, refreshToken);
    return without({
      token_type: "Bearer",
      access_token: accessToken,
      refresh_token: refreshToken,
      id_token: idToken,
      expires_in: provider.life,
      ...lies.tokens,
    });
  }

  const provider: LyingProvider = {
    issuer,
    lies: {},
    life: 600,
    person: { sub: "ann", name: "Ann Example" },
    calls: [],
    secrets: [],
    authorize(url) {
      const asked = new URL(url).searchParams;
      const code = `canary-code-${randomBytes(16).toString("hex")}`;
      codes.set(code, {
        nonce: asked.get("nonce") ?? undefined,
        challenge: asked.get("code_challenge") ?? "",
        redirectUri: asked.get("redirect_uri") ?? "",
      });
      const answer = without({ code, state: asked.get("state"), iss: issuer, ...provider.lies.answer });
      const query = new URLSearchParams();
      for (const [name, value] of Object.entries(answer)) query.set(name, String(value));
      return `?${query.toString()}`;
    },
    refuseRenewal: () => (refreshTokens = new Set()),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return provider;
}

function without(fields: Json): Json {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function jwt(header: Json, claims: Json, key: KeyObject, isUnsigned = false): string {
  const part = (value: Json) => Buffer.from(JSON.stringify(without(value))).toString("base64url");
  const text = `${part(header)}.${part(claims)}`;
  return `${text}.${isUnsigned ? "" : createSign("sha256").update(text).sign(key).toString("base64url")}`;
}
