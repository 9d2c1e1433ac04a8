/** Code points of a description that a list of deeds shows. */
export const SHORT_DESCRIPTION = 300;

/** A description as the list of deeds has it; what a deed's details have is whole. */
export function shortDescription(description: string | undefined): string | null {
  if (description === undefined) return null;
  // Most are short, and a code point has one or two units.
  if (description.length <= SHORT_DESCRIPTION) return description;
  const points = Array.from(description.slice(0, 2 * SHORT_DESCRIPTION + 2));
  return points.length <= SHORT_DESCRIPTION ? description : `${points.slice(0, SHORT_DESCRIPTION).join("")}…`;
}
