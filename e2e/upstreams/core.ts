import { createHash, randomBytes } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import * as z from "zod/mini";

/**
 * The token calls of InfluxDB 3 Core and Enterprise over HTTP, in memory, with the answers that the open source of Core
 * gives (github.com/influxdata/influxdb: influxdb3_server/src/http.rs, influxdb3_server/src/system_tables/tokens.rs,
 * influxdb3_types/src/http.rs) and the reference of Enterprise's API documents. What neither says is marked *assumed*.
 */
export interface CoreFixture {
  /** `http://127.0.0.1:PORT`. */
  url: string;
  /** The secret of `_admin`. */
  operatorToken: string;
  /** The server's own state: tests look at it, and change it to play another administrator. */
  tokens: FixtureToken[];
  databases: string[];
  /** Adds a token past the API, which would for instance refuse a name twice. Answers it with its secret. */
  add(token: Partial<FixtureToken>): FixtureToken;
  /** Every hash and every secret there ever was: none may be seen anywhere. */
  canaries(): string[];
  /** `METHOD path?query` of what came, in that order; queries decoded. */
  seen: string[];
  /** Asked for each request before it is served. Its answer replaces the server's, or happens to it. */
  interfere: ((request: SeenRequest) => Interference | undefined) | undefined;
  /** It is as it was when it started, with the same secret of `_admin`: another test goes on with it. */
  startOver(): void;
  close(): Promise<void>;
}

export interface SeenRequest {
  method: string;
  path: string;
  query: URLSearchParams;
}

export type Interference =
  /** In the server's place. */
  | { kind: "answer"; status: number; body: string; type?: string; headers?: Record<string, string> }
  /** The server acts, and its answer is lost. */
  | { kind: "lose_answer" }
  /** The connection breaks and the server does nothing. */
  | { kind: "reset" };

export interface FixtureToken {
  id: number;
  name: string;
  secret: string;
  hash: string;
  /** Milliseconds since 1970. */
  createdAt: number;
  description: string | undefined;
  expiry: number | undefined;
  /** As the list shows them. */
  permissions: string;
}

export interface CoreFixtureOptions {
  product: "core" | "enterprise";
  clock: () => number;
  databases?: string[];
}

const ADMIN = "*:*:*";
const OPERATOR = "_admin";

interface Answer {
  status: number;
  body: string;
  type?: string;
}

/** Most errors of the catalog are plain text. */
const plain = (status: number, body: string): Answer => ({ status, body });
const failed = (status: number, error: string): Answer => ({ status, body: JSON.stringify({ error }) });

const namedAdminSchema = z.object({
  token_name: z.string(),
  expiry_secs: z.optional(z.nullable(z.int().check(z.nonnegative()))),
});
const resourceTokenSchema = z.extend(namedAdminSchema, {
  permissions: z.array(
    z.object({
      resource_type: z.string(),
      resource_names: z.array(z.string()),
      actions: z.array(z.string()),
    }),
  ),
});

