import { numberText } from "#app/ui/number-text.ts";
import { TextField } from "#app/ui/text-field.tsx";
import styles from "./revoke-many.module.css";
import type { TypedCount } from "./typed-count.ts";

export interface CountFieldProps {
  count: number;
  typed: TypedCount;
  disabled?: boolean;
  onEnter: () => void;
}

/** Nobody types a number by accident that stands in front of them. */
export function CountField({ count, typed, disabled = false, onEnter }: CountFieldProps) {
  return (
    <TextField
      className={styles.consent}
      label={`Type ${numberText(count)} to confirm`}
      inputMode="numeric"
      value={typed.text}
      onChange={typed.setText}
      disabled={disabled}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !typed.matches) return;
        event.preventDefault();
        onEnter();
      }}
    />
  );
}
