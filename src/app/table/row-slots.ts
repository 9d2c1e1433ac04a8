/** Which element shows which row. Elements are numbered by slots, which are what React knows them by. */
export interface RowSlots {
  /** Positions of the drawn rows in the list, upwards. */
  readonly indexes: readonly number[];
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

export const NO_SLOTS: RowSlots = { indexes: [], slots: [], next: 0, kept: undefined };

/**
 * Slots for the rows to draw. A position that stays drawn keeps its element, whatever row stands there now: a new
 * list costs new words, not new elements. The kept row takes its element along to its new position, and when it
 * leaves the list its element goes with it: focus never passes to another row in silence. Giving the same rows again
 * gives the same object.
 */
export function assignSlots(
  before: RowSlots,
  indexes: readonly number[],
  kept: KeptRow | undefined,
): RowSlots {
  const slotAt = new Map<number, number>();
  before.indexes.forEach((index, position) => slotAt.set(index, before.slots[position]!));

  const sameKept = kept !== undefined && before.kept?.key === kept.key ? before.kept : undefined;
  if (sameKept?.index !== undefined && sameKept.index !== kept?.index) {
    const slot = slotAt.get(sameKept.index);
    slotAt.delete(sameKept.index);
    if (slot !== undefined && kept?.index !== undefined) slotAt.set(kept.index, slot);
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
    sameNumbers(indexes, before.indexes) &&
    sameNumbers(slots, before.slots);
  return same ? before : { indexes, slots, next, kept };
}

function sameNumbers(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((value, index) => value === b[index]);
}