export async function startCoreFixture(options: CoreFixtureOptions): Promise<CoreFixture> {
  const { product, clock } = options;
  const tokens: FixtureToken[] = [];
  const databases = ["_internal", ...(options.databases ?? ["ci", "factory"])];
  const canaries: string[] = [];
  let nextId = 0;

  function add(given: Partial<FixtureToken>): FixtureToken {
    const secret = given.secret ?? `apiv3_${randomBytes(48).toString("base64url")}`;
    const hash = given.hash ?? createHash("sha512").update(secret).digest("hex");
    const token: FixtureToken = {
      id: nextId,
      name: `token-${String(nextId)}`,
      createdAt: clock(),
      description: undefined,
      expiry: undefined,
      permissions: ADMIN,
      ...given,
      secret,
      hash,
    };
    nextId = Math.max(nextId, token.id) + 1;
    tokens.push(token);
    canaries.push(secret, hash);
    return token;
  }
  const operator = add({ name: OPERATOR });
  const atStart = structuredClone({ operator, databases });

  /** Who asks, or the refusal. */
  function authenticate(header: string | undefined): FixtureToken | Answer {
    if (header === undefined) return failed(401, "the request was not authenticated");
    const [scheme, secret, ...rest] = header.split(" ");
    if (secret === undefined || rest.length > 0 || (scheme !== "Bearer" && scheme !== "Token")) {
      return failed(
        400,
        "Authorization header was malformed, the request was not in the form of 'Authorization: <auth-scheme> <token>', supported auth-schemes are Bearer, Token and Basic",
      );
    }
    const token = tokens.find((each) => each.secret === secret);
    const isExpired = token?.expiry !== undefined && token.expiry <= clock();
    return token === undefined || isExpired ? failed(401, "the request was not authenticated") : token;
  }

  function createToken(name: string, permissions: string, seconds: number | null | undefined): Answer {
    if (tokens.some((token) => token.name === name)) {
      return plain(409, `token name already exists, ${name}`);
    }
    const now = clock();
    const expiry = seconds === undefined || seconds === null ? undefined : now + seconds * 1000;
    const made = add({ name, permissions, expiry });
    return {
      status: 201,
      // Not a media type, and what it really sends.
      type: "json",
      body: JSON.stringify({
        id: made.id,
        name: made.name,
        token: made.secret,
        hash: made.hash,
        created_at: new Date(made.createdAt).toISOString(),
        expiry: made.expiry === undefined ? null : new Date(made.expiry).toISOString(),
      }),
    };
  }

  function createResourceToken(body: z.infer<typeof resourceTokenSchema>): Answer {
    const texts: string[] = [];
    for (const { resource_type, resource_names, actions } of body.permissions) {
      // Assumed: which words are known, and that an unknown database is refused (the grants are kept by its id).
      const isKnown =
        (resource_type === "db" && actions.every((action) => action === "read" || action === "write")) ||
        (resource_type === "system" && actions.every((action) => action === "read"));
      if (!isKnown || actions.length === 0 || resource_names.length === 0) {
        return failed(400, "invalid permission");
      }
      const unknown = resource_names.find((name) => name !== "*" && !databases.includes(name));
      if (resource_type === "db" && unknown !== undefined) {
        return failed(400, `database not found: ${unknown}`);
      }
      texts.push(`${resource_type}:${resource_names.join(",")}:${actions.join(",")}`);
    }
    if (texts.length === 0) return failed(400, "no permissions");
    // One grant is documented as plain text; that several are a JSON array in that text is assumed.
    const [first = "", ...others] = texts;
    return createToken(
      body.token_name,
      others.length === 0 ? first : JSON.stringify(texts),
      body.expiry_secs,
    );
  }

  function serve(request: SeenRequest, headers: IncomingMessage["headers"], body: string): Answer {
    const caller = authenticate(headers.authorization);
    if ("status" in caller) return caller;
    const isAdmin = caller.permissions === ADMIN;
    const forbidden = failed(403, "requestor is forbidden from requested resource");
    const { method, path, query } = request;

    if (method === "GET" && path === "/api/v3/query_sql") {
      if (query.get("db") !== "_internal" || query.get("q") !== "SELECT * FROM system.tokens") {
        return failed(400, "this server answers one query only");
      }
      if (query.get("format") !== "json") return failed(400, "this server answers JSON only");
      if (!isAdmin) return forbidden;
      return {
        status: 200,
        type: "application/json",
        body: JSON.stringify([...tokens].sort((a, b) => a.id - b.id).map(row)),
      };
    }
    if (path === "/api/v3/configure/database" && method === "GET") {
      if (query.get("format") !== "json") return failed(400, "this server answers JSON only");
      return {
        status: 200,
        type: "application/json",
        body: JSON.stringify(databases.map((name) => ({ "iox::database": name }))),
      };
    }
    if (path === "/api/v3/configure/token" && method === "DELETE") {
      if (!isAdmin) return forbidden;
      const name = query.get("token_name");
      if (name === null) return plain(400, "missing field `token_name`");
      if (name === OPERATOR) return plain(405, "cannot delete operator token");
      const at = tokens.findIndex((token) => token.name === name);
      if (at < 0) return plain(404, `not found: ${name}`);
      tokens.splice(at, 1);
      return { status: 200, body: "" };
    }
    const isNamedAdmin = path === "/api/v3/configure/token/named_admin";
    const isResource = product === "enterprise" && path === "/api/v3/enterprise/configure/token";
    if (method === "POST" && (isNamedAdmin || isResource)) {
      if (!isAdmin) return forbidden;
      if (!/^application\/json\b/.test(headers["content-type"] ?? "")) {
        return plain(415, "invalid content type, expected: application/json");
      }
      const json = parsed(body);
      if (isResource) {
        const wanted = resourceTokenSchema.safeParse(json);
        return wanted.success ? createResourceToken(wanted.data) : plain(400, "serde json error");
      }
      const wanted = namedAdminSchema.safeParse(json);
      return wanted.success
        ? createToken(wanted.data.token_name, ADMIN, wanted.data.expiry_secs)
        : plain(400, "serde json error");
    }
    return plain(404, "not found");
  }

  const seen: string[] = [];
  const server = createServer({ maxHeaderSize: 256 * 1024 }, (incoming, outgoing) => {
    handle(incoming, outgoing).catch(() => incoming.socket.destroy());
  });
  async function handle(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const url = new URL(incoming.url ?? "/", "http://fixture");
    const request = { method: incoming.method ?? "", path: url.pathname, query: url.searchParams };
    const body = await text(incoming);
    const pairs = [...url.searchParams].map(([key, value]) => `${key}=${value}`).join("&");
    seen.push(`${request.method} ${request.path}${pairs === "" ? "" : `?${pairs}`}`);
    const interference = fixture.interfere?.(request);
    if (interference?.kind === "reset") {
      incoming.socket.destroy();
      return;
    }
    if (interference?.kind === "answer") {
      outgoing.writeHead(interference.status, {
        "Content-Type": interference.type ?? "application/json",
        ...interference.headers,
      });
      outgoing.end(interference.body);
      return;
    }
    const answer = serve(request, incoming.headers, body);
    if (interference?.kind === "lose_answer") {
      incoming.socket.destroy();
      return;
    }
    outgoing.writeHead(answer.status, answer.type === undefined ? {} : { "Content-Type": answer.type });
    outgoing.end(answer.body);
  }

  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const fixture: CoreFixture = {
    url: `http://127.0.0.1:${String(port)}`,
    operatorToken: operator.secret,
    tokens,
    databases,
    add,
    canaries: () => canaries,
    seen,
    interfere: undefined,
    startOver() {
      for (const kept of [tokens, databases, canaries, seen]) kept.length = 0;
      nextId = 0;
      add(atStart.operator);
      databases.push(...atStart.databases);
      fixture.interfere = undefined;
    },
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  return fixture;
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined;
  }
}

/** A row as Arrow writes it: what is null is left out, and a timestamp has no zone. */
function row(token: FixtureToken): Record<string, unknown> {
  return {
    token_id: token.id,
    name: token.name,
    hash: token.hash,
    created_at: timestamp(token.createdAt),
    ...(token.description === undefined ? {} : { description: token.description }),
    created_by_token_id: 0,
    ...(token.expiry === undefined ? {} : { expiry: timestamp(token.expiry) }),
    permissions: token.permissions,
  };
}

function timestamp(millis: number): string {
  return new Date(millis).toISOString().replace(/(?:\.000)?Z$/, "");
}
