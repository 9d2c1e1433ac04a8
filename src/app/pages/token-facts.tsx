import { ALL_DATABASES } from "#contract/permission.ts";
import { toMillis } from "#contract/instant.ts";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { accessByResource } from "#app/features/tokens/permission-chips.ts";
import { localText, relativeText } from "#app/features/tokens/time-text.ts";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import styles from "./token-facts.module.css";

function instantWords(instant: string, now: number) {
  return (
    <time dateTime={instant} title={instant}>
      {localText(instant)}, {relativeText(toMillis(instant), now)}
    </time>
  );
}

/** What the revoke dialog states of a token, besides what it always does. */
export function tokenFacts(token: ListedToken, now: number) {
  const facts = [
    { label: "Created", value: instantWords(token.createdAt, now) },
    { label: "Expires", value: token.expiresAt === undefined ? "Never" : instantWords(token.expiresAt, now) },
  ];
  if (token.tokenPrefix !== undefined) {
    facts.splice(1, 0, {
      label: "Prefix",
      value: <span className={styles.mono}>{visibleText(token.tokenPrefix, 40)}…</span>,
    });
  }
  if (token.permissions !== undefined) {
    facts.push({ label: "Permissions", value: <>{permissionSummary(token)}</> });
  }
  return facts;
}

function permissionSummary(token: ListedToken): string {
  const access = accessByResource(token.permissions ?? []);
  if (access.length === 0) return "None";
  const all = access.find(({ resource }) => resource === ALL_DATABASES);
  const named = access.length - (all === undefined ? 0 : 1);
  const words = [];
  if (all !== undefined) words.push(`all databases: ${all.words}`);
  if (named > 0) words.push(named === 1 ? "1 database" : `${named} databases`);
  const text = words.join("; ");
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** What *See more details* opens. */
export function TokenDetails({
  token,
  now,
}: {
  token: ListedToken & { createdBy?: string | undefined };
  now: number;
}) {
  const access = accessByResource(token.permissions ?? []);
  return (
    <div className={styles.details}>
      {token.createdBy !== undefined && (
        <p>
          Created by <UserText text={token.createdBy} />
        </p>
      )}
      {token.revokedAt !== undefined && <p>Revoked {instantWords(token.revokedAt, now)}</p>}
      {token.permissions !== undefined &&
        (access.length === 0 ? (
          <p>This token has no permissions.</p>
        ) : (
          <ul className={styles.access} aria-label="Permissions">
            {access.map(({ resource, words }) => (
              <li key={resource}>
                <span>
                  {resource === ALL_DATABASES ? "All databases" : <UserText text={resource} flow="wrap" />}
                </span>
                <span className={styles.words}>{words}</span>
              </li>
            ))}
          </ul>
        ))}
      {token.permissions === undefined && (
        <p>A management token may do everything in its account that the person who made it may.</p>
      )}
    </div>
  );
}
