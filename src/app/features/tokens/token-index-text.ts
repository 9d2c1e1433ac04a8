const marks = /\p{M}/gu;
const beyondAscii = /[^\u0000-\u007f]/;

/** Case- and accent-folded, so that "cafe" finds "Café" and "ＣＩ" finds "CI". */
export function fold(text: string): string {
  return text.toLowerCase().replace(foreign, foldRun);
}

const foreign = /[^\u0000-\u007f]+/g;

/** What runs of other characters than ASCII fold to: lists have the same words again and again. */
const folded = new Map<string, string>();
const KEPT_RUNS = 4096;

function foldRun(run: string): string {
  const known = folded.get(run);
  if (known !== undefined) return known;
  if (folded.size === KEPT_RUNS) folded.clear();
  const made = run
    .normalize("NFKD")
    .toLowerCase()
    .normalize("NFKD")
    .replace(marks, "")
    // The lower case of Σ depends on where it stands: what begins a longer word would not be found in it.
    .replaceAll("ς", "σ");
  folded.set(run, made);
  return made;
}

export function isAscii(text: string): boolean {
  return !beyondAscii.test(text);
}

/** Nearly every UUID has a given digit in it: "Sensor 4" would find all sensors if short terms were looked for there. */
const LONG_TERM = 4;

/** Folded terms without white space. Short ones may occur in descriptions only. */
export interface SearchTerms {
  readonly long: readonly string[];
  readonly short: readonly string[];
}

export function searchTerms(text: string): SearchTerms {
  const terms = fold(text).split(/\s+/).filter(Boolean);
  return {
    long: terms.filter((term) => term.length >= LONG_TERM),
    short: terms.filter((term) => term.length < LONG_TERM),
  };
}

/** Whether whatever `next` finds was found by `last` as well. */
export function narrows(last: SearchTerms, next: SearchTerms): boolean {
  // A long term may be found in an id, where a short one is not looked for.
  return (
    last.long.every((term) => next.long.some((longer) => longer.includes(term))) &&
    last.short.every((term) => next.short.some((longer) => longer.includes(term)))
  );
}

const digits = /[0-9]+/g;

function numberKey(run: string): string {
  const significant = run.replace(/^0+/, "");
  // Longer numbers are greater; the zero in front keeps numbers where digits stand among other characters.
  return `0${String.fromCharCode(significant.length)}${significant}`;
}

/**
 * What a folded text is ordered by: keys compare by code units, and runs of the digits 0 to 9 by their value.
 * Numbers of more than 65,535 digits are out of order.
 */
export function naturalKey(folded: string): string {
  return folded.replace(digits, numberKey);
}

export function compareCodeUnits(a: string, b: string): number {
  return a === b ? 0 : a < b ? -1 : 1;
}

/** Orders names as people do: "Sensor 2" before "Sensor 10", without regard to case and accents unless all else is equal. */
export function compareNaturally(a: string, b: string): number {
  return compareCodeUnits(naturalKey(fold(a)), naturalKey(fold(b))) || compareCodeUnits(a, b);
}

/** Names in the order of compareNaturally, each key computed once. */
export function sortNaturally(names: Iterable<string>): string[] {
  return Array.from(names, (name) => ({ name, key: naturalKey(fold(name)) }))
    .sort((a, b) => compareCodeUnits(a.key, b.key) || compareCodeUnits(a.name, b.name))
    .map(({ name }) => name);
}
