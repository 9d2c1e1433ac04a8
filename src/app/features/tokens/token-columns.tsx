import { createColumnHelper } from "@tanstack/react-table";
import type { DataTableFeatures } from "#app/table/columns.ts";
import {
  CreatedCell,
  DatabasesCell,
  DescriptionCell,
  ExpiresCell,
  IdCell,
  OptionsCell,
  StatusCell,
} from "./token-cells.tsx";
import type { ListedToken } from "./token-index.ts";

const helper = createColumnHelper<DataTableFeatures, ListedToken>();

const status = helper.display({
  id: "status",
  header: "Status",
  cell: ({ row }) => <StatusCell token={row.original} />,
  meta: { track: "minmax(84px, 100px)", area: "status" },
});
const description = helper.display({
  id: "description",
  header: "Description",
  cell: ({ row }) => <DescriptionCell token={row.original} />,
  meta: { track: "minmax(120px, 3fr)", area: "title" },
});
const id = helper.display({
  id: "id",
  header: "Token ID",
  cell: ({ row }) => <IdCell token={row.original} />,
  meta: { track: "minmax(112px, 136px)", area: "id" },
});
const prefixAndId = helper.display({
  ...id,
  id: "id",
  meta: { track: "minmax(220px, 260px)", area: "id" },
});
const databases = helper.display({
  id: "databases",
  header: "Databases",
  cell: ({ row }) => <DatabasesCell token={row.original} />,
  meta: { track: "minmax(136px, 2fr)", area: "databases" },
});
const created = helper.display({
  id: "created",
  header: "Created At",
  cell: ({ row }) => <CreatedCell token={row.original} />,
  meta: { track: "minmax(94px, 108px)", area: "created" },
});
const expires = helper.display({
  id: "expires",
  header: "Expires At",
  cell: ({ row }) => <ExpiresCell token={row.original} />,
  meta: { track: "minmax(94px, 112px)", area: "expires" },
});
const options = helper.display({
  id: "options",
  header: "Options",
  cell: ({ row }) => <OptionsCell token={row.original} />,
  meta: { track: "36px", area: "options", hiddenHeader: true },
});

export const databaseTokenColumns = helper.columns([
  status,
  description,
  id,
  databases,
  created,
  expires,
  options,
]);
export const managementTokenColumns = helper.columns([
  status,
  description,
  prefixAndId,
  created,
  expires,
  options,
]);
