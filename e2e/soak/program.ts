import * as z from "zod/mini";
import { problemSchema } from "#contract/problem.ts";
import type { Permission } from "#contract/permission.ts";
import { tokenSchema } from "#contract/token-schema.ts";
import { canonicalPermissions, type Effect, type Told } from "./oracle.ts";
import { IDS, type World } from "./world.ts";

// A program that speaks the Management API with a management token, and knows nothing of Tokenward but, perhaps, that it
// takes an Idempotency-Key: with one it sends again what no answer came to.

const COLLECTION = `/api/v0/accounts/${IDS.accountId}/clusters/${IDS.clusterId}/tokens`;
const createdSchema = z.looseObject({ id: z.string(), accessToken: z.string() });

export interface Manners {
  /** It sends an Idempotency-Key. */
  key: boolean;
  /** It says what it has seen, with If-Match. */
  ifMatch: boolean;
}

interface Heard {
  status: number;
  body: unknown;
  etag: string | undefined;
}

/** Undefined: no answer, or none of the API's. */
async function ask(path: string, init: RequestInit = {}): Promise<Heard | undefined> {
  try {
    const answer = await fetch(path, init);
    const text = await answer.text();
    const body: unknown = text === "" ? undefined : JSON.parse(text);
    // A success without a body is a 204 and nothing else.
    if (body === undefined && answer.status !== 204) return undefined;
    return { status: answer.status, body, etag: answer.headers.get("ETag") ?? undefined };
  } catch {
    return undefined;
  }
}

/** Sends a change, again under the same key where it has one. `isDone` reads what a success must say. */
async function change(
  method: string,
  path: string,
  { key, ifMatch }: { key: boolean; ifMatch?: string | undefined },
  body?: unknown,
): Promise<{ outcome: Told["outcome"]; heard: Heard | undefined }> {
  const headers: Record<string, string> = {
    ...(key ? { "Idempotency-Key": crypto.randomUUID() } : {}),
    ...(ifMatch === undefined ? {} : { "If-Match": ifMatch }),
    ...(body === undefined ? {} : { "Content-Type": "application/json" }),
  };
  const init = { method, headers, ...(body === undefined ? {} : { body: JSON.stringify(body) }) };
  let heard = await ask(path, init);
  if (key && (heard === undefined || heard.status >= 500)) heard = await ask(path, init);
  return { outcome: outcomeOf(heard), heard };
}

function outcomeOf(heard: Heard | undefined): Told["outcome"] {
  if (heard === undefined || heard.status >= 500) return "unknown";
  if (heard.status < 300) return "done";
  switch (problemSchema.safeParse(heard.body).data?.reason) {
    case "answer_gone":
      return "done";
    case undefined:
    case "in_progress":
    case "outcome_unknown":
      return "unknown";
    default:
      return "not_done";
  }
}

/** The list as the API gives it; what is wrong with it, in words. Undefined: there is none. */
export async function lookAtList(world: World): Promise<string[] | undefined> {
  const heard = await ask(COLLECTION);
  const listed = z.array(tokenSchema).safeParse(heard?.body);
  if (heard?.status !== 200 || !listed.success) return undefined;
  const state = await world.state();
  if (listed.data.length !== state.size) {
    return [`the list has ${String(listed.data.length)} of ${String(state.size)} tokens (I6)`];
  }
  return listed.data.flatMap(({ id, revokedAt }) =>
    state.get(id)?.isRevoked === (revokedAt !== undefined) ? [] : [`${id} is shown otherwise than it is`],
  );
}

export async function create(
  world: World,
  words: string,
  description: string,
  permissions: Permission[],
  { key }: Manners,
  most: number,
): Promise<Told[]> {
  const { outcome, heard } = await change("POST", COLLECTION, { key }, { description, permissions });
  const content = { description, permissions: canonicalPermissions(permissions) };
  const effect: Effect = { kind: "create", content, most };
  const made = createdSchema.safeParse(heard?.body);
  if (outcome === "done" && made.success) {
    world.keepSecret(made.data.accessToken);
    return [{ words, effect, outcome, made: { id: made.data.id, secret: made.data.accessToken } }];
  }
  // Done and without a secret, a program cannot tell which it is.
  return [{ words, effect, outcome: outcome === "done" ? "unknown" : outcome }];
}

export async function revoke(words: string, id: string, { key }: Manners): Promise<Told[]> {
  const { outcome } = await change("DELETE", `${COLLECTION}/${id}`, { key });
  return [{ words, effect: { kind: "revoke", id }, outcome }];
}

/** Gives a token one more permission and another description, after reading it. */
export async function update(
  words: string,
  id: string,
  description: string,
  more: Permission,
  { key, ifMatch }: Manners,
): Promise<Told[]> {
  const heard = await ask(`${COLLECTION}/${id}`);
  const seen = tokenSchema.safeParse(heard?.body);
  if (heard === undefined || !seen.success) return [];
  const permissions = [...seen.data.permissions, more];
  const { outcome } = await change(
    "PATCH",
    `${COLLECTION}/${id}`,
    { key, ifMatch: ifMatch ? heard.etag : undefined },
    { description, permissions },
  );
  const content = (of: { description: string; permissions: readonly unknown[] }) => ({
    description: of.description,
    permissions: canonicalPermissions(of.permissions),
  });
  const effect: Effect = {
    kind: "update",
    id,
    base: ifMatch ? content(seen.data) : undefined,
    wish: content({ description, permissions }),
  };
  return [{ words, effect, outcome }];
}

export async function suspendOrRestore(
  words: string,
  id: string,
  { key, ifMatch }: Manners,
): Promise<Told[]> {
  const path = `${COLLECTION}/${id}/suspension`;
  const token = await ask(`${COLLECTION}/${id}`);
  const seen = tokenSchema.safeParse(token?.body);
  if (token === undefined || !seen.success) return [];
  if (seen.data.suspendedAt === undefined) {
    const { outcome } = await change("POST", path, { key, ifMatch: ifMatch ? token.etag : undefined });
    return [{ words, effect: { kind: "suspend", id }, outcome }];
  }
  const kept = await ask(path);
  if (kept?.status !== 200) return [];
  const { outcome } = await change("DELETE", path, { key, ifMatch: ifMatch ? kept.etag : undefined });
  return [{ words, effect: { kind: "restore", id }, outcome }];
}
