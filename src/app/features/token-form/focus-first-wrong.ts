/** Moves focus to the first field of a form or a part of one that something is wrong with, if there is one. */
export function focusFirstWrong(form: HTMLElement | null): void {
  const wrong = form?.querySelector<HTMLElement>(
    "[aria-invalid=true], [data-wrong] input:checked, [data-wrong] [role=combobox]",
  );
  wrong?.focus();
}
