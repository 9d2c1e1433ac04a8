/**
 * Lets many ask for the same reading at once. Whoever asks gets one that begins after they asked, since an earlier one may
 * not show what happened in between: those who come while one is under way share the next.
 */
export function shareReads<T>(read: () => Promise<T>): () => Promise<T> {
  let underWay: Promise<unknown> | undefined;
  let next: Promise<T> | undefined;
  const begin = async (after: Promise<unknown> | undefined): Promise<T> => {
    // How the one before ended is its askers' affair. Without one: whoever asks in the same moment joins.
    await (after ?? Promise.resolve()).catch(() => undefined);
    const reading = read();
    underWay = reading;
    next = undefined;
    try {
      return await reading;
    } finally {
      if (underWay === reading) underWay = undefined;
    }
  };
  return () => (next ??= begin(underWay));
}
