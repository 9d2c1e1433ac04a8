/** Which element shows which row. Elements are numbered by slots, which are what React knows them by. */
export interface RowSlots {
  /** Positions of the drawn rows in the list, upwards. */
  readonly indexes: readonly number[];
  /** The key of each of them. */
  readonly keys: readonly string[];
  /** The slot of each of them. */
  readonly slots: readonly number[];
  /** Larger than any slot so far. */
  readonly next: number;
  /** As it was given. */
  readonly kept: KeptRow | undefined;
}

/** A row whose element must go with it: the one that has the focus. */
export interface KeptRow {
  readonly key: string;
  /** Its position now; undefined when it left the list. */
  readonly index: number | undefined;
}

export const NO_SLOTS: RowSlots = { indexes: [], keys: [], slots: [], next: 0, kept: undefined };

/**
 * Slots for the rows to draw; `keys` are theirs. A position that stays drawn keeps its element, whatever row stands
 * there now: a new list costs new words, not new elements. Where most rows only moved, as when one above them left,
 * they take their elements along: that costs not even words. The kept row always takes its element along, and when it
 * leaves the list its element goes with it: focus never passes to another row in silence. Giving the same rows again
 * gives the same object.
 */
export function assignSlots(
  before: RowSlots,
  indexes: readonly number[],
  keys: readonly string[],
  kept: KeptRow | undefined,
): RowSlots {
  // The slots there are, by the position that has a claim to each; those without one by a negative number.
  const slotAt = new Map<number, number>();
  const moved = movedRows(before, indexes, keys);
  if (moved !== undefined) {
    before.keys.forEach((key, position) => {
      const to = moved.get(key);
      if (to === undefined && key === kept?.key) return;
      slotAt.set(to ?? -1 - position, before.slots[position]!);
    });
  } else {
    before.indexes.forEach((index, position) => slotAt.set(index, before.slots[position]!));
    const was = kept === undefined ? undefined : before.indexes[before.keys.indexOf(kept.key)];
    if (was !== undefined && was !== kept?.index) {
      const slot = slotAt.get(was);
      slotAt.delete(was);
      if (slot !== undefined && kept?.index !== undefined) slotAt.set(kept.index, slot);
    }
  }

  const slots = new Array<number>(indexes.length);
  let lastStaying = -1;
  indexes.forEach((index, position) => {
    const slot = slotAt.get(index);
    if (slot === undefined) return;
    slots[position] = slot;
    slotAt.delete(index);
    lastStaying = position;
  });
  // An element that is free moves to the end of those that stay, never to their front: all of them would have to be
  // put behind it one by one.
  const free = [...slotAt.values()];
  let used = 0;
  let { next } = before;
  for (let position = 0; position < indexes.length; position++) {
    if (slots[position] !== undefined) continue;
    const slot = position > lastStaying ? free[used++] : undefined;
    slots[position] = slot ?? next++;
  }
  const same =
    next === before.next &&
    kept?.key === before.kept?.key &&
    kept?.index === before.kept?.index &&
    sameItems(indexes, before.indexes) &&
    sameItems(keys, before.keys) &&
    sameItems(slots, before.slots);
  return same ? before : { indexes, keys, slots, next, kept };
}

/** The new positions of rows that were drawn before, where most of them are elsewhere now and in the same order. */
function movedRows(
  before: RowSlots,
  indexes: readonly number[],
  keys: readonly string[],
): Map<string, number> | undefined {
  const places = new Map(before.keys.map((key, position) => [key, position]));
  const moved = new Map<string, number>();
  let last = -1;
  let elsewhere = 0;
  for (let position = 0; position < keys.length; position++) {
    const place = places.get(keys[position]!);
    if (place === undefined) continue;
    // Elements in another order would have to be put into the page again.
    if (place < last) return undefined;
    last = place;
    moved.set(keys[position]!, indexes[position]!);
    if (before.indexes[place] !== indexes[position]) elsewhere++;
  }
  return elsewhere * 2 > keys.length ? moved : undefined;
}

function sameItems<T>(a: readonly T[], b: readonly T[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
