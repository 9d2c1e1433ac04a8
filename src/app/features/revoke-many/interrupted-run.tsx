import { Button } from "#app/ui/button.tsx";
import styles from "./floating-bars.module.css";
import { numberText } from "#app/ui/number-text.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface InterruptedRunProps {
  total: number;
  /** "3 minutes ago". */
  age: string;
  onContinue: (button: HTMLElement) => void;
  onReport: (button: HTMLElement) => void;
}

/** Floats above the last rows of the table: nothing moves when it comes. */
export function InterruptedRun({ total, age, onContinue, onReport }: InterruptedRunProps) {
  const say = useSay();
  return (
    <div role="group" aria-label="Interrupted run" className={styles.bar}>
      <span role="status" className={styles.words}>
        <span className={styles.strong}>
          A run of {say(total === 1 ? "1 revocation" : `${numberText(total)} revocations`)} was interrupted
        </span>
        {/* Only pages of this browser are known of. */}
        <span className={styles.quiet}>{`or is under way in another browser · begun ${age}`}</span>
      </span>
      <span className={styles.buttons}>
        <Button size="small" onClick={(event) => onReport(event.currentTarget)}>
          Show report
        </Button>
        <Button size="small" variant="primary" onClick={(event) => onContinue(event.currentTarget)}>
          Continue…
        </Button>
      </span>
    </div>
  );
}
