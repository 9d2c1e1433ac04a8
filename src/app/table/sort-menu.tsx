import { Menu, MenuRadioGroup, MenuRadioItem, MenuSeparator } from "#app/ui/menu.tsx";
import type { Sort } from "./view-params.ts";

export interface SortMenuProps<TKey extends string> {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
  keys: readonly TKey[];
  names: Readonly<Record<TKey, string>>;
  sort: Sort<TKey>;
  onSort: (sort: Sort<TKey>) => void;
}

/** What a table can be sorted by. On small screens there is no other way: cards have no headers. */
export function SortMenu<TKey extends string>(props: SortMenuProps<TKey>) {
  const { open, anchor, onClose, keys, names, onSort } = props;
  const { by, descending } = props.sort;
  return (
    <Menu open={open} anchor={anchor} onClose={onClose} label="Sort">
      <MenuRadioGroup
        label="Sort by"
        value={by}
        onChange={(value) => {
          const key = keys.find((candidate) => candidate === value);
          if (key !== undefined) onSort({ by: key, descending });
        }}
      >
        {keys.map((key) => (
          <MenuRadioItem key={key} value={key} keepOpen>
            {names[key]}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
      <MenuSeparator />
      <MenuRadioGroup
        label="Order"
        value={descending ? "descending" : "ascending"}
        onChange={(value) => onSort({ by, descending: value === "descending" })}
      >
        <MenuRadioItem value="ascending">Ascending</MenuRadioItem>
        <MenuRadioItem value="descending">Descending</MenuRadioItem>
      </MenuRadioGroup>
    </Menu>
  );
}
