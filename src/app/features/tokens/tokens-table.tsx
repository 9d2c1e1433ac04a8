import { useCallback, useMemo, type KeyboardEvent, type ReactNode, type Ref } from "react";
import { DataTable, type DataTableHandle } from "#app/table/data-table.tsx";
import type { SelectedKeys } from "#app/table/selection.ts";
import { numberText } from "#app/ui/number-text.ts";
import { tokenPresses, type TokenScene } from "./token-cells.tsx";
import { databaseTokenColumns, managementTokenColumns, type TokenColumn } from "./token-columns.tsx";
import { sortKeys, type ListedToken, type TokenIndex, type TokenView } from "./token-index.ts";

export interface TokensTableProps extends TokenScene {
  label: string;
  kind: "database" | "management";
  /** In place of those that tokens of this kind have. A constant. */
  columns: readonly TokenColumn[] | undefined;
  index: TokenIndex;
  /** Row numbers of `index`, in the order shown. */
  rows: Uint32Array;
  sort: TokenView["sort"];
  onSort: (sort: TokenView["sort"]) => void;
  onRowKey: (event: KeyboardEvent<HTMLElement>, token: ListedToken, row: HTMLElement) => void;
  onOpen: (token: ListedToken) => void;
  openOptions: (tokenId: string, button: HTMLElement) => void;
  openDatabases: (tokenId: string, button: HTMLElement) => void;
  copyId: (tokenId: string) => void;
  chosenId: string | undefined;
  /** Ids of selected tokens, whether they are shown or not. */
  selected: SelectedKeys;
  onSelect: (ids: readonly string[], on: boolean) => void;
  onSelectAll: (on: boolean) => void;
  /** See DataTable. */
  covered: number;
  loading: boolean;
  /** The list has more tokens than `index`. */
  partial: boolean;
  /** They are coming. */
  busy: boolean;
  empty: ReactNode;
  handle: Ref<DataTableHandle>;
}

export function TokensTable(props: TokensTableProps) {
  const { label, kind, index, rows, sort, onSort, onRowKey, onOpen, chosenId, loading, empty, handle } =
    props;
  const {
    selected,
    onSelect,
    onSelectAll,
    covered,
    partial,
    busy,
    now,
    credentialId,
    openOptions,
    openDatabases,
    copyId,
  } = props;
  // Every row has it: a new object would draw them all again.
  const scene = useMemo(() => ({ now, credentialId }), [now, credentialId]);
  const keyAt = useCallback((position: number) => index.idAt(rows[position]!), [index, rows]);
  const rowAt = useCallback((position: number) => index.tokenAt(rows[position]!), [index, rows]);
  const indexOf = useCallback(
    (id: string) => {
      const row = index.rowOf(id);
      const position = row === undefined ? -1 : rows.indexOf(row);
      return position === -1 ? undefined : position;
    },
    [index, rows],
  );
  return (
    <DataTable
      label={label}
      columns={props.columns ?? (kind === "database" ? databaseTokenColumns : managementTokenColumns)}
      rowCount={rows.length}
      rowAt={rowAt}
      keyAt={keyAt}
      indexOf={indexOf}
      scene={scene}
      sort={sort}
      onSort={(next) => {
        const by = sortKeys.find((key) => key === next.by);
        if (by !== undefined) onSort({ by, descending: next.descending });
      }}
      onRowKey={onRowKey}
      onOpen={onOpen}
      onPress={(pressed, token, button) => {
        switch (tokenPresses.find((press) => press === pressed)) {
          case "options":
            return openOptions(token.id, button);
          case "databases":
            return openDatabases(token.id, button);
          case "copy-id":
            return copyId(token.id);
          case undefined:
        }
      }}
      chosenKey={chosenId}
      selected={selected}
      onSelect={onSelect}
      selectAllLabel={`Select all ${numberText(rows.length)} that match`}
      onSelectAll={onSelectAll}
      covered={covered}
      loading={loading}
      partial={partial}
      busy={busy}
      empty={empty}
      handle={handle}
    />
  );
}
