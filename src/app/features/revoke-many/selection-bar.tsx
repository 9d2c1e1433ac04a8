import { Button } from "#app/ui/button.tsx";
import { numberText } from "#app/ui/number-text.ts";
import styles from "./floating-bars.module.css";

export interface SelectionBarProps {
  /** Selected and in the list. */
  selected: number;
  /** How many of those the search or a filter hides. */
  hidden: number;
  /** Were selected, and have left the list. */
  left: number;
  /** How many there are to select with one press; undefined when all of them are, or nobody knows. */
  selectable: number | undefined;
  refusal: string | undefined;
  /** What the button does with them. */
  verb: string;
  onSelectAll: () => void;
  onRevoke: (button: HTMLElement) => void;
  onClear: () => void;
}

/** Stands above the last rows of the table as long as something is selected. */
export function SelectionBar(props: SelectionBarProps) {
  const { selected, hidden, left, selectable, refusal, verb, onSelectAll, onRevoke, onClear } = props;
  return (
    <div role="group" aria-label="Selection" className={styles.bar}>
      <span role="status" className={styles.words}>
        <span className={styles.strong}>{numberText(selected)} selected</span>
        {hidden > 0 && (
          <span className={styles.quiet}>
            {hidden === selected ? "not shown" : `${numberText(hidden)} of them not shown`}
          </span>
        )}
        {left > 0 && (
          <span className={styles.quiet}>
            {left === 1 ? "1 left the list" : `${numberText(left)} left the list`}
          </span>
        )}
      </span>
      <span className={styles.buttons}>
        {selectable !== undefined && (
          <Button size="small" variant="quiet" onClick={onSelectAll}>
            Select all {numberText(selectable)}
          </Button>
        )}
        <Button size="small" variant="quiet" onClick={onClear}>
          Clear
        </Button>
        <Button
          size="small"
          variant="danger"
          disabledReason={refusal ?? (selected === 0 ? "None of them is in the list any more." : undefined)}
          onClick={(event) => onRevoke(event.currentTarget)}
        >
          {verb}
        </Button>
      </span>
    </div>
  );
}
