import { loadSchemas } from "#app/api/load-schemas.ts";
import type { PendingCreation } from "#app/api/schemas.ts";
import { readStored, writeStored } from "#app/ui/stored.ts";

export type { PendingCreation };

/**
 * Creations whose secret nobody has acknowledged yet, so that a page that was loaded again finds them. They hold what was
 * asked for and the key that the gateway knows the attempt by; never a secret.
 */
const KEY = "tokenward.unseen";
const thisTab = () => sessionStorage;

/** The same, by key: signing out clears the tab's storage, and what became of them is to be asked all the same. */
const known = new Map<string, PendingCreation>();

/** Keys of attempts that something on this page looks after. */
const attended = new Set<string>();

function stored(): unknown[] {
  try {
    const parsed: unknown = JSON.parse(readStored(KEY, thisTab) ?? "[]");
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function keyOf(entry: unknown): unknown {
  return typeof entry === "object" && entry !== null && "operationKey" in entry
    ? entry.operationKey
    : undefined;
}

/** Everything that is kept, but for one. */
function all(except?: string): unknown[] {
  const others = stored().filter((entry) => {
    const key = keyOf(entry);
    return key !== except && !(typeof key === "string" && known.has(key));
  });
  return [...others, ...known.values()];
}

function write(entries: readonly unknown[]): void {
  writeStored(KEY, entries.length === 0 ? null : JSON.stringify(entries), thisTab);
}

/** Written before the request is sent. From then on whoever calls this looks after it. */
export function keepPending(pending: PendingCreation): void {
  attended.add(pending.operationKey);
  known.set(pending.operationKey, pending);
  write(all());
}

/** It is known what became of it, and whoever had to know knows. */
export function forgetPending(operationKey: string): void {
  attended.delete(operationKey);
  known.delete(operationKey);
  write(all(operationKey));
}

/** Gives them back, with nothing known: whoever asks next what was left behind looks after them. */
export function releasePending(operationKeys: Iterable<string>): void {
  for (const key of operationKeys) attended.delete(key);
  write(all());
}

/** What nobody on this page looks after. Taken once: from then on the caller does. */
export async function takeLeftBehind(): Promise<PendingCreation[]> {
  if (all().length === 0) return [];
  const { pendingCreations } = await loadSchemas();
  const parsed = pendingCreations.safeParse(all());
  if (!parsed.success) {
    write([...known.values()]);
    return [];
  }
  const taken = parsed.data.filter(({ operationKey }) => !attended.has(operationKey));
  for (const pending of taken) {
    attended.add(pending.operationKey);
    known.set(pending.operationKey, pending);
  }
  return taken;
}
