import { classNames } from "#app/ui/class-names.ts";
import { Icon } from "#app/ui/icon.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import type { ProgressStep } from "./rotation-place.ts";
import styles from "./rotate.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

/** The steps of the path, which of them are taken, and which one is next. */
export function ProgressList({ steps }: { steps: readonly ProgressStep[] }) {
  const say = useSay();
  return (
    <ol className={styles.progress} aria-label="Steps">
      {steps.map(({ title, state }, at) => (
        <li
          key={title}
          className={classNames(styles.step, styles[state])}
          aria-current={state === "current" ? "step" : undefined}
        >
          <span className={styles.mark} aria-hidden>
            {state === "done" ? <Icon name="check" size={14} /> : at + 1}
          </span>
          <span>
            {say(title)}
            {state === "done" && <VisuallyHidden>, done</VisuallyHidden>}
          </span>
        </li>
      ))}
    </ol>
  );
}
