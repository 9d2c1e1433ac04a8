import { useId, type ComponentProps, type ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./field.module.css";
import { Icon } from "./icon.tsx";

export interface TextFieldProps extends Omit<ComponentProps<"input">, "onChange" | "value"> {
  label: string;
  value: string;
  onChange: (value: string) => void;
  hint?: ReactNode;
  /** What is wrong with the value, in a sentence. Announced when it appears. */
  error?: string | undefined;
  /** Ids and commands. */
  mono?: boolean;
}

export function TextField({
  label,
  value,
  onChange,
  hint,
  error,
  mono = false,
  className,
  id: givenId,
  "aria-describedby": describedBy,
  ...rest
}: TextFieldProps) {
  const ownId = useId();
  const id = givenId ?? ownId;
  const wrong = error !== undefined;
  return (
    <div className={classNames(styles.field, className)}>
      <label htmlFor={id} className={styles.label}>
        {label}
      </label>
      <input
        type="text"
        autoComplete="off"
        {...rest}
        id={id}
        className={classNames(styles.input, mono && styles.mono)}
        value={value}
        onChange={(event) => onChange(event.target.value)}
        aria-invalid={wrong || undefined}
        aria-describedby={
          classNames(wrong && `${id}-error`, hint !== undefined && `${id}-hint`, describedBy) || undefined
        }
      />
      <div id={`${id}-error`} role="alert" className={styles.error}>
        {wrong && (
          <>
            <Icon name="circle-alert" />
            <span>{error}</span>
          </>
        )}
      </div>
      {hint !== undefined && (
        <div id={`${id}-hint`} className={styles.hint}>
          {hint}
        </div>
      )}
    </div>
  );
}
