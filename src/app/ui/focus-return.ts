function canTakeFocus(element: HTMLElement | null | undefined): element is HTMLElement {
  return element !== null && element !== undefined && element.isConnected && element !== document.body;
}

/**
 * Gives focus to the first of the elements that is still in the document. When all are gone (the row left the
 * table meanwhile) it goes to `<main>`, so that the next Tab starts on the page and not at the address bar.
 */
export function returnFocusTo(...candidates: (HTMLElement | null | undefined)[]): void {
  for (const candidate of candidates) {
    if (!canTakeFocus(candidate)) continue;
    candidate.focus({ preventScroll: true });
    if (document.activeElement === candidate) return;
  }
  document.querySelector<HTMLElement>("main")?.focus({ preventScroll: true });
}
