import type { ReactNode } from "react";
import type { DataColumn } from "#app/table/columns.ts";
import { drawUserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { LONGEST_LINE, LONGEST_TOOLTIP, type TokenScene } from "./token-cells.tsx";
import { databaseTokenColumns } from "./token-columns.tsx";
import { ownerKeys, ownerOf, type ListedToken, type OwnerKey } from "./token-index.ts";
import { columnNames } from "./token-words.ts";

/** Below this there is no room for the columns of owners; sheets have them all the same. */
export const ROOM_FOR_OWNERS = "(min-width: 1366px)";

function ownerColumn(key: OwnerKey): DataColumn<ListedToken, TokenScene> {
  return {
    id: key,
    header: columnNames[key],
    track: "minmax(72px, 1fr)",
    area: key,
    verbatim: true,
    tone: (token) => (ownerOf(token, key) === "" ? "quiet" : undefined),
    tooltip: (token) => visibleText(ownerOf(token, key), LONGEST_TOOLTIP) || undefined,
    draw: (token) => drawOwner(ownerOf(token, key)),
  };
}

function drawOwner(name: string): ReactNode {
  return name === "" ? "None" : drawUserText(name, LONGEST_LINE);
}

/** Ids of 16 characters are shown whole; the descriptions make room for them. */
const tracks: Partial<Record<string, string>> = { description: "minmax(114px, 3fr)", id: "134px" };

/** Those of tokens that belong to users and organizations. */
export const ownedTokenColumns = databaseTokenColumns.flatMap((column) => {
  const wide = { ...column, track: tracks[column.id] ?? column.track };
  return column.id === "databases" ? [wide, ...ownerKeys.map(ownerColumn)] : [wide];
});
