/** Who wants to hear of something, as useSyncExternalStore subscribes. */
export interface Listeners {
  tell(this: void): void;
  /** Gives what unsubscribes. */
  subscribe(this: void, listener: () => void): () => void;
}

export function createListeners(): Listeners {
  const listeners = new Set<() => void>();
  return {
    tell() {
      for (const listener of listeners) listener();
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
