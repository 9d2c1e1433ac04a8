import type { TokenContent } from "#contract/canonical.ts";
import type { Permission } from "#contract/permission.ts";
import { diffPermissions, groupSame, type PermissionDiff } from "./permission-diff.ts";

/** What an update of a token can change. */
export interface EditableContent extends TokenContent {
  permissions: readonly Permission[];
}

/** Who changed the description since the base; "both" when both made the same of it. */
export type DescriptionMerge =
  | { kind: "unchanged" | "mine" | "theirs" | "both"; text: string }
  /** Both changed it, each otherwise: a person has to choose. */
  | { kind: "conflict"; mine: string; theirs: string };

/** Two changes of one base, brought together. */
export interface ContentMerge {
  description: DescriptionMerge;
  permissions: Permission[];
  /** What each side changed since the base. */
  mine: PermissionDiff;
  theirs: PermissionDiff;
}

/**
 * Brings two changes of the same base together. What either side granted is there, what either side took away is not.
 * Only descriptions can be in conflict.
 */
export function mergeContent(
  base: EditableContent,
  mine: EditableContent,
  theirs: EditableContent,
): ContentMerge {
  return {
    description: mergeDescription(base.description, mine.description, theirs.description),
    permissions: mergePermissions(base.permissions, mine.permissions, theirs.permissions),
    mine: diffPermissions(base.permissions, mine.permissions),
    theirs: diffPermissions(base.permissions, theirs.permissions),
  };
}

function mergeDescription(base: string, mine: string, theirs: string): DescriptionMerge {
  if (mine === theirs) return { kind: mine === base ? "unchanged" : "both", text: mine };
  if (mine === base) return { kind: "theirs", text: theirs };
  if (theirs === base) return { kind: "mine", text: mine };
  return { kind: "conflict", mine, theirs };
}

/** The permissions of a merge, in the order of theirs, then of mine. */
export function mergePermissions(
  base: readonly Permission[],
  mine: readonly Permission[],
  theirs: readonly Permission[],
): Permission[] {
  const groups = { base: groupSame(base), mine: groupSame(mine), theirs: groupSame(theirs) };
  const merged: Permission[] = [];
  for (const [text, same] of groupSame(theirs, mine)) {
    const count = mergeCounts(
      groups.base.get(text)?.length ?? 0,
      groups.mine.get(text)?.length ?? 0,
      groups.theirs.get(text)?.length ?? 0,
    );
    merged.push(...same.slice(0, count));
  }
  return merged;
}

/** How often a permission is there. Both granting, or taking away, the same is one change and not two. */
function mergeCounts(base: number, mine: number, theirs: number): number {
  if (mine >= base && theirs >= base) return Math.max(mine, theirs);
  if (mine <= base && theirs <= base) return Math.min(mine, theirs);
  return mine + theirs - base;
}
