import { randomBytes } from "node:crypto";
import { createServer, type IncomingMessage } from "node:http";
import { once } from "node:events";
import { text as readText } from "node:stream/consumers";
import * as z from "zod/mini";
import {
  allows,
  OPERATOR,
  permissionFault,
  permissionText,
  type V2Permission,
  type V2Resource,
} from "./v2-rights.ts";

export interface V2Organization {
  id: string;
  name: string;
}

export interface V2User {
  id: string;
  name: string;
}

export interface V2Bucket {
  id: string;
  name: string;
  orgID: string;
  type: "user" | "system";
  everySeconds: number;
}

/** A token, with its secret in clear text, as v2 stores and lists it. */
export interface V2Authorization {
  id: string;
  token: string;
  status: "active" | "inactive";
  description: string;
  orgID: string;
  userID: string;
  permissions: V2Permission[];
  createdAt: string;
  updatedAt: string;
}

/** What came, in order. */
export interface V2Call {
  method: string;
  /** With its query. */
  path: string;
  authorization: string | undefined;
  body: string;
}

/** An answer that takes the place of the one that would be given. */
export interface V2Answer {
  status: number;
  /** As it is when it is a text, otherwise as JSON. */
  body?: unknown;
  headers?: Record<string, string>;
}

/**
 * InfluxDB v2 as far as its tokens go, over HTTP and in memory: what it answers, whom it refuses, and how it keeps silent
 * about what a token may not see. Facts from SPEC.md and from the source of the open edition.
 */
export interface FakeV2 {
  url: string;
  organization: V2Organization;
  user: V2User;
  /** The token of the set-up, which may do everything; and its row. */
  operator: V2Authorization;
  /** Every secret that there ever was: none may be found anywhere. */
  canaries(): string[];
  calls: V2Call[];
  addOrganization(name: string): V2Organization;
  addUser(name: string): V2User;
  addBucket(name: string, bucket?: Partial<Omit<V2Bucket, "id" | "name">>): V2Bucket;
  removeBucket(id: string): void;
  addAuthorization(authorization?: Partial<Omit<V2Authorization, "id" | "token">>): V2Authorization;
  /** What is there now, in order of the ids. */
  authorizations(): V2Authorization[];
  authorization(id: string): V2Authorization | undefined;
  /** May change what is there, or answer in place of the server; called when a request has been read. */
  onCall: ((call: V2Call) => V2Answer | undefined) | undefined;
  /** It is as it was when it started, with the same operator's token: another test goes on with it. */
  startOver(): void;
  close(): Promise<void>;
}

/** A refusal as v2 words it: its codes are words. */
class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

const invalid = (message: string) => new Refusal(400, "invalid", message);
const notFound = (message: string) => new Refusal(404, "not found", message);
/** v2 says 401 as well to a token that is good and lacks the right. */
const unauthorized = (message: string) => new Refusal(401, "unauthorized", message);

const DEFAULT_LIMIT = 20;
const MAX_LIMIT = 100;

const statusSchema = z.enum(["active", "inactive"]);
const createSchema = z.object({
  status: z._default(statusSchema, "active"),
  orgID: z._default(z.string(), ""),
  userID: z.optional(z.string()),
  description: z._default(z.string(), ""),
  permissions: z._default(
    z.array(
      z.object({
        action: z.string(),
        resource: z.object({ type: z.string(), id: z.optional(z.string()), orgID: z.optional(z.string()) }),
      }),
    ),
    [],
  ),
});
const updateSchema = z.object({ status: z.optional(statusSchema), description: z.optional(z.string()) });

