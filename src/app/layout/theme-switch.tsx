import { useId } from "react";
import { setThemePreference, useThemePreference, type ThemePreference } from "./theme.ts";
import styles from "./theme-switch.module.css";
import { IconButton } from "#app/ui/button.tsx";
import type { IconName } from "#app/ui/icon.tsx";

const choices: { value: ThemePreference; label: string; icon: IconName }[] = [
  { value: "system", label: "System", icon: "monitor" },
  { value: "light", label: "Light", icon: "sun" },
  { value: "dark", label: "Dark", icon: "moon" },
];

/** Three choices side by side; in a narrow rail one button that goes round them. */
export function ThemeSwitch({ compact }: { compact: boolean }) {
  const name = useId();
  const preference = useThemePreference();
  if (compact) {
    const at = choices.findIndex((choice) => choice.value === preference);
    const now = choices[at] ?? choices[0];
    const next = choices[(at + 1) % choices.length];
    if (now === undefined || next === undefined) return null;
    return (
      <IconButton
        label={`Theme: ${now.label}. Switch to ${next.label}`}
        icon={now.icon}
        onClick={() => setThemePreference(next.value)}
      />
    );
  }
  return (
    <fieldset className={styles.group}>
      <legend className={styles.legend}>Theme</legend>
      {choices.map((choice) => (
        <label key={choice.value} className={styles.choice}>
          <input
            type="radio"
            name={name}
            className={styles.input}
            checked={preference === choice.value}
            onChange={() => setThemePreference(choice.value)}
          />
          <span className={styles.face}>{choice.label}</span>
        </label>
      ))}
    </fieldset>
  );
}
