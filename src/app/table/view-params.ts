import type { SortState } from "./table-head.tsx";

/** How a table's view is said in the query of an address, where its fields have names of their own. */

/** The value that a parameter names; undefined where it names none of them. */
export function oneOf<T extends string>(values: readonly T[], text: string | null): T | undefined {
  return values.find((value) => value === text);
}

export interface Sort<TKey extends string> extends SortState {
  by: TKey;
}

/** `usual`: where nothing is said, or what is not known. */
export function sortFrom<TKey extends string>(
  params: URLSearchParams,
  keys: readonly TKey[],
  usual: Sort<TKey>,
): Sort<TKey> {
  const sort = params.get("sort") ?? "";
  const descending = sort.startsWith("-");
  const by = oneOf(keys, descending ? sort.slice(1) : sort);
  return by === undefined ? usual : { by, descending };
}

/** What sortFrom reads back as the same; the usual is left out. */
export function setSort(params: URLSearchParams, { by, descending }: SortState, usual: SortState): void {
  if (by !== usual.by || descending !== usual.descending) {
    params.set("sort", descending ? `-${by}` : by);
  }
}
