import { useId } from "react";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import type { DatabaseConsequences, ManagementConsequences } from "./consequences.ts";
import type { WildcardScope } from "./reach.ts";
import styles from "./revoke-dialog.module.css";

/** What stops working, or why that cannot be said. */
export type Consequences =
  | { kind: "database"; consequences: DatabaseConsequences }
  | { kind: "management"; consequences: ManagementConsequences }
  | { kind: "unsure"; reason: string };

/** The same of several tokens together. */
export type SumConsequences =
  | { kind: "database_sum"; consequences: DatabaseConsequences }
  /** `inactive`: none of them is active. */
  | { kind: "management_sum"; consequences: Pick<ManagementConsequences, "inactive" | "othersActive"> }
  | { kind: "unsure"; reason: string };

export function ConsequenceList({ of }: { of: Consequences | SumConsequences }) {
  const id = useId();
  return (
    <section className={styles.consequences} aria-labelledby={id}>
      <h3 id={id} className={styles.heading}>
        What stops working
      </h3>
      <Words of={of} />
    </section>
  );
}

function Words({ of }: { of: Consequences | SumConsequences }) {
  switch (of.kind) {
    case "unsure":
      return (
        <Notice tone="amber">
          <UserText text={of.reason} flow="wrap" limit={2000} />
        </Notice>
      );
    case "database":
      return <DatabaseWords {...of.consequences} isSum={false} />;
    case "database_sum":
      return <DatabaseWords {...of.consequences} isSum />;
    case "management":
      return <ManagementWords {...of.consequences} />;
    case "management_sum":
      return <ManagementSumWords {...of.consequences} />;
  }
}

const NOTHING = "Nothing: this token is not active any more.";
const NOTHING_IN_SUM = "Nothing: none of them is active any more.";

/** What nobody reaches any more. */
const wildcardWords: Record<WildcardScope, string> = {
  cluster: "databases made later",
  organization: "databases made later in the same organization",
  each: "the databases of every organization",
};

function DatabaseWords({ isSum, ...consequences }: DatabaseConsequences & { isSum: boolean }) {
  const { inactive, lastWriterOf, lastReaderOf, lastWildcardReader, lastWildcardWriter, otherActions } =
    consequences;
  const made = wildcardWords[consequences.wildcardScope];
  if (inactive) return <p>{isSum ? NOTHING_IN_SUM : NOTHING}</p>;
  const nothing =
    lastWriterOf.length === 0 && lastReaderOf.length === 0 && !lastWildcardReader && !lastWildcardWriter;
  return (
    <ul className={styles.losses}>
      {lastWriterOf.length > 0 && <Loss verb="write to" names={lastWriterOf} />}
      {lastReaderOf.length > 0 && <Loss verb="read" names={lastReaderOf} />}
      {lastWildcardWriter && <li>No active token will be able to write to {made}.</li>}
      {lastWildcardReader && <li>No active token will be able to read {made}.</li>}
      {otherActions.length > 0 && (
        <li>
          {isSum ? "They also allow" : "It also allows"} <UserText text={otherActions.join(", ")} />. Whether
          another token does is not computed.
        </li>
      )}
      {nothing && (
        <li>No database loses its last reader or writer.{!isSum && " No other token is affected."}</li>
      )}
    </ul>
  );
}

const NAMED = 12;

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
  if (inactive) return <p>{NOTHING}</p>;
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

function ManagementSumWords({
  inactive,
  othersActive,
}: Pick<ManagementConsequences, "inactive" | "othersActive">) {
  if (inactive) return <p>{NOTHING_IN_SUM}</p>;
  return (
    <p>
      Scripts and people that manage tokens with them.{" "}
      {othersActive === 1
        ? "1 management token stays active."
        : `${othersActive} management tokens stay active.`}
    </p>
  );
}
