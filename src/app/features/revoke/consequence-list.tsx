import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import type { DatabaseConsequences, ManagementConsequences } from "./consequences.ts";
import styles from "./revoke-dialog.module.css";

/** What stops working, or why that cannot be said. */
export type Consequences =
  | { kind: "database"; consequences: DatabaseConsequences }
  | { kind: "management"; consequences: ManagementConsequences }
  | { kind: "unsure"; reason: string };

export function ConsequenceList({ of }: { of: Consequences }) {
  return (
    <section className={styles.consequences} aria-labelledby="revoke-consequences">
      <h3 id="revoke-consequences" className={styles.heading}>
        What stops working
      </h3>
      <Words of={of} />
    </section>
  );
}

function Words({ of }: { of: Consequences }) {
  switch (of.kind) {
    case "unsure":
      return <Notice tone="amber">{of.reason}</Notice>;
    case "database":
      return <DatabaseWords {...of.consequences} />;
    case "management":
      return <ManagementWords {...of.consequences} />;
  }
}

function DatabaseWords(consequences: DatabaseConsequences) {
  const { inactive, lastWriterOf, lastReaderOf, lastWildcardReader, lastWildcardWriter, otherActions } =
    consequences;
  if (inactive) return <p>Nothing: this token is not active any more.</p>;
  const nothing =
    lastWriterOf.length === 0 && lastReaderOf.length === 0 && !lastWildcardReader && !lastWildcardWriter;
  return (
    <ul className={styles.losses}>
      {lastWriterOf.length > 0 && <Loss verb="write to" names={lastWriterOf} />}
      {lastReaderOf.length > 0 && <Loss verb="read" names={lastReaderOf} />}
      {lastWildcardWriter && <li>No active token will be able to write to databases made later.</li>}
      {lastWildcardReader && <li>No active token will be able to read databases made later.</li>}
      {otherActions.length > 0 && (
        <li>
          It also allows <UserText text={otherActions.join(", ")} />. Whether another token does is not
          computed.
        </li>
      )}
      {nothing && <li>No database loses its last reader or writer. No other token is affected.</li>}
    </ul>
  );
}

const NAMED = 6;

function Loss({ verb, names }: { verb: string; names: readonly string[] }) {
  const rest = names.length - NAMED;
  return (
    <li>
      No active token will be able to {verb}{" "}
      {names.slice(0, NAMED).map((name, index) => (
        <span key={name}>
          {index > 0 && ", "}
          <strong>
            <UserText text={name} flow="wrap" />
          </strong>
        </span>
      ))}
      {rest > 0 && ` and ${rest} more databases`}.
    </li>
  );
}

function ManagementWords({ inactive, othersActive, inUse, lastActive }: ManagementConsequences) {
  if (inactive) return <p>Nothing: this token is not active any more.</p>;
  if (lastActive) {
    return (
      <Notice tone="red" title="This is the last active management token of the account.">
        Without it nobody could manage tokens through the API. Create another one first.
      </Notice>
    );
  }
  return (
    <ul className={styles.losses}>
      {inUse && (
        <li>
          <strong>You are signed in with this token: you will be signed out.</strong>
        </li>
      )}
      <li>
        Scripts and people that manage tokens with it.{" "}
        {othersActive === 1
          ? "1 other management token stays active."
          : `${othersActive} other management tokens stay active.`}
      </li>
    </ul>
  );
}
