import { useId, type ComponentProps } from "react";
import { classNames } from "./class-names.ts";
import styles from "./field.module.css";
import { Icon } from "./icon.tsx";
import "./more-icons.ts";

export interface SelectOption<Value extends string> {
  value: Value;
  label: string;
  disabled?: boolean;
}

export interface SelectFieldProps<Value extends string> extends Omit<
  ComponentProps<"select">,
  "onChange" | "value" | "children" | "multiple"
> {
  label: string;
  value: Value;
  onChange: (value: Value) => void;
  options: readonly SelectOption<Value>[];
}

/** The browser's own select: it needs neither inline styles nor HTML from strings, which the policy forbids. */
export function SelectField<Value extends string>({
  label,
  value,
  onChange,
  options,
  className,
  id: givenId,
  ...rest
}: SelectFieldProps<Value>) {
  const ownId = useId();
  const id = givenId ?? ownId;
  return (
    <div className={classNames(styles.field, className)}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <div className={styles.selectFrame}>
        <select
          {...rest}
          id={id}
          className={classNames(styles.input, styles.select)}
          value={value}
          onChange={(event) => {
            const chosen = options.find((option) => option.value === event.target.value);
            if (chosen !== undefined) onChange(chosen.value);
          }}
        >
          {options.map((option) => (
            <option key={option.value} value={option.value} disabled={option.disabled}>
              {option.label}
            </option>
          ))}
        </select>
        <Icon name="chevron-down" className={styles.chevron} />
      </div>
    </div>
  );
}
