import { useId, type ReactNode } from "react";
import styles from "./detail.module.css";

export interface DetailSectionProps {
  title: string;
  children: ReactNode;
}

/** A part of a sheet under its own heading. */
export function DetailSection({ title, children }: DetailSectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id} className={styles.section}>
      <h3 id={id} className={styles.heading}>
        {title}
      </h3>
      {children}
    </section>
  );
}
