import {
  adminPermission,
  ALL_DATABASES,
  allows,
  isForAll,
  reachOf,
  resourceName,
  type Permission,
  type Reach,
} from "#contract/permission.ts";
import type { AccessFilter } from "./token-index-model.ts";
import { SequenceTable, TextTable } from "./token-index-tables.ts";
import { fold, naturalKey, sortNaturally } from "./token-index-text.ts";

const READ = 1;
const WRITE = 2;
const WILDCARD = 4;
const accessBits: Record<AccessFilter, number> = { read: READ, write: WRITE, wildcard: WILDCARD };

/** So many permission sets are kept ready, so that rows with the same set share one array. */
const READY_SETS = 512;

/** So many are found without looking through the tables. */
const KNOWN_ACTIONS = 8;
const KNOWN_RESOURCES = 256;

/** A permission's number + 1. */
export type PermissionNumber = number;

/** The set number of a token that has no permissions field. */
export const NO_PERMISSIONS = 0;

/**
 * Permission sets, each once. Most tokens of a large list share a few sets; where every token has its own, a set costs
 * some numbers and no object.
 */
export class PermissionSets {
  /** Actions, resources, and the other fields of a permission as JSON. Number 0 is the empty text. */
  readonly #texts = new TextTable();
  /** Action, resource, other fields. */
  readonly #permissions = new SequenceTable();
  /** Permission numbers + 1. The lone 0 stands for no permissions field. */
  readonly #sets = new SequenceTable();
  /** What permissions allow, by their numbers, and what sets do. */
  readonly #allowedByOne: number[] = [];
  readonly #access = [0];
  /** Numbers of the first permissions without other fields, by action and resource: most tokens have one of these. */
  readonly #plain = new Map<string, Map<string, number>>();
  readonly #ready = new Map<number, readonly Permission[]>();
  /** Of permissions that are for more than databases, or for something else; by their numbers. */
  readonly #reach = new Map<number, Reach>();

  constructor() {
    this.#texts.intern("");
    this.#sets.intern([0]);
  }

  get size(): number {
    return this.#sets.size;
  }

  /** The number of a set: the same for sets with the same permissions in the same order. */
  intern(permissions: readonly Permission[] | undefined): number {
    if (permissions === undefined) return NO_PERMISSIONS;
    return this.internNumbers(permissions.map((permission) => this.numberOf(permission)));
  }

  /** The number of the set of these permissions. */
  internNumbers(numbers: readonly PermissionNumber[]): number {
    const number = this.#sets.intern(numbers);
    this.#access[number] ??= numbers.reduce((bits, one) => bits | this.#allowedByOne[one - 1]!, 0);
    return number;
  }

  /** What stands for a permission in internNumbers. */
  numberOf(permission: Permission): PermissionNumber {
    const number = this.#internOne(permission);
    this.#allowedByOne[number] ??= accessOf(permission);
    return number + 1;
  }

  #internOne(permission: Permission): number {
    const { action, resource } = permission;
    const others = otherFields(permission);
    if (others !== "") {
      const number = this.#internNumbers(action, resource, others);
      const reach = reachOf(permission);
      if (reach !== "databases") this.#reach.set(number, reach);
      return number;
    }
    let resources = this.#plain.get(action);
    if (resources === undefined) {
      resources = new Map();
      if (this.#plain.size < KNOWN_ACTIONS) this.#plain.set(action, resources);
    }
    const known = resources.get(resource);
    if (known !== undefined) return known;
    const number = this.#internNumbers(action, resource, "");
    if (resources.size < KNOWN_RESOURCES) resources.set(resource, number);
    return number;
  }

