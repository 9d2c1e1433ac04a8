/** Joins what is there with spaces. A key that a CSS module does not have is undefined, and is left out. */
export function classNames(...names: (string | false | null | undefined)[]): string {
  return names.filter(Boolean).join(" ");
}