/** Starts a server with an organization, a user and the operator's token. `clock`: milliseconds, the system's by default. */
export async function startFakeV2({ clock = Date.now }: { clock?: () => number } = {}): Promise<FakeV2> {
  const organizations = new Map<string, V2Organization>();
  const users = new Map<string, V2User>();
  const buckets = new Map<string, V2Bucket>();
  const authorizations = new Map<string, V2Authorization>();
  const secrets: string[] = [];
  const calls: V2Call[] = [];
  let lastId = 0x0c0ffee000000000n;

  const newId = () => (++lastId).toString(16).padStart(16, "0");
  const now = () => new Date(clock()).toISOString();

  function addOrganization(name: string): V2Organization {
    const organization = { id: newId(), name };
    organizations.set(organization.id, organization);
    // Every organization has these two from the start.
    addBucket("_monitoring", { orgID: organization.id, type: "system", everySeconds: 604_800 });
    addBucket("_tasks", { orgID: organization.id, type: "system", everySeconds: 259_200 });
    return organization;
  }
  function addUser(name: string): V2User {
    const user = { id: newId(), name };
    users.set(user.id, user);
    return user;
  }
  function addBucket(name: string, bucket: Partial<Omit<V2Bucket, "id" | "name">> = {}): V2Bucket {
    const made: V2Bucket = {
      orgID: organization.id,
      type: "user",
      everySeconds: 0,
      ...bucket,
      id: newId(),
      name,
    };
    buckets.set(made.id, made);
    return made;
  }
  function addAuthorization(authorization: Partial<Omit<V2Authorization, "id" | "token">> = {}) {
    const token = `${randomBytes(64).toString("base64url")}==`;
    secrets.push(token);
    const made: V2Authorization = {
      status: "active",
      description: "",
      orgID: organization.id,
      userID: user.id,
      permissions: [{ action: "read", resource: { type: "buckets", orgID: organization.id } }],
      createdAt: now(),
      updatedAt: now(),
      ...authorization,
      id: newId(),
      token,
    };
    authorizations.set(made.id, made);
    return made;
  }
  const inOrder = <Row extends { id: string }>(rows: Map<string, Row>): Row[] =>
    [...rows.values()].sort((one, other) => (one.id < other.id ? -1 : 1));

  // Its buckets want the organization to be there already.
  const organization: V2Organization = { id: newId(), name: "main" };
  organizations.set(organization.id, organization);
  addBucket("_monitoring", { type: "system", everySeconds: 604_800 });
  addBucket("_tasks", { type: "system", everySeconds: 259_200 });
  const user = addUser("admin");
  const operator = addAuthorization({ description: "admin's Token", permissions: [...OPERATOR] });

  /** What is there from the start. Its rows stay the same objects, which tests hold, and are changed by calls. */
  const lastIdOfSetUp = lastId;
  const setUp = [
    rowsToPutBack(organizations),
    rowsToPutBack(users),
    rowsToPutBack(buckets),
    rowsToPutBack(authorizations),
  ];

  /** What the caller may do, or a refusal that says that the token itself is not good. */
  class Caller {
    readonly row: V2Authorization;
    constructor(header: string | undefined) {
      const secret = /^(?:Token|Bearer) (.+)$/.exec(header ?? "")?.[1];
      const row = [...authorizations.values()].find(({ token }) => token === secret);
      if (row === undefined) throw unauthorized("unauthorized access");
      this.row = row;
    }
    may(action: string, resource: V2Resource): boolean {
      return this.row.status === "active" && allows(this.row.permissions, { action, resource });
    }
    needs(action: string, resource: V2Resource): void {
      if (this.row.status !== "active") throw unauthorized("token is inactive");
      if (!this.may(action, resource)) {
        throw unauthorized(`${permissionText({ action, resource })} is unauthorized`);
      }
    }
    /** Both must be allowed: the token of its organization, and its user, who is of none. */
    mayOf(action: string, { id, orgID, userID }: V2Authorization): boolean {
      return (
        this.may(action, { type: "authorizations", id, orgID }) &&
        this.may(action, { type: "users", id: userID })
      );
    }
    needsOf(action: string, { id, orgID, userID }: V2Authorization): void {
      this.needs(action, { type: "authorizations", id, orgID });
      this.needs(action, { type: "users", id: userID });
    }
  }

  function authorizationView(row: V2Authorization) {
    return {
      id: row.id,
      token: row.token,
      status: row.status,
      description: row.description,
      orgID: row.orgID,
      org: organizations.get(row.orgID)?.name ?? "",
      userID: row.userID,
      user: users.get(row.userID)?.name ?? "",
      permissions: row.permissions.map(permissionView),
      links: { self: `/api/v2/authorizations/${row.id}`, user: `/api/v2/users/${row.userID}` },
      createdAt: row.createdAt,
      updatedAt: row.updatedAt,
    };
  }
  function permissionView({ action, resource }: V2Permission) {
    const names: Record<string, Map<string, { name: string }>> = { buckets, orgs: organizations, users };
    const isGone =
      resource.id !== undefined &&
      resource.type in names &&
      names[resource.type]?.get(resource.id) === undefined;
    const name = resource.id === undefined ? undefined : names[resource.type]?.get(resource.id)?.name;
    // Of a resource that is gone the name of the organization is left out too.
    const org = isGone || resource.orgID === undefined ? undefined : organizations.get(resource.orgID)?.name;
    return {
      action,
      resource: {
        ...resource,
        ...(name === undefined ? {} : { name }),
        ...(org === undefined ? {} : { org }),
      },
    };
  }
  function bucketView(bucket: V2Bucket) {
    const self = `/api/v2/buckets/${bucket.id}`;
    const { everySeconds } = bucket;
    return {
      id: bucket.id,
      orgID: bucket.orgID,
      type: bucket.type,
      name: bucket.name,
      retentionRules: everySeconds === 0 ? [] : [{ type: "expire", everySeconds }],
      createdAt: operator.createdAt,
      updatedAt: operator.createdAt,
      links: {
        self,
        org: `/api/v2/orgs/${bucket.orgID}`,
        members: `${self}/members`,
        owners: `${self}/owners`,
        labels: `${self}/labels`,
        write: `/api/v2/write?org=${bucket.orgID}&bucket=${bucket.id}`,
      },
      labels: [],
    };
  }
  const userView = ({ id, name }: V2User) => ({
    links: { self: `/api/v2/users/${id}` },
    id,
    name,
    status: "active",
  });
  const organizationView = ({ id, name }: V2Organization) => ({
    links: { self: `/api/v2/orgs/${id}`, buckets: `/api/v2/buckets?org=${name}` },
    id,
    name,
    description: "",
    createdAt: operator.createdAt,
    updatedAt: operator.createdAt,
  });

  function known(id: string): V2Authorization {
    const row = authorizations.get(checkedId(id));
    if (row === undefined) throw notFound("authorization not found");
    return row;
  }

  function listAuthorizations(caller: Caller, query: URLSearchParams): V2Answer {
    const idOf = (rows: Map<string, { id: string; name: string }>, byId: string, byName: string) => {
      const id = query.get(byId);
      if (id !== null && id !== "") return checkedId(id);
      const name = query.get(byName);
      if (name === null || name === "") return undefined;
      const found = [...rows.values()].find((row) => row.name === name);
      if (found === undefined) throw notFound(`${byName} not found`);
      return found.id;
    };
    const userID = idOf(users, "userID", "user");
    const orgID = idOf(organizations, "orgID", "org");
    const rows = inOrder(authorizations)
      .filter((row) => userID === undefined || row.userID === userID)
      .filter((row) => orgID === undefined || row.orgID === orgID)
      // Without a word.
      .filter((row) => caller.mayOf("read", row));
    const body = {
      links: { self: "/api/v2/authorizations" },
      authorizations: rows.map(authorizationView),
    };
    return { status: 200, body };
  }

  function createAuthorization(caller: Caller, body: string): V2Answer {
    const wanted = parsedBody(createSchema, body);
    if (wanted.permissions.length === 0) throw invalid("authorization must include permissions");
    for (const permission of wanted.permissions) {
      const fault = permissionFault(permission);
      if (fault !== undefined) throw invalid(fault);
      for (const id of [permission.resource.id, permission.resource.orgID]) {
        if (id !== undefined) checkedId(id);
      }
    }
    if (wanted.orgID === "") throw invalid("org id required");
    const orgID = checkedId(wanted.orgID);
    const userID = wanted.userID === undefined ? caller.row.userID : checkedId(wanted.userID);
    caller.needs("write", { type: "authorizations", orgID });
    caller.needs("write", { type: "users", id: userID });
    for (const permission of wanted.permissions) {
      // Nobody gives away what they do not have.
      if (!caller.may(permission.action, permission.resource)) {
        throw new Refusal(403, "forbidden", `permission ${permissionText(permission)} is not allowed`);
      }
    }
    if (!organizations.has(orgID)) throw notFound("organization not found");
    const { status, description, permissions } = wanted;
    const made = addAuthorization({ status, description, permissions, orgID, userID });
    return { status: 201, body: authorizationView(made) };
  }

  function listBuckets(caller: Caller, query: URLSearchParams): V2Answer {
    const limit = Number(query.get("limit") ?? DEFAULT_LIMIT);
    if (!Number.isInteger(limit) || limit < 1 || limit > MAX_LIMIT) {
      throw invalid(`limit must be between 1 and ${MAX_LIMIT}`);
    }
    const after = query.get("after");
    const offset = Number(query.get("offset") ?? 0);
    const orgID = query.get("orgID");
    const name = query.get("name");
    const first = after === null ? "" : checkedId(after);
    const rows = inOrder(buckets)
      .filter((row) => row.id > first)
      .filter((row) => orgID === null || row.orgID === checkedId(orgID))
      .filter((row) => name === null || row.name === name)
      .filter((row) =>
        row.type === "system"
          ? caller.may("read", { type: "orgs", id: row.orgID })
          : caller.may("read", { type: "buckets", id: row.id, orgID: row.orgID }),
      )
      .slice(offset, offset + limit);
    const page = (from: number) => `/api/v2/buckets?descending=false&limit=${limit}&offset=${from}`;
    const links = {
      self: page(offset),
      ...(rows.length === limit ? { next: page(offset + limit) } : {}),
    };
    return { status: 200, body: { links, buckets: rows.map(bucketView) } };
  }

  function answer(call: V2Call): V2Answer {
    const { pathname, searchParams: query } = new URL(call.path, "http://v2");
    const caller = new Caller(call.authorization);
    const [, resource, id, more] = /^\/api\/v2\/(\w+)(?:\/([^/]*))?(\/.*)?$/.exec(pathname) ?? [];
    const call_ = more === undefined ? `${call.method} ${resource}${id === undefined ? "" : "/id"}` : "";
    switch (call_) {
      case "GET authorizations":
        return listAuthorizations(caller, query);
      case "POST authorizations":
        return createAuthorization(caller, call.body);
      case "GET authorizations/id": {
        const row = known(decodeURIComponent(id ?? ""));
        caller.needsOf("read", row);
        return { status: 200, body: authorizationView(row) };
      }
      case "PATCH authorizations/id": {
        const update = parsedBody(updateSchema, call.body);
        const row = known(decodeURIComponent(id ?? ""));
        caller.needsOf("read", row);
        caller.needsOf("write", row);
        if (update.status !== undefined) row.status = update.status;
        if (update.description !== undefined) row.description = update.description;
        row.updatedAt = now();
        return { status: 200, body: authorizationView(row) };
      }
      case "DELETE authorizations/id": {
        const row = known(decodeURIComponent(id ?? ""));
        caller.needsOf("write", row);
        authorizations.delete(row.id);
        return { status: 204 };
      }
      case "GET buckets":
        return listBuckets(caller, query);
      case "GET orgs": {
        const rows = inOrder(organizations).filter((row) => caller.may("read", { type: "orgs", id: row.id }));
        return { status: 200, body: { links: { self: "/api/v2/orgs" }, orgs: rows.map(organizationView) } };
      }
      case "GET users": {
        const rows = inOrder(users).filter((row) => caller.may("read", { type: "users", id: row.id }));
        return { status: 200, body: { links: { self: "/api/v2/users" }, users: rows.map(userView) } };
      }
      case "GET me": {
        const row = users.get(caller.row.userID);
        if (row === undefined) throw notFound("user not found");
        caller.needs("read", { type: "users", id: row.id });
        return { status: 200, body: userView(row) };
      }
      default:
        throw notFound("path not found");
    }
  }

  const fake: FakeV2 = {
    url: "",
    organization,
    user,
    operator,
    canaries: () => [...secrets],
    calls,
    addOrganization,
    addUser,
    addBucket,
    removeBucket: (id) => void buckets.delete(id),
    addAuthorization,
    authorizations: () => inOrder(authorizations),
    authorization: (id) => authorizations.get(id),
    onCall: undefined,
    startOver() {
      for (const putBack of setUp) putBack();
      lastId = lastIdOfSetUp;
      calls.length = 0;
      secrets.length = 0;
      secrets.push(operator.token);
      fake.onCall = undefined;
    },
    async close() {
      const closed = once(server, "close");
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };

  const respond = async (request: IncomingMessage): Promise<V2Answer> => {
    const call: V2Call = {
      method: request.method ?? "",
      path: request.url ?? "",
      authorization: request.headers.authorization,
      body: await readText(request),
    };
    calls.push(call);
    try {
      return fake.onCall?.(call) ?? answer(call);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return { status: error.status, body: { code: error.code, message: error.message } };
    }
  };
  const server = createServer((request, response) => {
    respond(request).then(
      ({ status, body, headers }) => {
        response.writeHead(status, {
          "Content-Type": "application/json; charset=utf-8",
          "X-Influxdb-Build": "OSS",
          "X-Influxdb-Version": "v2.7.0",
          ...headers,
        });
        response.end(body === undefined || typeof body === "string" ? body : JSON.stringify(body));
      },
      // A caller who went away.
      () => response.destroy(),
    );
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("the server has no port");
  fake.url = `http://127.0.0.1:${address.port}`;
  return fake;
}

/** What makes these rows what they are now. */
function rowsToPutBack<Row extends { id: string }>(rows: Map<string, Row>): () => void {
  const kept = [...rows.values()].map((row) => ({ row, was: structuredClone(row) }));
  return () => {
    rows.clear();
    for (const { row, was } of kept) rows.set(was.id, Object.assign(row, structuredClone(was)));
  };
}

/** The id as v2 writes it. Throws as v2 does, which says nothing more of one that is not hexadecimal. */
function checkedId(text: string): string {
  if (Buffer.byteLength(text) !== 16) throw invalid("id must have a length of 16 bytes");
  if (!/^[0-9a-f]{16}$/i.test(text) || /^0+$/.test(text)) throw invalid("invalid ID");
  return text.toLowerCase();
}

function parsedBody<Body>(schema: z.ZodMiniType<Body>, body: string): Body {
  let value: unknown;
  try {
    value = JSON.parse(body);
  } catch {
    throw invalid("invalid json structure");
  }
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid("invalid json structure");
  return parsed.data;
}
