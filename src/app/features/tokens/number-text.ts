let format: Intl.NumberFormat | undefined;

/** A count with the digit groups of the reader's language. */
export function numberText(value: number): string {
  // Made when first needed: it is part of every page's start otherwise, and it is slow.
  format ??= new Intl.NumberFormat();
  return format.format(value);
}
