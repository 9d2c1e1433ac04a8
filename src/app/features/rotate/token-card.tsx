import type { ReactNode } from "react";
import { CopyButton } from "#app/ui/copy-button.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import styles from "./rotate.module.css";

export interface TokenCardProps {
  /** What the token is here: "Old token". */
  title: string;
  id: string | undefined;
  description: string;
  /** Its status, and what else is known of it. */
  facts: readonly { label: string; value: ReactNode }[];
}

/** One of the two tokens of a rotation. */
export function TokenCard({ title, id, description, facts }: TokenCardProps) {
  return (
    <section className={styles.card} aria-label={title}>
      <h3 className={styles.cardTitle}>{title}</h3>
      <p className={styles.name}>
        <UserText text={description} empty="No description" flow="wrap" limit={300} />
      </p>
      {id !== undefined && (
        <p className={styles.id}>
          <span>{visibleText(id)}</span>
          <CopyButton value={id} label={`Copy the ID of the ${title.toLowerCase()}`} />
        </p>
      )}
      <dl className={styles.facts}>
        {facts.map(({ label, value }) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );
}
