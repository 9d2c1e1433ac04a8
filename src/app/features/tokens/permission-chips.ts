import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { compareNaturally } from "./token-index.ts";

/** What one token may do with one resource. */
export interface ResourceAccess {
  resource: string;
  /** "R", "W" or "RW"; other actions by their own names. */
  code: string;
  /** The same in words. */
  words: string;
}

/** Permissions grouped by resource, all databases first, then in natural order. */
export function accessByResource(permissions: readonly Permission[]): ResourceAccess[] {
  const actions = new Map<string, Set<string>>();
  for (const { resource, action } of permissions) {
    const known = actions.get(resource);
    if (known === undefined) actions.set(resource, new Set([action]));
    else known.add(action);
  }
  return [...actions]
    .sort(([a], [b]) =>
      a === b ? 0 : a === ALL_DATABASES ? -1 : b === ALL_DATABASES ? 1 : compareNaturally(a, b),
    )
    .map(([resource, set]) => ({ resource, ...describe(set) }));
}

/** UTF-16 units. Any word may be an action, of any length. */
const LONGEST_ACTION = 80;

function describe(actions: ReadonlySet<string>): Omit<ResourceAccess, "resource"> {
  const read = actions.has("read");
  const write = actions.has("write");
  const others = [...actions]
    .filter((action) => action !== "read" && action !== "write")
    .map((action) => visibleText(action, LONGEST_ACTION));
  const code = [`${read ? "R" : ""}${write ? "W" : ""}`, ...others].filter(Boolean).join(" ");
  const words = [...(read ? ["read"] : []), ...(write ? ["write"] : []), ...others].join(" and ");
  return { code, words };
}

/** Room for names and codes in the column, in characters: chips that would not fit are counted instead. */
const ROOM = 24;
const CHIP_EXTRA = 5;

/** How many chips fit into the column; at least one. */
export function chipsThatFit(access: readonly ResourceAccess[]): number {
  let room = ROOM;
  let fit = 0;
  for (const { resource, code } of access) {
    room -= (resource === ALL_DATABASES ? 13 : resource.length) + code.length + CHIP_EXTRA;
    if (room < 0 && fit > 0) break;
    fit++;
    if (fit === 2) break;
  }
  return fit;
}
