import type { ReactNode } from "react";
import type { Activity } from "#contract/activity.ts";
import type { Permission } from "#contract/permission.ts";
import { Button } from "#app/ui/button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { ProblemWords } from "#app/ui/problem-words.tsx";
import { Skeleton } from "#app/ui/skeleton.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { Reading } from "./detail-queries.ts";
import styles from "./detail.module.css";
import { actionNames, byResource, changesOf, outcomeWords } from "./history-words.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface HistoryListProps {
  history: Reading<readonly Activity[]>;
  /** An instant in words. */
  when: (instant: string) => ReactNode;
}

/** What was done to a token through this gateway: who, what, when, how it ended, and what it changed. */
export function HistoryList({ history, when }: HistoryListProps) {
  switch (history.state) {
    case "waiting":
      return <Skeleton width="70%" />;
    case "absent":
      return <p className={styles.quiet}>This gateway keeps no history of this token.</p>;
    case "failed":
      return (
        <Notice
          tone="amber"
          title="The history could not be read"
          action={
            <Button size="small" busy={history.retrying} onClick={history.retry}>
              Try again
            </Button>
          }
        >
          <ProblemWords problem={history.problem} />
        </Notice>
      );
    case "there":
      if (history.value.length === 0) {
        return <p className={styles.quiet}>Nothing was done to this token through this gateway.</p>;
      }
      return (
        <ol className={styles.history} aria-label="History">
          {history.value.map((activity) => (
            // A request does one thing to one token, and is recorded once.
            <Entry key={`${activity.requestId} ${activity.at}`} activity={activity} when={when} />
          ))}
        </ol>
      );
  }
}

function Entry({ activity, when }: { activity: Activity; when: HistoryListProps["when"] }) {
  const { action, actor, at, outcome } = activity;
  const say = useSay();
  const problem = outcomeWords(outcome);
  const { description, granted, takenAway } = changesOf(activity);
  return (
    <li>
      <p className={styles.entry}>
        <span className={styles.what}>{say(actionNames[action])}</span>
        <span>
          by <UserText text={actor} limit={200} />
        </span>
        {problem !== undefined && <span className={styles.outcome}>{problem}</span>}
      </p>
      <p className={styles.when}>{when(at)}</p>
      {(description !== undefined || granted.length > 0 || takenAway.length > 0) && (
        <ul className={styles.changes}>
          {description !== undefined && (
            <li>
              Description: {description.from !== undefined && <Quoted text={description.from} />}
              {description.from !== undefined && " became "}
              <Quoted text={description.to} />
            </li>
          )}
          {takenAway.length > 0 && <li>Taken away: {grantWords(takenAway)}</li>}
          {granted.length > 0 && <li>Granted: {grantWords(granted)}</li>}
        </ul>
      )}
    </li>
  );
}

function Quoted({ text }: { text: string }) {
  return (
    <>
      “<UserText text={text} flow="wrap" limit={300} />”
    </>
  );
}

/** "read and write on builds; read on all databases". Invisible characters show as escapes. */
function grantWords(permissions: readonly Permission[]): string {
  return byResource(permissions)
    .map(({ name, isAll, actions }) => {
      const words = actions.map((action) => visibleText(action, 80)).join(" and ");
      return `${words} on ${isAll ? name.toLowerCase() : visibleText(name)}`;
    })
    .join("; ");
}
