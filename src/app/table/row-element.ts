/**
 * Whether an element stands in the row of this key. Rows change what they show: what was pressed may stand in another
 * one's row by now.
 */
export function showsRow(element: HTMLElement | null, key: string): boolean {
  return element?.isConnected === true && element.closest<HTMLElement>("[data-key]")?.dataset["key"] === key;
}