  #internNumbers(...[action, resource, others]: [string, string, string]): number {
    return this.#permissions.intern([
      this.#texts.intern(action),
      this.#texts.intern(resource),
      this.#texts.intern(others),
    ]);
  }

  /** The permissions of a set, as they were interned. */
  at(set: number): readonly Permission[] | undefined {
    if (set === NO_PERMISSIONS) return undefined;
    const ready = this.#ready.get(set);
    if (ready !== undefined) return ready;
    const permissions: Permission[] = [];
    for (const permission of this.#sets.at(set)) permissions.push(this.#permissionAt(permission - 1));
    const [oldest] = this.#ready.keys();
    if (oldest !== undefined && this.#ready.size >= READY_SETS) this.#ready.delete(oldest);
    this.#ready.set(set, permissions);
    return permissions;
  }

  #permissionAt(number: number): Permission {
    const [action, resource, others] = this.#permissions.at(number);
    const more: object = others === 0 ? {} : JSON.parse(this.#texts.at(others!));
    return { ...more, action: this.#texts.at(action!), resource: this.#texts.at(resource!) };
  }

  /** Which sets pass both filters: 1 by set number. Undefined when there is nothing to filter by. */
  passing(access: AccessFilter | undefined, database: string | undefined): Uint8Array | undefined {
    if (access === undefined && database === undefined) return undefined;
    const bits = access === undefined ? 0 : accessBits[access];
    const named = database === undefined ? undefined : this.#texts.find(database);
    const passes = new Uint8Array(this.size);
    for (let set = 0; set < passes.length; set++) {
      const present = this.#access[set]!;
      if ((present & bits) !== bits) continue;
      const reaches = database === undefined || (present & WILDCARD) !== 0 || this.#names(set, named);
      passes[set] = Number(reaches);
    }
    return passes;
  }

  #names(set: number, resource: number | undefined): boolean {
    return (
      resource !== undefined &&
      set !== NO_PERMISSIONS &&
      this.#sets
        .at(set)
        .some(
          (permission) =>
            this.#permissions.at(permission - 1)[1] === resource && !this.#reach.has(permission - 1),
        )
    );
  }

  /** The names of databases in the sets marked 1. */
  names(marked: Uint8Array): Set<string> {
    const resources = new Set<number>();
    for (const permission of this.#ofDatabases(marked)) resources.add(this.#permissions.at(permission)[1]!);
    const names = new Set(Array.from(resources, (resource) => this.#texts.at(resource)));
    names.delete(ALL_DATABASES);
    return names;
  }

  /** The permissions of the sets marked 1 that allow an action on databases, each once. */
  grants(marked: Uint8Array, action: string): Permission[] {
    const wanted = this.#texts.find(action);
    const everyAction = this.#texts.find(adminPermission.action);
    const granted: Permission[] = [];
    for (const permission of this.#ofDatabases(marked)) {
      const its = this.#permissions.at(permission)[0];
      if (its === wanted || (its === everyAction && this.#reach.has(permission)))
        granted.push(this.#permissionAt(permission));
    }
    return granted;
  }

  /** The numbers of permissions in the sets marked 1 that are for databases. One that several sets have comes once. */
  *#ofDatabases(marked: Uint8Array): Generator<number> {
    const counted = new Uint8Array(this.#permissions.size + 1);
    for (let set = 1; set < marked.length; set++) {
      if (marked[set] === 1) for (const permission of this.#sets.at(set)) counted[permission] = 1;
    }
    for (let permission = 1; permission < counted.length; permission++) {
      if (counted[permission] === 1 && this.#reach.get(permission - 1) !== "other") yield permission - 1;
    }
  }

  /** What tokens with a set are ordered by when they are ordered by databases; empty when it names none. */
  orderKey(set: number): string {
    const permissions = this.at(set);
    return permissions === undefined ? "" : naturalKey(fold(databasesOf({ permissions }).join("\n")));
  }
}

function accessOf(permission: Permission): number {
  let bits = 0;
  if (allows(permission, "read")) bits |= READ;
  if (allows(permission, "write")) bits |= WRITE;
  if (isForAll(permission)) bits |= WILDCARD;
  return bits;
}

function otherFields(permission: Permission): string {
  let others: [string, unknown][] | undefined;
  for (const key in permission) {
    if (key === "action" || key === "resource" || permission[key] === undefined) continue;
    others ??= [];
    others.push([key, permission[key]]);
  }
  return others === undefined ? "" : JSON.stringify(Object.fromEntries(others));
}

/** The databases a token names, each once, in natural order; `*` first. Resources of other types by resourceName. */
export function databasesOf(token: { permissions?: readonly Permission[] | undefined }): string[] {
  const names = new Set(
    (token.permissions ?? []).map((each) => (reachOf(each) === "other" ? resourceName(each) : each.resource)),
  );
  const all = names.delete(ALL_DATABASES) ? [ALL_DATABASES] : [];
  return [...all, ...sortNaturally(names)];
}
