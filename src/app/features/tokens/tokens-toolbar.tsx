import { useState, type Ref } from "react";
import { TableToolbar } from "#app/table/table-toolbar.tsx";
import { Switch } from "#app/ui/switch.tsx";
import { tokenMenus } from "./lazy-token-menus.ts";
import type { SortKey, TokenIndex } from "./token-index.ts";
import { withoutFilters } from "./token-view-state.ts";
import { columnNames, filterChips } from "./token-words.ts";
import type { TokenViewControl } from "./use-token-view.ts";

export interface TokensToolbarProps {
  control: TokenViewControl;
  sortKeys: readonly SortKey[];
  /** Whose tokens may be filtered by owners. */
  index: TokenIndex;
  /** Names to filter by; undefined where tokens have no databases. */
  databases: readonly string[] | undefined;
  searchHint: string;
  searchRef: Ref<HTMLInputElement>;
  /** See TableToolbar. */
  keysOn: boolean;
  toRows: () => void;
}

type Opened = "sort" | "filters";

export function TokensToolbar({ sortKeys, databases, index, ...rest }: TokensToolbarProps) {
  const { view, change } = rest.control;
  const [opened, setOpened] = useState<Opened>();
  // A menu that nobody has opened yet is not there: it would be drawn at every keystroke.
  const [used, setUsed] = useState(false);
  const menus = tokenMenus.useModule();
  const open = (which: Opened) => {
    setUsed(true);
    setOpened(which);
  };
  const close = () => setOpened(undefined);

  return (
    <TableToolbar
      {...rest}
      label="Tokens"
      opened={opened}
      onOpen={open}
      sortName={columnNames[view.sort.by]}
      filters={filterChips(view)}
      withoutFilters={withoutFilters}
      renderMenus={(sortButton, filterButton) =>
        menus !== undefined &&
        used && (
          <>
            <menus.SortMenu
              open={opened === "sort"}
              anchor={sortButton}
              onClose={close}
              keys={sortKeys}
              names={columnNames}
              sort={view.sort}
              onSort={(sort) => change({ sort })}
            />
            <menus.FilterPopover
              open={opened === "filters"}
              anchor={filterButton}
              onClose={close}
              view={view}
              databases={databases}
              keys={sortKeys}
              index={index}
              onChange={change}
            />
          </>
        )
      }
    >
      <Switch
        label="Show Inactive Tokens"
        checked={view.inactive}
        onChange={(inactive) => change({ inactive })}
      />
    </TableToolbar>
  );
}
