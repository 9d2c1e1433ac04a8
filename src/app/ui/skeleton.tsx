import styles from "./skeleton.module.css";

/** A grey bar in place of text. Seen only after 150 ms: what loads faster than that does not flicker. */
export function Skeleton({ width = "60%" }: { width?: string }) {
  return <span className={styles.bar} style={{ width }} aria-hidden />;
}

export interface SkeletonRowsProps {
  count: number;
  /** CSS grid track list, as the table's own rows have it. */
  columns: string;
}

const widths = ["62%", "84%", "71%", "55%", "90%", "66%", "78%"];

/** Rows of the table's final height, so that nothing moves when the real ones arrive. */
export function SkeletonRows({ count, columns }: SkeletonRowsProps) {
  const cells = columns.trim().split(/\s+(?![^(]*\))/).length;
  return (
    <div aria-hidden>
      {Array.from({ length: count }, (_, row) => (
        <div key={row} className={styles.row} style={{ gridTemplateColumns: columns }}>
          {Array.from({ length: cells }, (_, cell) => (
            <Skeleton key={cell} width={widths[(row * 3 + cell) % widths.length] ?? "60%"} />
          ))}
        </div>
      ))}
    </div>
  );
}
