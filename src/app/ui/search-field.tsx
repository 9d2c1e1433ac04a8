import type { ComponentProps } from "react";
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

/** Without hooks, as it is drawn before React is there, too. */
export function SearchField({
  label = "Search",
  placeholder = "Search",
  value,
  onChange,
  shortcut,
  className,
  ...rest
}: SearchFieldProps) {
  return (
    <div className={classNames(styles.frame, className)}>
      <input
        {...rest}
        placeholder={value === "" ? placeholder : undefined}
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
      {/* Behind it: what is contained covers what stands in front of it. */}
      <Icon name="search" className={styles.glass} />
      {value !== "" ? (
        <button
          type="button"
          className={styles.clear}
          aria-label="Clear search"
          title="Clear search"
          onClick={({ currentTarget }) => {
            onChange("");
            currentTarget.parentElement?.querySelector("input")?.focus();
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
