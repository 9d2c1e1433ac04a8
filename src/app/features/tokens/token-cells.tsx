import { ALL_DATABASES } from "#contract/permission.ts";
import { toMillis } from "#contract/instant.ts";
import { tokenStatus } from "#contract/token.ts";
import { IconButton } from "#app/ui/button.tsx";
import { Chip } from "#app/ui/chip.tsx";
import { StatusDot } from "#app/ui/status-dot.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { useRowTabIndex } from "#app/table/row-active.ts";
import { accessByResource, chipsThatFit } from "./permission-chips.ts";
import { dayText, EXPIRING_DAYS, exactText, relativeText } from "./time-text.ts";
import styles from "./token-cells.module.css";
import { MILLIS_PER_DAY, type ListedToken } from "./token-index.ts";
import { useTokenTable } from "./token-table-context.ts";

/** UTF-16 units: more than the widest column shows. */
const LONGEST_LINE = 300;
const LONGEST_TOOLTIP = 2000;
const LONGEST_NAME = 200;

interface CellProps {
  token: ListedToken;
}

export function StatusCell({ token }: CellProps) {
  const { now } = useTokenTable();
  switch (tokenStatus(token, now)) {
    case "revoked":
      return (
        <StatusDot tone="red" title={token.revokedAt && `Revoked ${exactText(token.revokedAt)}`}>
          Revoked
        </StatusDot>
      );
    case "expired":
      return (
        <StatusDot tone="neutral" title={token.expiresAt && `Expired ${exactText(token.expiresAt)}`}>
          Expired
        </StatusDot>
      );
    case "active":
      return isExpiring(token, now) ? (
        <StatusDot tone="amber" title={token.expiresAt && `Active until ${exactText(token.expiresAt)}`}>
          Expiring
        </StatusDot>
      ) : (
        <StatusDot tone="green">Active</StatusDot>
      );
  }
}

function isExpiring(token: ListedToken, now: number): boolean {
  return token.expiresAt !== undefined && toMillis(token.expiresAt) - now < EXPIRING_DAYS * MILLIS_PER_DAY;
}

export function DescriptionCell({ token }: CellProps) {
  const { credentialId } = useTokenTable();
  return (
    <span className={styles.description}>
      <UserText
        text={token.description}
        empty="No description"
        limit={LONGEST_LINE}
        title={visibleText(token.description, LONGEST_TOOLTIP)}
      />
      {token.id === credentialId && <span className={styles.badge}>In use by you</span>}
    </span>
  );
}

/** The first and last characters of an id: enough to tell two apart, short enough for a column. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}

export function IdCell({ token }: CellProps) {
  const { copyId } = useTokenTable();
  const tabIndex = useRowTabIndex();
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      className={styles.id}
      title={`${visibleText(token.id)} – click to copy`}
      aria-label={`Copy token ID ${visibleText(token.id)}`}
      onClick={() => copyId(token.id)}
    >
      {token.tokenPrefix !== undefined && (
        <span className={styles.prefix}>{visibleText(token.tokenPrefix, 40)}…</span>
      )}
      {visibleText(shortId(token.id))}
    </button>
  );
}

export function DatabasesCell({ token }: CellProps) {
  const { openDatabases } = useTokenTable();
  const tabIndex = useRowTabIndex();
  const access = accessByResource(token.permissions ?? []);
  if (access.length === 0) return <span className={styles.absent}>None</span>;
  const shown = chipsThatFit(access);
  const more = access.length - shown;
  return (
    <span className={styles.databases}>
      {access.slice(0, shown).map(({ resource, code, words }) => (
        <Chip key={resource} code={code} codeLabel={words} title={`${visibleText(resource)}: ${words}`}>
          {resource === ALL_DATABASES ? "All databases" : visibleText(resource)}
        </Chip>
      ))}
      {more > 0 && (
        <button
          type="button"
          tabIndex={tabIndex}
          className={styles.more}
          aria-haspopup="dialog"
          aria-label={`${more} more databases`}
          onClick={(event) => openDatabases(token.id, event.currentTarget)}
        >
          +{more}
        </button>
      )}
    </span>
  );
}

export function CreatedCell({ token }: CellProps) {
  const { now } = useTokenTable();
  const title = `${exactText(token.createdAt)}, ${relativeText(toMillis(token.createdAt), now)}`;
  return (
    <time dateTime={token.createdAt} title={title}>
      {dayText(token.createdAt)}
    </time>
  );
}

export function ExpiresCell({ token }: CellProps) {
  const { now } = useTokenTable();
  const { expiresAt } = token;
  if (expiresAt === undefined) return <span className={styles.absent}>Never</span>;
  const soon = tokenStatus(token, now) === "active" && isExpiring(token, now);
  return (
    <time
      dateTime={expiresAt}
      title={`${exactText(expiresAt)}, ${relativeText(toMillis(expiresAt), now)}`}
      className={soon ? styles.soon : undefined}
    >
      {soon ? relativeText(toMillis(expiresAt), now) : dayText(expiresAt)}
    </time>
  );
}

/** What a row is called where its description stands alone; its id when that says nothing. */
export function optionsName(token: ListedToken): string {
  return visibleText(token.description, LONGEST_NAME).trim() || visibleText(token.id);
}

export function OptionsCell({ token }: CellProps) {
  const { openOptions } = useTokenTable();
  const tabIndex = useRowTabIndex();
  return (
    <IconButton
      label={`Options for ${optionsName(token)}`}
      title="Options"
      icon="ellipsis-vertical"
      size="small"
      tabIndex={tabIndex}
      aria-haspopup="menu"
      aria-expanded={false}
      onClick={(event) => openOptions(token.id, event.currentTarget)}
    />
  );
}
