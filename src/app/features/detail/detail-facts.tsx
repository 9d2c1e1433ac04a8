import type { ReactNode } from "react";
import { CopyButton } from "#app/ui/copy-button.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import styles from "./detail.module.css";

export interface DetailFact {
  label: string;
  value: ReactNode;
}

/** Labels and values, in order. */
export function DetailFacts({ facts }: { facts: readonly DetailFact[] }) {
  return (
    <dl className={styles.facts}>
      {facts.map(({ label, value }) => (
        <Fact key={label} label={label}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

/** A whole id, to be read and to be copied. `children`: as it is drawn, where that has more to it. */
export function CopyableId({ id, label, children }: { id: string; label: string; children?: ReactNode }) {
  return (
    <span className={styles.withCopy}>
      <span className={styles.mono}>{children ?? visibleText(id)}</span>
      <CopyButton value={id} label={label} />
    </span>
  );
}
