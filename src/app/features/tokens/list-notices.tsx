import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { RequestId } from "#app/ui/request-id.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { ListProblem, UnreadableRow } from "./list-problem.ts";
import { clockText, relativeText } from "./time-text.ts";
import type { TokenView } from "./token-index.ts";
import { hasFilters } from "./token-view-state.ts";

export interface ListNoticesProps {
  /** Why the last reading failed; the rows shown are then older. */
  problem: ListProblem | undefined;
  /** When the rows shown arrived, in milliseconds of our clock. */
  receivedAt: number;
  now: number;
  onRetry: () => void;
  retrying: boolean;
  unreadable: readonly UnreadableRow[];
  waiting: number;
  onShowWaiting: () => void;
}

export function ListNotices(props: ListNoticesProps) {
  const { problem, receivedAt, now, onRetry, retrying, unreadable, waiting, onShowWaiting } = props;
  return (
    <>
      {problem !== undefined && (
        <Notice
          tone="amber"
          role="status"
          title={`Not refreshed since ${clockText(receivedAt)} (${relativeText(receivedAt, Math.max(now, receivedAt))}).`}
          action={
            <Button size="small" busy={retrying} onClick={onRetry}>
              Retry
            </Button>
          }
        >
          <UserText text={problem.reason} flow="wrap" limit={2000} />
          <RequestId id={problem.requestId} />
        </Notice>
      )}
      {unreadable.length > 0 && <UnreadableNotice rows={unreadable} />}
      {waiting > 0 && (
        <Notice
          tone="info"
          role="status"
          title={
            waiting === 1
              ? "1 change since this list was drawn."
              : `${waiting} changes since this list was drawn.`
          }
          action={
            <Button size="small" onClick={onShowWaiting}>
              Show
            </Button>
          }
        />
      )}
    </>
  );
}

const NAMED = 3;

function UnreadableNotice({ rows }: { rows: readonly UnreadableRow[] }) {
  const named = rows
    .slice(0, NAMED)
    .map(({ id, position, reason }) => `${id ?? `row ${position + 1}`} (${reason})`);
  const rest = rows.length - named.length;
  return (
    <Notice
      tone="amber"
      title={
        rows.length === 1
          ? "1 token in the answer cannot be read, and is not among the rows."
          : `${rows.length} tokens in the answer cannot be read, and are not among the rows.`
      }
    >
      <UserText text={named.join(", ") + (rest > 0 ? ` and ${rest} more` : "")} flow="wrap" />
    </Notice>
  );
}

export interface EmptyListProps {
  /** The word for one: "token". */
  noun: string;
  total: number;
  /** How many more would match if inactive tokens were shown. */
  inactiveMatches: number;
  view: TokenView;
  onChange: (change: Partial<TokenView>) => void;
  onClear: () => void;
}

/** "There is nothing" and "nothing matches" are different sentences, with different next steps. */
export function EmptyList({ noun, total, inactiveMatches, view, onChange, onClear }: EmptyListProps) {
  if (total === 0) {
    return (
      <EmptyState
        icon="key"
        title={`No ${noun}s yet`}
        reason={`This cluster has no ${noun}. What is created by the command line or the API appears here.`}
      />
    );
  }
  const text = view.text.trim();
  if (inactiveMatches > 0) {
    return (
      <EmptyState
        role="status"
        icon="search"
        title={
          text === "" ? (
            `No active ${noun} matches`
          ) : (
            <>
              No active {noun} matches &quot;{visibleText(text, 100)}&quot;
            </>
          )
        }
        reason={
          inactiveMatches === 1
            ? `1 revoked or expired ${noun} does.`
            : `${inactiveMatches} revoked or expired ${noun}s do.`
        }
        action={<Button onClick={() => onChange({ inactive: true })}>Show inactive tokens</Button>}
      />
    );
  }
  return (
    <EmptyState
      role="status"
      icon="search"
      title={
        text === "" ? (
          `Nothing matches the filters`
        ) : (
          <>Nothing matches &quot;{visibleText(text, 100)}&quot;</>
        )
      }
      reason={
        hasFilters(view)
          ? "Filters are in force as well."
          : "Description, ID and prefix were searched, without regard to case and accents."
      }
      action={
        <Button onClick={onClear}>{hasFilters(view) ? "Clear search and filters" : "Clear search"}</Button>
      }
    />
  );
}

export function FailedList({
  problem,
  onRetry,
  retrying,
}: {
  problem: ListProblem;
  onRetry: () => void;
  retrying: boolean;
}) {
  return (
    <EmptyState
      role="alert"
      icon="circle-alert"
      title="The list could not be read"
      reason={
        <>
          <UserText text={problem.reason} flow="wrap" limit={2000} />
          <RequestId id={problem.requestId} />
        </>
      }
      action={
        <Button variant="primary" busy={retrying} onClick={onRetry}>
          Retry
        </Button>
      }
    />
  );
}
