import type { ReactNode } from "react";
import type { DataColumn, RowPlace } from "#app/table/columns.ts";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { LONGEST_LINE, LONGEST_TOOLTIP, type TokenScene } from "./token-cells.tsx";
import { databaseTokenColumns } from "./token-columns.tsx";
import { ownerKeys, ownerOf, type ListedToken, type OwnerKey } from "./token-index.ts";
import { columnNames } from "./token-words.ts";
import styles from "./token-cells.module.css";

/** Below this there is no room for the columns of owners; sheets have them all the same. */
export const ROOM_FOR_OWNERS = "(min-width: 1366px)";

const NOBODY = <span className={styles.absent}>None</span>;

function ownerColumn(key: OwnerKey): DataColumn<ListedToken, TokenScene> {
  return {
    id: key,
    header: columnNames[key],
    track: "minmax(72px, 1fr)",
    area: key,
    draw: (token, _scene, place) => drawOwner(ownerOf(token, key), place),
  };
}

function drawOwner(name: string, { attended }: RowPlace): ReactNode {
  if (name === "") return NOBODY;
  return (
    <UserText
      text={name}
      limit={LONGEST_LINE}
      flow="cell"
      title={attended ? visibleText(name, LONGEST_TOOLTIP) : undefined}
    />
  );
}

/** Ids of 16 characters are shown whole; the descriptions make room for them. */
const tracks: Partial<Record<string, string>> = { description: "minmax(114px, 3fr)", id: "134px" };

/** Those of tokens that belong to users and organizations. */
export const ownedTokenColumns = databaseTokenColumns.flatMap((column) => {
  const wide = { ...column, track: tracks[column.id] ?? column.track };
  return column.id === "databases" ? [wide, ...ownerKeys.map(ownerColumn)] : [wide];
});
