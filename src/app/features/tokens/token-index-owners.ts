import { storeOf, type OwnerKey, type TokenIndex } from "./token-index.ts";
import { isLive, otherFieldsAt, ownerIn, type TokenFamily } from "./token-index-store.ts";
import { compareNaturally, sortNaturally } from "./token-index-text.ts";

export interface OwnerCount {
  name: string;
  /** How many tokens belong to it. */
  count: number;
}

/** Which of the texts of a family are a marked token's, and up to which one they were looked at. */
const marks = new WeakMap<TokenFamily, { seen: number; marked: number[] }>();

/**
 * The numbers of other fields that a marked token has. Texts stay as they are: while a list comes in, each is looked at
 * once and not again for every part.
 */
function markedOthers(family: TokenFamily): readonly number[] {
  const known = marks.get(family) ?? { seen: 1, marked: [] };
  marks.set(family, known);
  for (; known.seen < family.others.size; known.seen++) {
    // Most texts of a list are not looked at any closer.
    if (!family.others.at(known.seen).includes('"isCredential":true')) continue;
    if (otherFieldsAt(family, known.seen).isCredential === true) known.marked.push(known.seen);
  }
  return known.marked;
}

/** The id of the token that is marked as the one which the list was asked for with, where one is. */
export function credentialIdOf(index: TokenIndex): string | undefined {
  const store = storeOf(index);
  for (const other of markedOthers(store.family)) {
    for (let row = 0; row < store.limit; row++) {
      if (store.others[row] === other && isLive(store, row)) return store.family.ids.at(row);
    }
  }
  return undefined;
}

/** Whom the tokens of a list belong to, in natural order; without those that belong to nobody. */
export function ownersOf(index: TokenIndex, key: OwnerKey): OwnerCount[] {
  const store = storeOf(index);
  const { family } = store;
  // Many tokens share their owners: these are read once for all of them.
  const byOthers = new Uint32Array(family.others.size);
  for (let row = 0; row < store.limit; row++) if (isLive(store, row)) byOthers[store.others[row]!]!++;
  const counts = new Map<string, number>();
  byOthers.forEach((count, others) => {
    const name = count === 0 ? "" : ownerIn(family, others, key);
    if (name !== "") counts.set(name, (counts.get(name) ?? 0) + count);
  });
  return sortNaturally(counts.keys()).map((name) => ({ name, count: counts.get(name) ?? 0 }));
}

/** The organizations that tokens of a list belong to, by name; where no name is known, the id stands for it. */
export function organizationsOf(index: TokenIndex): { id: string; name: string }[] {
  const store = storeOf(index);
  const live = new Uint8Array(store.family.others.size);
  for (let row = 0; row < store.limit; row++) if (isLive(store, row)) live[store.others[row]!] = 1;
  const names = new Map<string, string | undefined>();
  live.forEach((isThere, others) => {
    if (isThere === 0) return;
    const { organization, organizationId: id } = otherFieldsAt(store.family, others);
    if (id !== undefined) names.set(id, organization || names.get(id));
  });
  return Array.from(names, ([id, name]) => ({ id, name: name ?? id })).sort(
    (a, b) => compareNaturally(a.name, b.name) || compareNaturally(a.id, b.id),
  );
}

/** The same with one that is chosen already, which the list may not name. */
export function withOrganization(
  organizations: readonly { id: string; name: string }[],
  id: string | undefined,
): readonly { id: string; name: string }[] {
  if (id === undefined || organizations.some((each) => each.id === id)) return organizations;
  return [...organizations, { id, name: id }];
}
