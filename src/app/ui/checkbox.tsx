import { useEffect, useId, useRef, type ComponentProps, type ReactNode } from "react";
import styles from "./checkbox.module.css";
import { classNames } from "./class-names.ts";

export interface CheckboxProps extends Omit<
  ComponentProps<"input">,
  "type" | "onChange" | "checked" | "ref"
> {
  /** The accessible name. */
  label: string;
  hint?: ReactNode;
  checked: boolean;
  /** Some of what it stands for is chosen. */
  indeterminate?: boolean;
  onChange: (checked: boolean) => void;
}

export function Checkbox({
  label,
  hint,
  checked,
  indeterminate = false,
  onChange,
  className,
  ...rest
}: CheckboxProps) {
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  // A property without an attribute: HTML offers no other way to set it.
  useEffect(() => {
    if (input.current !== null) input.current.indeterminate = indeterminate;
  }, [indeterminate]);
  return (
    <div className={classNames(styles.field, className)}>
      <label className={styles.label}>
        <input
          aria-describedby={hint === undefined ? undefined : id}
          {...rest}
          ref={input}
          type="checkbox"
          className={styles.input}
          checked={checked}
          onChange={(event) => onChange(event.target.checked)}
        />
        <span>{label}</span>
      </label>
      {hint !== undefined && (
        <div id={id} className={styles.hint}>
          {hint}
        </div>
      )}
    </div>
  );
}
