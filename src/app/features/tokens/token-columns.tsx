import type { DataColumn } from "#app/table/columns.ts";
import {
  createdTooltip,
  descriptionTone,
  descriptionTooltip,
  drawCreated,
  drawDatabases,
  drawDescription,
  drawExpires,
  drawId,
  drawOptions,
  drawSelect,
  drawStatus,
  expiresTone,
  expiresTooltip,
  type TokenScene,
} from "./token-cells.tsx";
import type { ListedToken } from "./token-index.ts";

export type TokenColumn = DataColumn<ListedToken, TokenScene>;

const select: TokenColumn = {
  id: "select",
  header: "Select",
  selects: true,
  track: "20px",
  area: "select",
  draw: drawSelect,
};
const status: TokenColumn = {
  id: "status",
  header: "Status",
  track: "minmax(84px, 100px)",
  area: "status",
  draw: drawStatus,
};
const description: TokenColumn = {
  id: "description",
  header: "Description",
  track: "minmax(120px, 3fr)",
  area: "title",
  verbatim: true,
  tone: descriptionTone,
  tooltip: descriptionTooltip,
  draw: drawDescription,
};
const id: TokenColumn = {
  id: "id",
  header: "Token ID",
  track: "minmax(112px, 136px)",
  area: "id",
  draw: drawId,
};
const prefixAndId: TokenColumn = { ...id, track: "minmax(220px, 260px)" };
const databases: TokenColumn = {
  id: "databases",
  header: "Databases",
  track: "minmax(136px, 2fr)",
  area: "databases",
  draw: drawDatabases,
};
const created: TokenColumn = {
  id: "created",
  header: "Created At",
  track: "minmax(94px, 108px)",
  area: "created",
  tooltip: createdTooltip,
  draw: drawCreated,
};
const expires: TokenColumn = {
  id: "expires",
  header: "Expires At",
  track: "minmax(94px, 112px)",
  area: "expires",
  tone: expiresTone,
  tooltip: expiresTooltip,
  draw: drawExpires,
};
const options: TokenColumn = {
  id: "options",
  header: "Options",
  hiddenHeader: true,
  track: "36px",
  area: "options",
  draw: drawOptions,
};

export const databaseTokenColumns: readonly TokenColumn[] = [
  select,
  status,
  description,
  id,
  databases,
  created,
  expires,
  options,
];
export const managementTokenColumns: readonly TokenColumn[] = [
  select,
  status,
  description,
  prefixAndId,
  created,
  expires,
  options,
];
