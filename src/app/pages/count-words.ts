import { numberText } from "#app/ui/number-text.ts";

/** What a complete list has. */
export function countWords(counts: { total: number; active: number }, shown: number): string {
  const total = `${numberText(counts.total)} ${counts.total === 1 ? "token" : "tokens"}`;
  const words = `${total}, ${numberText(counts.active)} active`;
  return shown === counts.active || shown === counts.total ? words : `${words}, ${numberText(shown)} shown`;
}

/** What of a list is there; `coming`: the rest is on its way. */
export function soFarWords(total: number, coming: boolean): string {
  return coming ? `${numberText(total)} tokens so far…` : `${numberText(total)} tokens read, not all`;
}
