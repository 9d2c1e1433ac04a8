/**
 * A count with commas between its thousands, as in the English that surrounds it. By hand: the first Intl.NumberFormat
 * of a page takes longer than drawing all of its rows.
 */
export function numberText(value: number): string {
  return String(value).replace(/\B(?=(?:\d{3})+$)/g, ",");
}
