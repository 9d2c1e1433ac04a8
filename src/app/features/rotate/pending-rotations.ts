import { loadSchemas } from "#app/api/load-schemas.ts";
import type { PendingRotation } from "#app/api/schemas.ts";
import { readStored, writeStored } from "#app/ui/stored.ts";

export type { PendingRotation };

/**
 * Attempts to rotate whose secret nobody has acknowledged yet, so that a page that was loaded again can ask for it: the
 * key that the gateway knows the attempt by, who asked, and what for; never a secret.
 */
const KEY = "tokenward.rotating";
const thisTab = () => sessionStorage;

/** Keys of attempts that this page looks after itself. */
const attended = new Set<string>();

/** Read and written at one go, so that nothing that is kept meanwhile gets lost. What they are is for who reads them. */
function stored(): unknown[] {
  try {
    const parsed: unknown = JSON.parse(readStored(KEY, thisTab) ?? "[]");
    return Array.isArray(parsed) ? parsed : [];
  } catch {
    return [];
  }
}

function write(all: readonly unknown[]): void {
  writeStored(KEY, all.length === 0 ? null : JSON.stringify(all), thisTab);
}

function says(entry: unknown, field: "operationKey" | "rotationId", value: string): boolean {
  return typeof entry === "object" && entry !== null && Reflect.get(entry, field) === value;
}

/** Written before the request is sent: a reload will find it. */
export function keepPendingRotation(pending: PendingRotation): void {
  attended.add(pending.operationKey);
  write([...stored().filter((each) => !says(each, "operationKey", pending.operationKey)), pending]);
}

/** This is the rotation that came of an attempt. */
export function namePendingRotation(operationKey: string, rotationId: string): void {
  write(
    stored().map((each) =>
      says(each, "operationKey", operationKey) && typeof each === "object" ? { ...each, rotationId } : each,
    ),
  );
}

/** The attempts that a rotation may have come of, whoever asked; the latest first. */
export async function pendingRotationsOf(
  slug: string,
  { id, oldTokenId }: { id: string; oldTokenId: string },
): Promise<PendingRotation[]> {
  if (stored().length === 0) return [];
  const { pendingRotations } = await loadSchemas();
  return (
    stored()
      // One by one: what an earlier version kept hides nothing.
      .flatMap((entry) => {
        const parsed = pendingRotations.safeParse([entry]);
        return parsed.success ? parsed.data : [];
      })
      .filter(
        ({ rotationId, ...each }) =>
          each.slug === slug &&
          each.tokenId === oldTokenId &&
          (rotationId === undefined || rotationId === id),
      )
      .reverse()
  );
}

/** Whether an earlier page left one of these behind. Said once: from then on this page looks after them. */
export function takeLeftBehind(pending: readonly PendingRotation[]): boolean {
  const left = pending.some(({ operationKey }) => !attended.has(operationKey));
  for (const { operationKey } of pending) attended.add(operationKey);
  return left;
}

/** What became of this attempt is known for good to whoever had to know. */
export function forgetPendingRotation(operationKey: string): void {
  write(stored().filter((each) => !says(each, "operationKey", operationKey)));
}

/** There is no secret any more to ask for. */
export function forgetRotation(rotationId: string): void {
  write(stored().filter((each) => !says(each, "rotationId", rotationId)));
}
