/** Keeps the complete lists of all clusters within a number of bytes together. */
export interface ListCache {
  /** Notes that `owner` holds so many bytes and was used now; `drop` is called when they have to go. */
  use(owner: object, bytes: number, drop: () => void): void;
}

/** Of a list of 100,000 tokens each form takes about 5 MB. */
export const LIST_CACHE_BYTES = 64 * 1024 * 1024;

export function createListCache(limit = LIST_CACHE_BYTES): ListCache {
  // A Map keeps the order of insertion: the first entry is the one that was not used for longest.
  const entries = new Map<object, { bytes: number; drop: () => void }>();
  let total = 0;
  const remove = (owner: object) => {
    const entry = entries.get(owner);
    entries.delete(owner);
    total -= entry?.bytes ?? 0;
    return entry;
  };
  return {
    use(owner, bytes, drop) {
      remove(owner);
      entries.set(owner, { bytes, drop });
      total += bytes;
      for (const candidate of entries.keys()) {
        if (total <= limit) return;
        remove(candidate)?.drop();
      }
    },
  };
}
