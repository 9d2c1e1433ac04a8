import type { ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { classNames } from "#app/ui/class-names.ts";
import { Popover } from "#app/ui/popover.tsx";
import { SelectField, type SelectOption } from "#app/ui/select-field.tsx";
import styles from "./filters-popover.module.css";

export interface FiltersPopoverProps {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
  /** Whether there is a filter to be cleared. */
  hasFilters: boolean;
  onClear: () => void;
  className?: string | undefined;
  children: ReactNode;
}

/** Filters of a table, in force as soon as they are chosen. */
export function FiltersPopover(props: FiltersPopoverProps) {
  const { open, anchor, onClose, hasFilters, onClear, className, children } = props;
  return (
    <Popover open={open} anchor={anchor} onClose={onClose} label="Filters" align="start">
      <div className={classNames(styles.filters, className)}>
        {children}
        <div className={styles.buttons}>
          <Button
            variant="quiet"
            onClick={onClear}
            disabledReason={hasFilters ? undefined : "No filter is set."}
          >
            Clear filters
          </Button>
          <Button variant="primary" onClick={onClose}>
            Done
          </Button>
        </div>
      </div>
    </Popover>
  );
}

const ANY = "";

export interface FilterSelectProps<TValue extends string> {
  label: string;
  /** What is said when nothing is chosen. */
  any: string;
  value: TValue | undefined;
  options: readonly SelectOption<TValue>[];
  onChange: (value: TValue | undefined) => void;
}

/** A filter by one of several values, or by none. */
export function FilterSelect<TValue extends string>(props: FilterSelectProps<TValue>) {
  const { label, any, value, options, onChange } = props;
  return (
    <SelectField<TValue | typeof ANY>
      label={label}
      value={value ?? ANY}
      options={[{ value: ANY, label: any }, ...options]}
      onChange={(chosen) => onChange(chosen === ANY ? undefined : chosen)}
    />
  );
}
