import type { Permission } from "#contract/permission.ts";
import { UserText } from "#app/ui/user-text.tsx";
import styles from "./detail.module.css";
import { byResource } from "./history-words.ts";

export interface PermissionListProps {
  permissions: readonly Permission[];
  label: string;
}

/** What a token may do, by database. */
export function PermissionList({ permissions, label }: PermissionListProps) {
  return (
    <ul className={styles.permissions} aria-label={label}>
      {byResource(permissions).map(({ key, name, actions }) => (
        <li key={key}>
          <span className={styles.resource}>
            <UserText text={name} flow="wrap" />
          </span>
          <span className={styles.actions}>
            {actions.map((action) => (
              <span key={action} className={styles.action}>
                <ActionName action={action} />
              </span>
            ))}
          </span>
        </li>
      ))}
    </ul>
  );
}

/** UTF-16 units. Any word may be an action, of any length. */
const LONGEST_ACTION = 80;

function ActionName({ action }: { action: string }) {
  if (action === "read") return "Read";
  if (action === "write") return "Write";
  // As it is: another version may know what it means.
  return <UserText text={action} flow="wrap" limit={LONGEST_ACTION} />;
}
