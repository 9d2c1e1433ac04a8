/** Keys of rows that are selected: keys, not positions, so that no filter, order or refresh changes who is meant. */
export type SelectedKeys = ReadonlySet<string>;

/** The selection with these keys in it, or without them. The same object when that changes nothing. */
export function withKeys(selected: SelectedKeys, keys: Iterable<string>, on: boolean): SelectedKeys {
  const next = new Set(selected);
  for (const key of keys)
    if (on) next.add(key);
    else next.delete(key);
  // Only one of the two was done, so the size tells.
  return next.size === selected.size ? selected : next;
}

/** Keys of the rows between two positions, both included, in either order. */
export function keysBetween(from: number, to: number, keyAt: (index: number) => string): string[] {
  const first = Math.min(from, to);
  return Array.from({ length: Math.abs(to - from) + 1 }, (_, offset) => keyAt(first + offset));
}

/** Whether every row is selected. False where there is none. */
export function allSelected(
  selected: SelectedKeys,
  count: number,
  keyAt: (index: number) => string,
): boolean {
  // Most often it is told by the number.
  if (count === 0 || selected.size < count) return false;
  for (let index = 0; index < count; index++) if (!selected.has(keyAt(index))) return false;
  return true;
}
