import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import type { UnreadableRow } from "./list-problem.ts";

const NAMED = 3;

/** Rows of a list that nobody can read are counted, and the first of them named. */
export function UnreadableNotice({ rows }: { rows: readonly UnreadableRow[] }) {
  const named = rows
    .slice(0, NAMED)
    .map(({ id, position, reason }) => `${id ?? `row ${position + 1}`} (${reason})`);
  const rest = rows.length - named.length;
  return (
    <Notice
      tone="amber"
      title={
        rows.length === 1
          ? "1 token in the answer cannot be read, and is not among the rows."
          : `${rows.length} tokens in the answer cannot be read, and are not among the rows.`
      }
    >
      <UserText text={named.join(", ") + (rest > 0 ? ` and ${rest} more` : "")} flow="wrap" />
    </Notice>
  );
}
