import { Popover } from "#app/ui/popover.tsx";
import styles from "./activity-toolbar.module.css";
import { actionsText } from "./activity-words.ts";

export interface ExportPopoverProps {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
  hrefOf: (format: "jsonl" | "csv") => string;
  /** How many deeds are shown. */
  shown: number;
  /** Whether those are all that match. */
  isComplete: boolean;
}

/** Plain links: the browser downloads what the gateway writes, however much that is. */
export function ExportPopover({ open, anchor, onClose, hrefOf, shown, isComplete }: ExportPopoverProps) {
  return (
    <Popover open={open} anchor={anchor} onClose={onClose} label="Export" align="end">
      <div className={styles.export}>
        <p>
          {isComplete
            ? `What is shown: ${actionsText(shown)}, as the gateway has them now.`
            : "All that matches the search and the filters, also what is not read here yet."}
        </p>
        <div className={styles.formats}>
          <a className={styles.download} href={hrefOf("jsonl")} download onClick={onClose}>
            JSON Lines
          </a>
          <a className={styles.download} href={hrefOf("csv")} download onClick={onClose}>
            CSV
          </a>
        </div>
        <p className={styles.quiet}>The newest first. There are no secrets in it.</p>
      </div>
    </Popover>
  );
}
