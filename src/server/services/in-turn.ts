/** Runs `work` when everything that was asked for with the same key before has ended. */
export type InTurn = <Result>(
  key: string,
  signal: AbortSignal,
  work: () => Promise<Result>,
) => Promise<Result>;

/**
 * One after the other for each key, in this process, and then `across` all others that have the same database. Who waits
 * until its signal is aborted is let go with the signal's reason, and its work is never begun.
 */
export function createTurns(across: InTurn = (_key, _signal, work) => work()): InTurn {
  const last = new Map<string, Promise<unknown>>();
  return async (key, signal, work) => {
    signal.throwIfAborted();
    const before = last.get(key) ?? Promise.resolve();
    const mine = before.then(() => {
      signal.throwIfAborted();
      return across(key, signal, work);
    });
    // Those behind wait for its end, whatever it is.
    const ended = mine.then(
      () => undefined,
      () => undefined,
    );
    last.set(key, ended);
    void ended.then(() => {
      if (last.get(key) === ended) last.delete(key);
    });
    return Promise.race([mine, abortedWhileWaiting(before, signal)]);
  };
}

/** Rejects when the signal is aborted before the turn has come; otherwise it stays silent. */
function abortedWhileWaiting(before: Promise<unknown>, signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener("abort", onAbort, { once: true });
    void before.then(() => signal.removeEventListener("abort", onAbort));
  });
}
