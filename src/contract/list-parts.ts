import { plainMillis } from "./instant.ts";
import type { Permission } from "./permission.ts";
import {
  HAS_CREATED_MILLIS,
  HAS_EXPIRES,
  HAS_EXPIRES_MILLIS,
  HAS_REVOKED,
  HAS_REVOKED_MILLIS,
  PART_ROWS,
  type ListPart,
  type PartRows,
  type TokenColumns,
} from "./token-columns.ts";

/** The text of rows without account and cluster as a list's parts, each on a line of its own; commas join it with more. */
export function listPartsText(rows: readonly unknown[]): string {
  const parts: string[] = [];
  for (let start = 0; start < rows.length; start += PART_ROWS) {
    parts.push(`\n${JSON.stringify(listPart(rows.slice(start, start + PART_ROWS)))}`);
  }
  return parts.join(",");
}

/** Columns where all rows come out of them as they are, and the rows themselves otherwise. */
export function listPart(rows: unknown[]): ListPart {
  const columns = columnsOf(rows);
  if (columns !== undefined) return columns;
  const part: PartRows = { rows };
  return part;
}

function columnsOf(rows: readonly unknown[]): TokenColumns | undefined {
  const columns: TokenColumns = {
    id: [],
    description: [],
    createdAt: [],
    expiresAt: [],
    revokedAt: [],
    written: [],
    permissions: [],
    permissionCounts: [],
    permissionPlaces: [],
  };
  const places = new PermissionPlaces(columns.permissions);
  for (const row of rows) if (!isFields(row) || !addRow(columns, places, row)) return undefined;
  return columns;
}

type Fields = Record<string, unknown>;

function isFields(value: unknown): value is Fields {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether it fits. */
function addRow(columns: TokenColumns, places: PermissionPlaces, row: Fields): boolean {
  const { id, description, createdAt, expiresAt, revokedAt, permissions } = row;
  if (typeof id !== "string" || typeof description !== "string" || !Array.isArray(permissions)) return false;
  for (const name in row) if (!fieldNames.has(name)) return false;
  const created = plainMillis(textOf(createdAt));
  const expires = expiresAt === undefined ? 0 : plainMillis(textOf(expiresAt));
  const revoked = revokedAt === undefined ? 0 : plainMillis(textOf(revokedAt));
  // Not a number: an instant that is written in another way, or none at all.
  if (Number.isNaN(created + expires + revoked)) return false;
  const before = columns.permissionPlaces.length;
  for (const permission of permissions) {
    const place = places.of(permission);
    if (place === undefined) return false;
    columns.permissionPlaces.push(place);
  }
  columns.permissionCounts.push(columns.permissionPlaces.length - before);
  columns.id.push(id);
  columns.description.push(description);
  columns.createdAt.push(created);
  columns.expiresAt.push(expires);
  columns.revokedAt.push(revoked);
  columns.written.push(
    bitsOf(createdAt, 0, HAS_CREATED_MILLIS) |
      bitsOf(expiresAt, HAS_EXPIRES, HAS_EXPIRES_MILLIS) |
      bitsOf(revokedAt, HAS_REVOKED, HAS_REVOKED_MILLIS),
  );
  return true;
}

const fieldNames: ReadonlySet<string> = new Set([
  "id",
  "description",
  "createdAt",
  "expiresAt",
  "revokedAt",
  "permissions",
]);

function textOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

const WHOLE_SECONDS = "2000-01-01T00:00:00Z".length;

function bitsOf(instant: unknown, present: number, millis: number): number {
  if (instant === undefined) return 0;
  return textOf(instant).length > WHOLE_SECONDS ? present | millis : present;
}

/** Numbers permissions, equal ones alike. Most say an action and a resource and nothing else: those need no text to compare. */
class PermissionPlaces {
  readonly #all: Permission[];
  readonly #plain = new Map<string, Map<string, number>>();
  readonly #others = new Map<string, number>();

  constructor(all: Permission[]) {
    this.#all = all;
  }

  /** Undefined for what is no permission by its form. */
  of(permission: unknown): number | undefined {
    if (!isPermission(permission)) return undefined;
    const { action, resource } = permission;
    if (Object.keys(permission).length > 2) {
      return this.#placeIn(this.#others, JSON.stringify(permission), permission);
    }
    let places = this.#plain.get(action);
    if (places === undefined) this.#plain.set(action, (places = new Map()));
    return this.#placeIn(places, resource, permission);
  }

  #placeIn(places: Map<string, number>, key: string, permission: Permission): number {
    const known = places.get(key);
    if (known !== undefined) return known;
    const place = this.#all.push(permission) - 1;
    places.set(key, place);
    return place;
  }
}

function isPermission(value: unknown): value is Permission {
  return isFields(value) && typeof value["action"] === "string" && typeof value["resource"] === "string";
}
