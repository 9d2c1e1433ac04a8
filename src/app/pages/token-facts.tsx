import { isForAll, reachOf } from "#contract/permission.ts";
import { toMillis } from "#contract/instant.ts";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { accessByResource } from "#app/features/tokens/permission-chips.ts";
import { localText, relativeText } from "#app/features/tokens/time-text.ts";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import styles from "./token-facts.module.css";

/** An instant as local time and in relation to now. */
export function instantWords(instant: string, now: number) {
  return (
    <time dateTime={instant} title={instant}>
      {localText(instant)}, {relativeText(toMillis(instant), now)}
    </time>
  );
}

export function expiryFact(token: ListedToken, now: number) {
  return {
    label: "Expires",
    value: token.expiresAt === undefined ? <>Never</> : instantWords(token.expiresAt, now),
  };
}

/** What the revoke dialog states of a token, besides what it always does. */
export function tokenFacts(token: ListedToken, now: number) {
  const facts = [{ label: "Created", value: instantWords(token.createdAt, now) }, expiryFact(token, now)];
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
  const words = [];
  for (const { permission, name, words: actions } of access) {
    if (isForAll(permission)) words.push(`${name.toLowerCase()}: ${actions}`);
  }
  const named = access.filter(({ permission }) => !isForAll(permission));
  const databases = named.filter(({ permission }) => reachOf(permission) === "databases").length;
  const others = named.length - databases;
  if (databases > 0) words.push(databases === 1 ? "1 database" : `${databases} databases`);
  if (others > 0) words.push(others === 1 ? "1 other resource" : `${others} other resources`);
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
            {access.map(({ key, name, words }) => (
              <li key={key}>
                <span>
                  <UserText text={name} flow="wrap" />
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
