/** The name of the lock that a page holds while it revokes the tokens of a run. */
export function lockName(runId: string): string {
  return `tokenward.revoke-run.${runId}`;
}

/** Without TLS a browser has no locks: two pages may then offer the same run, and the gateway still acts once. */
function locks(): LockManager | undefined {
  return "locks" in navigator ? navigator.locks : undefined;
}

/** Tells other pages of this browser that a run is under way, until `finished`. Resolves when they are told no more. */
export async function holdRunLock(runId: string, finished: Promise<void>): Promise<void> {
  const manager = locks();
  await (manager === undefined ? finished : manager.request(lockName(runId), () => finished));
}

/** Names of locks that pages hold. */
export async function runsUnderWay(): Promise<ReadonlySet<string>> {
  const state = await locks()?.query();
  return new Set(state?.held?.map(({ name }) => name ?? ""));
}
