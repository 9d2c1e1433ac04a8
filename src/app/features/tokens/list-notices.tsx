import { useEffect, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { ProblemWords } from "#app/ui/problem-words.tsx";
import type { ListProblem, UnreadableRow } from "./list-problem.ts";
import { tokenMenus } from "./lazy-token-menus.ts";
import { numberText } from "#app/ui/number-text.ts";
import { clockText, relativeText } from "./time-text.ts";

export interface ListNoticesProps {
  /** Why the last reading failed; the rows shown are then older. */
  problem: ListProblem | undefined;
  /** Whether the rows are all that the list has. */
  complete: boolean;
  /** How many rows there are. */
  total: number;
  /** When the rows shown arrived, in milliseconds of our clock. */
  receivedAt: number;
  now: number;
  onRetry: () => void;
  retrying: boolean;
  unreadable: readonly UnreadableRow[];
  /** What else may help. */
  remedy: ReactNode;
}

export function ListNotices(props: ListNoticesProps) {
  const { problem, complete, total, receivedAt, now, onRetry, retrying, unreadable } = props;
  const menus = tokenMenus.useModule();
  const isUnreadable = unreadable.length > 0;
  useEffect(() => {
    // Loaded ahead as well, and of no use without the list, which has just come from the same place.
    if (isUnreadable) tokenMenus.preload().catch(() => {});
  }, [isUnreadable]);
  return (
    <>
      {problem !== undefined && (
        <Notice
          tone="amber"
          role="status"
          title={
            complete
              ? `Not refreshed since ${clockText(receivedAt)} (${relativeText(receivedAt, Math.max(now, receivedAt))}).`
              : `The list is not complete: ${numberText(total)} tokens were read, and there are more.`
          }
          action={
            <>
              {props.remedy}
              <Button size="small" busy={retrying} onClick={onRetry}>
                Retry
              </Button>
            </>
          }
        >
          <ProblemWords problem={problem} />
        </Notice>
      )}
      {isUnreadable && menus && <menus.UnreadableNotice rows={unreadable} />}
    </>
  );
}

export function FailedList({
  title = "The list could not be read",
  problem,
  onRetry,
  retrying,
  remedy,
}: {
  title?: string;
  problem: ListProblem;
  onRetry: () => void;
  retrying: boolean;
  remedy?: ReactNode;
}) {
  return (
    <EmptyState
      role="alert"
      icon="circle-alert"
      title={title}
      reason={<ProblemWords problem={problem} />}
      action={
        <>
          {remedy}
          <Button variant="primary" busy={retrying} onClick={onRetry}>
            Retry
          </Button>
        </>
      }
    />
  );
}
