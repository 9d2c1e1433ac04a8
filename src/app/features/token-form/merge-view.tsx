import { useId, type ReactNode } from "react";
import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { Description, PermissionList } from "./change-parts.tsx";
import { diffPermissions, isEmptyDiff, type PermissionDiff } from "./permission-diff.ts";
import type { ContentMerge } from "./permission-merge.ts";
import styles from "./merge-view.module.css";

export interface MergeViewProps {
  merge: ContentMerge;
  /** The token as it is now. */
  theirs: Token;
  /** It was suspended: its permissions cannot be changed. */
  blocked: boolean;
  /** What was chosen where both changed the description. */
  description: string | undefined;
  onDescription: (description: string) => void;
  result: { description: string | undefined; permissions: readonly Permission[] };
  running: boolean;
  renderLosses: (token: Token, kept: readonly Permission[]) => ReactNode;
}

/** Two changes of one token, and what comes of them together. */
export function MergeView(props: MergeViewProps) {
  const { merge, theirs, blocked, description, onDescription, result, running, renderLosses } = props;
  const id = useId();
  const taken = diffPermissions(theirs.permissions, result.permissions).taken;
  return (
    <>
      <Notice
        tone="amber"
        title="Somebody else changed this token while you did. Nothing of yours is saved yet."
      >
        {blocked ? (
          <>
            It is suspended now
            {theirs.suspendedBy !== undefined && (
              <>
                {" by "}
                <UserText text={theirs.suspendedBy} />
              </>
            )}
            : its permissions are kept for it and cannot be changed before it is restored. What you wanted of
            them stands below.
          </>
        ) : (
          "Both changes are brought together below. Look at the result before you save it."
        )}
      </Notice>
      <div className={styles.sides}>
        <Side heading="You changed" description={textOf(merge, "mine")} diff={merge.mine} />
        <Side heading="Somebody else changed" description={textOf(merge, "theirs")} diff={merge.theirs} />
      </div>
      {merge.description.kind === "conflict" && (
        <fieldset className={styles.choice} disabled={running}>
          <legend>Both changed the description. Which one?</legend>
          {[
            { who: "Yours", text: merge.description.mine },
            { who: "Theirs", text: merge.description.theirs },
          ].map(({ who, text }) => (
            <label key={who} className={styles.option}>
              <input
                type="radio"
                name={`${id}-description`}
                checked={description === text}
                onChange={() => onDescription(text)}
              />
              <span>
                <span className={styles.who}>{who}: </span>
                <Description text={text} />
              </span>
            </label>
          ))}
        </fieldset>
      )}
      <section className={styles.result} aria-labelledby={id}>
        <h3 id={id}>Result</h3>
        <p className={styles.line}>
          <span className={styles.label}>Description</span>
          <span className={styles.value}>
            {result.description === undefined ? (
              <span className={styles.quiet}>To be chosen</span>
            ) : (
              <Description text={result.description} />
            )}
          </span>
        </p>
        <PermissionList heading="Permissions" permissions={result.permissions} empty="None" />
        <PermissionList heading="Taken away from what it has now" tone="taken" permissions={taken}>
          {renderLosses(theirs, result.permissions)}
        </PermissionList>
      </section>
    </>
  );
}

/** What one side made of the description; undefined when it left it alone. */
function textOf({ description }: ContentMerge, side: "mine" | "theirs"): string | undefined {
  if (description.kind === "conflict") return description[side];
  return description.kind === side || description.kind === "both" ? description.text : undefined;
}

interface SideProps {
  heading: string;
  description: string | undefined;
  diff: PermissionDiff;
}

function Side({ heading, description, diff }: SideProps) {
  const id = useId();
  return (
    <section className={styles.side} aria-labelledby={id}>
      <h3 id={id}>{heading}</h3>
      {description !== undefined && (
        <p className={styles.line}>
          <span className={styles.label}>Description</span>
          <span className={styles.value}>
            <Description text={description} />
          </span>
        </p>
      )}
      <PermissionList heading="Taken away" tone="taken" permissions={diff.taken} />
      <PermissionList heading="Granted" tone="granted" permissions={diff.granted} />
      {isEmptyDiff(diff) && <p className={styles.quiet}>No permissions.</p>}
    </section>
  );
}
