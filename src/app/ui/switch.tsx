import type { ComponentProps } from "react";
import { classNames } from "./class-names.ts";
import styles from "./switch.module.css";

export interface SwitchProps extends Omit<ComponentProps<"input">, "type" | "role" | "onChange" | "checked"> {
  /** Shown beside it; the accessible name. */
  label: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

/** Takes effect at once, unlike a checkbox in a form. */
export function Switch({ label, checked, onChange, className, ...rest }: SwitchProps) {
  return (
    <label className={classNames(styles.label, className)}>
      <input
        {...rest}
        type="checkbox"
        role="switch"
        className={styles.input}
        checked={checked}
        onChange={(event) => onChange(event.target.checked)}
      />
      <span className={styles.track} aria-hidden />
      <span>{label}</span>
    </label>
  );
}
