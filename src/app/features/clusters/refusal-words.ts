import type { Removal } from "#contract/cluster.ts";
import type { RefusedActions } from "#app/api/refused-actions.ts";

/** What a page says when something was refused; undefined when nothing was. */
export function refusalWords(
  refused: RefusedActions,
  removal: Removal,
): { title: string; reason: string } | undefined {
  const verbs = {
    create: refused.createDatabaseToken,
    change: refused.updateDatabaseToken,
    [removal]: refused.revokeDatabaseToken,
  };
  const said = Object.entries(verbs).filter((entry): entry is [string, string] => entry[1] !== undefined);
  const last = said.at(-1);
  if (last === undefined) return undefined;
  const names = said.map(([verb]) => verb);
  const joined =
    names.length < 3 ? names.join(" or ") : `${names.slice(0, -1).join(", ")} or ${names.at(-1)}`;
  return {
    title:
      said.length === Object.keys(verbs).length
        ? "You can only read here."
        : `You cannot ${joined} tokens here.`,
    // One reason is enough: they come from the same role.
    reason: last[1],
  };
}
