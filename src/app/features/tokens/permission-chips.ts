import { isForAll, resourceKey, resourceName, type Permission } from "#contract/permission.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { compareNaturally } from "./token-index.ts";

/** What one token may do with one resource. */
export interface ResourceAccess {
  /** Of the resource; see resourceKey. */
  key: string;
  /** See resourceName. */
  name: string;
  /** The first of what it may do with it. */
  permission: Permission;
  /** "R", "W" or "RW"; other actions by their own names. */
  code: string;
  /** The same in words. */
  words: string;
}

/** Permissions grouped by resource, all databases first, then in natural order. */
export function accessByResource(permissions: readonly Permission[]): ResourceAccess[] {
  const found = new Map<string, { permission: Permission; actions: Set<string> }>();
  for (const permission of permissions) {
    const key = resourceKey(permission);
    const known = found.get(key);
    if (known === undefined) found.set(key, { permission, actions: new Set([permission.action]) });
    else known.actions.add(permission.action);
  }
  return Array.from(found, ([key, { permission, actions }]) => ({
    key,
    name: resourceName(permission),
    permission,
    ...describe(actions),
  })).sort(
    (a, b) =>
      Number(isForAll(b.permission)) - Number(isForAll(a.permission)) || compareNaturally(a.name, b.name),
  );
}

/** UTF-16 units. Any word may be an action, of any length. */
const LONGEST_ACTION = 80;

function describe(actions: ReadonlySet<string>): Pick<ResourceAccess, "code" | "words"> {
  const read = actions.has("read");
  const write = actions.has("write");
  const others = [...actions]
    .filter((action) => action !== "read" && action !== "write")
    .map((action) => visibleText(action, LONGEST_ACTION));
  const code = [`${read ? "R" : ""}${write ? "W" : ""}`, ...others].filter(Boolean).join(" ");
  const words = [...(read ? ["read"] : []), ...(write ? ["write"] : []), ...others].join(" and ");
  return { code, words };
}

/** What the column of chips has room for: usual ones in any case, usual ones that may have to shrink, or small ones only. */
export type ChipRoom = "ample" | "usual" | "little";

/** In characters of names and codes: chips that would not fit are counted instead. */
const ROOM = 24;
const LITTLE_ROOM = 16;
const CHIP_EXTRA = 5;

/** Letters that are hardly wider than the room is counted in, as names of databases have them. */
const NARROW_LETTERS = /^[a-z\d ./_-]*$/;

/** How many chips fit into the column, at least one; and whether they do without having to shrink. */
export function chipsThatFit(
  access: readonly Pick<ResourceAccess, "name" | "code">[],
  space: ChipRoom,
): { count: number; fit: boolean } {
  let room = space === "little" ? LITTLE_ROOM : ROOM;
  let count = 0;
  let fit = space === "ample";
  for (const { name, code } of access) {
    room -= name.length + code.length + CHIP_EXTRA;
    if (room < 0 && count > 0) break;
    fit &&= room >= 0 && NARROW_LETTERS.test(name);
    count++;
    if (count === 2) break;
  }
  return { count, fit };
}
