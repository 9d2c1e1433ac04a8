import { useImperativeHandle, useRef, type ComponentProps } from "react";
import { classNames } from "./class-names.ts";
import { Icon } from "./icon.tsx";
import styles from "./search-field.module.css";

export interface SearchFieldProps extends Omit<ComponentProps<"input">, "type" | "onChange" | "value"> {
  /** Accessible name. */
  label?: string;
  value: string;
  onChange: (value: string) => void;
  /** A key that brings focus here, shown while the field is empty. Whoever uses the field listens for it. */
  shortcut?: string | undefined;
}

export function SearchField({
  label = "Search",
  value,
  onChange,
  shortcut,
  className,
  ref,
  ...rest
}: SearchFieldProps) {
  const input = useRef<HTMLInputElement>(null);
  useImperativeHandle<HTMLInputElement | null, HTMLInputElement | null>(ref, () => input.current);
  return (
    <div className={classNames(styles.frame, className)}>
      <Icon name="search" className={styles.glass} />
      <input
        placeholder="Search"
        {...rest}
        ref={input}
        type="search"
        aria-label={label}
        aria-keyshortcuts={shortcut}
        autoComplete="off"
        // Longer ones make addresses that no server takes.
        maxLength={200}
        autoCorrect="off"
        autoCapitalize="off"
        spellCheck={false}
        className={styles.input}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      {value !== "" ? (
        <button
          type="button"
          className={styles.clear}
          aria-label="Clear search"
          title="Clear search"
          onClick={() => {
            onChange("");
            input.current?.focus();
          }}
        >
          <Icon name="x" />
        </button>
      ) : (
        shortcut !== undefined && (
          <kbd className={styles.shortcut} aria-hidden>
            {shortcut}
          </kbd>
        )
      )}
    </div>
  );
}
