import { useCallback, useMemo, type KeyboardEvent, type ReactNode, type Ref } from "react";
import { DataTable, type DataTableHandle } from "#app/table/data-table.tsx";
import { databaseTokenColumns, managementTokenColumns } from "./token-columns.tsx";
import { sortKeys, type ListedToken, type TokenView } from "./token-index.ts";
import { TokenTableProvider, type TokenTableContext } from "./token-table-context.ts";

export interface TokensTableProps extends TokenTableContext {
  label: string;
  kind: "database" | "management";
  tokens: readonly ListedToken[];
  /** Row numbers into `tokens`, in the order shown. */
  rows: Uint32Array;
  sort: TokenView["sort"];
  onSort: (sort: TokenView["sort"]) => void;
  onRowKey: (event: KeyboardEvent<HTMLElement>, token: ListedToken, row: HTMLElement) => void;
  chosenId: string | undefined;
  loading: boolean;
  empty: ReactNode;
  handle: Ref<DataTableHandle>;
}

export function TokensTable(props: TokensTableProps) {
  const { label, kind, tokens, rows, sort, onSort, onRowKey, chosenId, loading, empty, handle } = props;
  const { now, openOptions, openDatabases, copyId, credentialId } = props;
  const rowAt = useCallback((index: number) => tokens[rows[index]!]!, [tokens, rows]);
  // Every cell reads it: a new object would draw them all again.
  const context = useMemo(
    () => ({ now, openOptions, openDatabases, copyId, credentialId }),
    [now, openOptions, openDatabases, copyId, credentialId],
  );
  return (
    <TokenTableProvider value={context}>
      <DataTable
        label={label}
        columns={kind === "database" ? databaseTokenColumns : managementTokenColumns}
        rowCount={rows.length}
        rowAt={rowAt}
        rowKey={tokenKey}
        sort={sort}
        onSort={(next) => {
          const by = sortKeys.find((key) => key === next.by);
          if (by !== undefined) onSort({ by, descending: next.descending });
        }}
        onRowKey={onRowKey}
        isChosen={(token) => token.id === chosenId}
        loading={loading}
        empty={empty}
        handle={handle}
      />
    </TokenTableProvider>
  );
}

function tokenKey(token: ListedToken): string {
  return token.id;
}
