import { useCallback, useMemo } from "react";
import { DataTable, type DataTableProps } from "#app/table/data-table.tsx";
import { NARROW, useMediaQuery } from "#app/ui/use-media-query.ts";
import { numberText } from "#app/ui/number-text.ts";
import type { ChipRoom } from "./permission-chips.ts";
import { tokenPresses, type TokenScene } from "./token-cells.tsx";
import { databaseTokenColumns, managementTokenColumns, type TokenColumn } from "./token-columns.tsx";
import { sortKeys, type ListedToken, type TokenIndex, type TokenView } from "./token-index.ts";

/** Here the usual columns have room for what they usually say, beside the rail as well. */
export const WIDE = "(min-width: 1440px)";

/** `usual`: its columns are those that tokens of this kind have. */
export function chipRoom(hasCards: boolean, isWide: boolean, usual: boolean): ChipRoom {
  return hasCards ? "usual" : isWide && usual ? "ample" : "little";
}

/** A constant for each kind. */
export function columnsOf(kind: "database" | "management"): readonly TokenColumn[] {
  return kind === "database" ? databaseTokenColumns : managementTokenColumns;
}

/** What it finds out itself. */
type Found =
  | "room"
  | "columns"
  | "rowCount"
  | "rowAt"
  | "keyAt"
  | "indexOf"
  | "scene"
  | "onPress"
  | "selectAllLabel";

export interface TokensTableProps
  extends Omit<TokenScene, "room">, Omit<DataTableProps<ListedToken, TokenScene>, Found | "onSort"> {
  kind: "database" | "management";
  /** In place of those that tokens of this kind have. A constant. */
  columns: readonly TokenColumn[] | undefined;
  index: TokenIndex;
  /** Row numbers of `index`, in the order shown. */
  rows: Uint32Array;
  onSort: (sort: TokenView["sort"]) => void;
  openOptions: (tokenId: string, button: HTMLElement) => void;
  openDatabases: (tokenId: string, button: HTMLElement) => void;
  copyId: (tokenId: string) => void;
}

export function TokensTable(props: TokensTableProps) {
  const { index, rows, now, credentialId } = props;
  const isWide = useMediaQuery(WIDE);
  const hasCards = useMediaQuery(NARROW);
  const room = chipRoom(hasCards, isWide, props.columns === undefined);
  // Every row has it: a new object would draw them all again.
  const scene = useMemo(() => ({ now, credentialId, room }), [now, credentialId, room]);
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
      {...props}
      columns={props.columns ?? columnsOf(props.kind)}
      rowCount={rows.length}
      rowAt={rowAt}
      keyAt={keyAt}
      indexOf={indexOf}
      scene={scene}
      onSort={(next) => {
        const by = sortKeys.find((key) => key === next.by);
        if (by !== undefined) props.onSort({ by, descending: next.descending });
      }}
      onPress={(pressed, token, button) => {
        switch (tokenPresses.find((press) => press === pressed)) {
          case "options":
            return props.openOptions(token.id, button);
          case "databases":
            return props.openDatabases(token.id, button);
          case "copy-id":
            return props.copyId(token.id);
          case undefined:
        }
      }}
      selectAllLabel={`Select all ${numberText(rows.length)} that match`}
    />
  );
}
