import { canonical } from "#contract/canonical.ts";
import { ALL_DATABASES, reachOf, type Permission } from "#contract/permission.ts";
import { textFault } from "#contract/text.ts";

/** What a permission is for, its type and ids included: what it says beside the action. */
export interface PermissionTarget {
  resource: string;
  resourceType?: string | undefined;
  resourceId?: string | undefined;
  [field: string]: unknown;
}

/** What a set of permissions grants on one resource. */
export interface PermissionRow {
  /** Tells it from every other row; see withAction. That of a database by its name alone is that name. */
  key: string;
  target: PermissionTarget;
  read: boolean;
  write: boolean;
  /** Permissions that are more than "read" or "write" alone: other actions, further fields. Never altered. */
  extras: readonly Permission[];
}

export type PlainAction = "read" | "write";

/** UTF-16 units of a name in a permission, at most. */
export const LONGEST_NAME = 64;

/** So many names are listed at once; the rest is found by typing more. */
export const MOST_CHOICES = 100;

/** Whether it says "read" or "write" and nothing else, so that a tick can take it away and bring it back as it was. */
function isPlain(permission: Permission): boolean {
  const { action } = permission;
  return (action === "read" || action === "write") && furtherFields(permission).length === 0;
}

function furtherFields(permission: Permission): [string, unknown][] {
  const target = targetOf(permission);
  return Object.entries(permission).filter(
    ([name, value]) => name !== "action" && !Object.hasOwn(target, name) && value !== undefined,
  );
}

/** Where a type is said, whatever names the resource more exactly belongs to it as well. */
function targetOf(permission: Permission): PermissionTarget {
  const { resource, resourceType } = permission;
  if (resourceType === undefined) return { resource };
  const fields = Object.entries(permission).filter(
    ([name, value]) => name.startsWith("resource") && value !== undefined,
  );
  return { ...Object.fromEntries(fields), resource };
}

/** What no name can begin with. */
const TYPED = "\0";

function keyOf(permission: Permission): string {
  return permission.resourceType === undefined
    ? permission.resource
    : `${TYPED}${canonical(targetOf(permission))}`;
}

/** What a row is about, whether anything is granted on it or not. */
export function rowTarget(key: string): PermissionTarget {
  return key.startsWith(TYPED) ? JSON.parse(key.slice(TYPED.length)) : { resource: key };
}

/** The name of the database that a target is; undefined where it is something else. */
export function databaseOf(target: PermissionTarget): string | undefined {
  return reachOf(target) === "databases" ? target.resource : undefined;
}

/** One row for each resource, in the order in which they first occur. */
export function permissionRows(permissions: readonly Permission[]): PermissionRow[] {
  const rows = new Map<string, PermissionRow & { extras: Permission[] }>();
  for (const permission of permissions) {
    const { action } = permission;
    const key = keyOf(permission);
    const row = rows.get(key) ?? {
      key,
      target: targetOf(permission),
      read: false,
      write: false,
      extras: [],
    };
    rows.set(key, row);
    if (!isPlain(permission)) row.extras.push(permission);
    else if (action === "read") row.read = true;
    else row.write = true;
  }
  return [...rows.values()];
}

/** The set with an action of a row granted or not. Whatever else is in it stays as it is, where it is. */
export function withAction(
  permissions: readonly Permission[],
  key: string,
  action: PlainAction,
  granted: boolean,
): Permission[] {
  const isThis = (permission: Permission) =>
    keyOf(permission) === key && permission.action === action && isPlain(permission);
  if (!granted) return permissions.filter((permission) => !isThis(permission));
  if (permissions.some(isThis)) return [...permissions];
  const beside = permissions.findLastIndex((permission) => keyOf(permission) === key);
  const at = beside === -1 ? permissions.length : beside + 1;
  return permissions.toSpliced(at, 0, { action, ...rowTarget(key) });
}

export function withoutRow(permissions: readonly Permission[], key: string): Permission[] {
  return permissions.filter((permission) => keyOf(permission) !== key);
}

/** Takes away what a row has beyond "read" and "write". */
export function withoutExtras(permissions: readonly Permission[], key: string): Permission[] {
  return permissions.filter((permission) => keyOf(permission) !== key || isPlain(permission));
}

/** What an extra says: its action, and the fields that it has beside it. */
export function extraWords(permission: Permission): string {
  const { action } = permission;
  const fields = furtherFields(permission);
  if (fields.length === 0) return action;
  const words = fields.map(([name, value]) => `${name}: ${typeof value === "string" ? value : json(value)}`);
  return `${action} (${words.join(", ")})`;
}

function json(value: unknown): string {
  return JSON.stringify(value) ?? String(value);
}

export type DatabaseChoice =
  | { kind: "all" }
  | { kind: "database"; name: string }
  /** What was typed is no database that is known. */
  | { kind: "new"; name: string };

export interface DatabaseChoices {
  choices: readonly DatabaseChoice[];
  /** How many more match than are listed. */
  more: number;
  /** Why what was typed cannot be a name. */
  fault: string | undefined;
}

export interface ChoosingFrom {
  /** Undefined while they are not known. */
  databases: readonly string[] | undefined;
  /** Resources that have a row already. */
  taken: ReadonlySet<string>;
  /** What was typed; spaces around it do not count. */
  text: string;
}

/** What can be added: names that begin with what was typed, then those that have it in them, in the order given. */
export function databaseChoices({ databases, taken, text }: ChoosingFrom): DatabaseChoices {
  const typed = text.trim();
  const term = folded(typed);
  const starting: DatabaseChoice[] = [];
  const containing: DatabaseChoice[] = [];
  for (const name of databases ?? []) {
    if (taken.has(name) || name === ALL_DATABASES) continue;
    const at = folded(name).indexOf(term);
    if (at === 0) starting.push({ kind: "database", name });
    else if (at > 0) containing.push({ kind: "database", name });
  }
  const found = [...starting, ...containing];
  const choices: DatabaseChoice[] = found.slice(0, MOST_CHOICES);
  const fault = nameFault(typed);
  const isAll = typed === ALL_DATABASES || "all databases".startsWith(term);
  if (isAll && !taken.has(ALL_DATABASES)) choices.unshift({ kind: "all" });
  const isNew =
    typed !== "" && typed !== ALL_DATABASES && !taken.has(typed) && databases?.includes(typed) !== true;
  if (isNew && fault === undefined) choices.push({ kind: "new", name: typed });
  return {
    choices,
    more: found.length - Math.min(found.length, MOST_CHOICES),
    fault: isNew ? fault : undefined,
  };
}

/** The resource that a choice stands for. */
export function resourceOf(choice: DatabaseChoice): string {
  return choice.kind === "all" ? ALL_DATABASES : choice.name;
}

function nameFault(name: string): string | undefined {
  if (name.length > LONGEST_NAME) return `A name has at most ${LONGEST_NAME} characters.`;
  const fault = textFault(name);
  return fault === undefined ? undefined : `A name ${fault}.`;
}

function folded(text: string): string {
  return text.normalize("NFKD").toLowerCase().replace(/\p{M}/gu, "");
}
