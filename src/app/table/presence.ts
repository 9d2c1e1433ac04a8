import { createListeners } from "#app/ui/listeners.ts";

/** What of somebody is on a table: rows must not move under them. */
export interface Presence {
  readonly pointer: boolean;
  /** Between pressing and letting go, and the click after it. */
  readonly pressed: boolean;
  readonly focus: boolean;
}

/** Kept outside of React's state: who comes and goes changes nothing that is drawn, unless news wait for it. */
export interface PresenceStore {
  get(this: void): Presence;
  set(this: void, change: Partial<Presence>): void;
  subscribe(this: void, listener: () => void): () => void;
}

export function createPresence(): PresenceStore {
  let present: Presence = { pointer: false, pressed: false, focus: false };
  const { tell, subscribe } = createListeners();
  return {
    get: () => present,
    set(change) {
      present = { ...present, ...change };
      tell();
    },
    subscribe,
  };
}
