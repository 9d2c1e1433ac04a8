import { randomUUID } from "node:crypto";
import * as z from "zod/mini";
import type { SeededRandom } from "#server/database/seeded-random.ts";
import type { GatewayAnswer, GatewayProcess } from "#e2e/gateway-process.ts";

/** A token as far as rounds change it. Permissions as JSON text. */
export interface TokenState {
  exists: boolean;
  description: string;
  permissions: string;
  /** The permissions that are kept of it while it is suspended. */
  kept: string | undefined;
  isRevoked: boolean;
}

export interface Tracked {
  /** Unknown until its creation was answered. */
  id: string | undefined;
  /** What every description of it begins with: nothing else has it. */
  name: string;
  /** What it was answered to be. */
  state: TokenState;
  etag: string;
  /** Acknowledged changes, by action. */
  counts: Record<Action, number>;
}

export type Action = "create" | "update" | "suspend" | "restore" | "revoke";

/** One mutation with its key, and what came of it. */
export interface Change {
  key: string;
  action: Action;
  token: Tracked;
  base: TokenState;
  wish: TokenState;
  method: string;
  path: string;
  body: unknown;
  ifMatch: string | undefined;
  /** Undefined: none came. */
  answer: GatewayAnswer | undefined;
  /** No answer came at first; one of a repeat may be there. */
  isCutOff: boolean;
}

const COLLECTION = "/api/v0/tokens";
const tokenSchema = z.looseObject({ id: z.string() });
const createdSchema = z.looseObject({ id: z.string(), accessToken: z.string() });

export function newToken(name: string): Tracked {
  return {
    id: undefined,
    name,
    state: { exists: false, description: "", permissions: "[]", kept: undefined, isRevoked: false },
    etag: "",
    counts: { create: 0, update: 0, suspend: 0, restore: 0, revoke: 0 },
  };
}

/** The next change of a token; undefined when it is revoked. `random` decides which of those that are possible. */
export function nextChange(token: Tracked, random: SeededRandom, number: number): Change | undefined {
  const { state: base } = token;
  if (base.isRevoked) return undefined;
  const make = (
    action: Action,
    wish: Partial<TokenState>,
    request: Pick<Change, "method" | "path"> & Partial<Pick<Change, "body" | "ifMatch">>,
  ): Change => ({
    key: randomUUID(),
    action,
    token,
    base,
    wish: { ...base, ...wish },
    body: undefined,
    ifMatch: undefined,
    answer: undefined,
    isCutOff: false,
    ...request,
  });
  const permissions = [
    { action: random.pick(["read", "write"]), resource: `${token.name}_${String(number)}` },
    { action: "read", resource: "shared" },
  ];
  const description = `${token.name} ${String(number)}`;
  const text = JSON.stringify(permissions);
  if (!base.exists) {
    const body = { description, permissions };
    return make(
      "create",
      { exists: true, description, permissions: text },
      { method: "POST", path: COLLECTION, body },
    );
  }
  const path = `${COLLECTION}/${token.id ?? ""}`;
  const ifMatch = token.etag;
  const action = random.pick(["update", "update", "suspend", "suspend", "revoke"]);
  if (action === "revoke") return make("revoke", { isRevoked: true }, { method: "DELETE", path });
  if (base.kept !== undefined) {
    // Restoring asks for the tag of what is kept, which would be another request: a bearer may do without.
    const wish = { permissions: base.kept, kept: undefined };
    return make("restore", wish, { method: "DELETE", path: `${path}/suspension` });
  }
  if (action === "suspend") {
    const wish = { permissions: "[]", kept: base.permissions };
    return make("suspend", wish, { method: "POST", path: `${path}/suspension`, ifMatch });
  }
  const body = { description, permissions };
  return make("update", { description, permissions: text }, { method: "PATCH", path, body, ifMatch });
}

/** Sends it under its key, once. Rejects when no answer comes. */
export function sendChange(gateway: GatewayProcess, change: Change): Promise<GatewayAnswer> {
  const { method, path, body, key, ifMatch } = change;
  return gateway.api(path, {
    method,
    ...(body === undefined ? {} : { body }),
    headers: { "Idempotency-Key": key, ...(ifMatch === undefined ? {} : { "If-Match": ifMatch }) },
  });
}

/** Whether an answer says that it was done. */
export function isAcknowledged({ status }: GatewayAnswer): boolean {
  return status >= 200 && status < 300;
}

/** Takes over what an acknowledgement says. */
export function takeOver(change: Change, answer: GatewayAnswer): void {
  const { token, wish, action } = change;
  token.state = wish;
  token.counts[action] += 1;
  if (action === "revoke") return;
  token.id = tokenSchema.parse(answer.json()).id;
  const etag = answer.headers["etag"];
  if (typeof etag === "string") token.etag = etag;
}

/** The tag of a token whose creation said none. */
export async function readTag(gateway: GatewayProcess, token: Tracked): Promise<void> {
  const answer = await gateway.api(`${COLLECTION}/${token.id ?? ""}`);
  const etag = answer.headers["etag"];
  if (typeof etag === "string") token.etag = etag;
}

/** The secret of a creation's answer; undefined when it is none. */
export function secretIn(answer: GatewayAnswer): string | undefined {
  const parsed = createdSchema.safeParse(answer.json());
  return parsed.success ? parsed.data.accessToken : undefined;
}
