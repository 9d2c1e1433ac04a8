import { Dialog } from "#app/ui/dialog.tsx";
import { Kbd } from "#app/ui/kbd.tsx";
import { Switch } from "#app/ui/switch.tsx";
import { setSingleKeys, useSingleKeys } from "./key-preference.ts";
import styles from "./keys-dialog.module.css";

const KEYS: readonly { keys: readonly string[]; does: string; single: boolean }[] = [
  { keys: ["/"], does: "Search", single: true },
  { keys: ["↑", "↓"], does: "Move between rows", single: false },
  { keys: ["Page Up", "Page Down"], does: "Move a page", single: false },
  { keys: ["Home", "End"], does: "First and last row", single: false },
  { keys: ["Enter"], does: "Open the details of the row", single: false },
  { keys: ["m"], does: "Open the options of the row", single: true },
  { keys: ["r"], does: "Ask to revoke the token of the row", single: true },
  { keys: ["Space"], does: "Select the row, or not", single: false },
  { keys: ["Shift", "Space"], does: "The same with those since the last one", single: false },
  { keys: ["Esc"], does: "Back one step: close, or clear the selection or the search", single: false },
  { keys: ["?"], does: "This list", single: true },
];

export function KeysDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
  const on = useSingleKeys();
  return (
    <Dialog open={open} closable onClose={onClose} title="Keys">
      <dl className={styles.keys}>
        {KEYS.map(({ keys, does, single }) => (
          <div key={does} className={styles.line} data-off={(single && !on) || undefined}>
            <dt>
              {keys.map((key) => (
                <Kbd key={key}>{key}</Kbd>
              ))}
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
      <Switch label="Single-letter keys: / m r ?" checked={on} onChange={setSingleKeys} />
    </Dialog>
  );
}
