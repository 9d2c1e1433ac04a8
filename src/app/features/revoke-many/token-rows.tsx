import { useState, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { numberText } from "#app/ui/number-text.ts";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import styles from "./revoke-many.module.css";

export interface ShownToken {
  id: string;
  description: string;
  /** Stands below both. */
  note?: ReactNode;
}

const AT_FIRST = 6;
const AT_ONCE = 200;

/** Tokens by description and id: the first few, and the rest on demand. */
export function TokenRows({ label, tokens }: { label: string; tokens: readonly ShownToken[] }) {
  const [shown, setShown] = useState(AT_FIRST);
  // A list that is hardly longer is shown whole.
  const count = tokens.length <= shown + 2 ? tokens.length : shown;
  const more = Math.min(AT_ONCE, tokens.length - count);
  return (
    <div>
      <ul className={styles.tokens} aria-label={label}>
        {tokens.slice(0, count).map(({ id, description, note }) => (
          <li key={id} className={styles.token}>
            <UserText text={description} empty="No description" limit={300} className={styles.description} />
            <span className={styles.id}>{visibleText(id, 200)}</span>
            {note !== undefined && <span className={styles.note}>{note}</span>}
          </li>
        ))}
      </ul>
      {more > 0 && (
        <Button
          size="small"
          variant="quiet"
          className={styles.more}
          onClick={() => setShown(count + AT_ONCE)}
        >
          {more === tokens.length - count ? `Show all ${numberText(tokens.length)}` : `Show ${more} more`}
        </Button>
      )}
    </div>
  );
}
