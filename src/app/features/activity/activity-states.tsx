import { NothingFoundYet, NothingMatches } from "#app/table/no-rows.tsx";
import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { ProblemWords } from "#app/ui/problem-words.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import type { ReadProblem } from "./activity-queries.ts";
import { MOST_ENTRIES, type UnreadableDeed } from "./activity-record.ts";
import { hasFilters, type ActivityView } from "./activity-view-state.ts";
import { actionsText } from "./activity-words.ts";

export interface ActivityNoticesProps {
  /** Why the last reading failed; what is shown is then older. */
  problem: ReadProblem | undefined;
  /** Whether the deeds are all that there are. */
  isComplete: boolean;
  /** More are not read. */
  isFull: boolean;
  total: number;
  /** Since when nothing newer is known, in words. */
  age: string;
  onRetry: () => void;
  retrying: boolean;
  unreadable: readonly UnreadableDeed[];
}

/** What is to be known of the deeds before they are taken for the whole record. */
export function ActivityNotices(props: ActivityNoticesProps) {
  const { problem, isComplete, isFull, total, age, onRetry, retrying, unreadable } = props;
  return (
    <>
      {problem !== undefined && (
        <Notice
          tone="amber"
          role="status"
          title={
            isComplete || isFull
              ? `Not refreshed since ${age}.`
              : `The record is not complete: ${actionsText(total)} were read, and there are more.`
          }
          action={
            <Button size="small" busy={retrying} onClick={onRetry}>
              Retry
            </Button>
          }
        >
          <ProblemWords problem={problem} />
        </Notice>
      )}
      {isFull && !isComplete && (
        <Notice tone="info" title={`There are older actions than the newest ${actionsText(MOST_ENTRIES)}.`}>
          They are not read into this page. The export has them.
        </Notice>
      )}
      {unreadable.length > 0 && (
        <Notice
          tone="amber"
          title={
            unreadable.length === 1
              ? "1 action in the record cannot be read, and is not among the rows."
              : `${unreadable.length} actions in the record cannot be read, and are not among the rows.`
          }
        >
          <UserText text={unreadableWords(unreadable)} flow="wrap" limit={2000} />
        </Notice>
      )}
    </>
  );
}

const NAMED = 3;

function unreadableWords(deeds: readonly UnreadableDeed[]): string {
  const named = deeds.slice(0, NAMED).map(({ id, reason }) => `${id ?? "without an id"} (${reason})`);
  const more = deeds.length - named.length;
  return named.join(", ") + (more > 0 ? ` and ${more} more` : "");
}

export interface NoActivityProps {
  /** How many deeds there are, whatever matches. */
  total: number;
  isComplete: boolean;
  isFull: boolean;
  problem: ReadProblem | undefined;
  view: ActivityView;
  onClear: () => void;
}

/** In place of rows: nothing is there, nothing matches, or nothing was found yet are three things. */
export function NoActivity({ total, isComplete, isFull, problem, view, onClear }: NoActivityProps) {
  if (!isComplete && !isFull) return <NothingFoundYet noun="record" hasFailed={problem !== undefined} />;
  if (total === 0) {
    return (
      <EmptyState
        icon="clock"
        title="Nothing was done here yet"
        reason="Whoever creates, edits, suspends, restores or revokes a token through this gateway appears here."
      />
    );
  }
  return (
    <NothingMatches
      text={view.text}
      hasFilters={hasFilters(view)}
      searched="Searched in who, action, token, outcome, reason and request ID."
      onClear={onClear}
    />
  );
}
