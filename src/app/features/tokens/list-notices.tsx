import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { RequestId } from "#app/ui/request-id.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import styles from "./list-notices.module.css";
import type { ListProblem, UnreadableRow } from "./list-problem.ts";
import { numberText } from "./number-text.ts";
import { clockText, relativeText } from "./time-text.ts";
import type { TokenView } from "./token-index.ts";
import type { TokenKind } from "./token-queries.ts";
import { hasFilters } from "./token-view-state.ts";

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
}

export function ListNotices(props: ListNoticesProps) {
  const { problem, complete, total, receivedAt, now, onRetry, retrying, unreadable } = props;
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
    </>
  );
}

/** Floats above the rows, which must not move when it comes, and belongs to the table, which holds still meanwhile. */
export function WaitingNews({ count, onShow }: { count: number; onShow: () => void }) {
  return (
    <div role="status" className={styles.news}>
      {count > 0 && (
        <div className={styles.newsBar}>
          {count === 1
            ? "1 change since this list was drawn."
            : `${count} changes since this list was drawn.`}
          <Button size="small" onClick={onShow}>
            Show
          </Button>
        </div>
      )}
    </div>
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

/** No row matches, of a list that is not complete: what is not there cannot be said. */
export function NothingYet({ problem }: { problem: ListProblem | undefined }) {
  return (
    <EmptyState
      role="status"
      icon="search"
      title="Nothing found so far"
      reason={
        problem === undefined
          ? "The list is still being read."
          : "The list could not be read to its end, so there may be more."
      }
    />
  );
}

export interface EmptyListProps {
  kind: TokenKind;
  total: number;
  /** How many more would match if inactive tokens were shown. */
  inactiveMatches: number;
  view: TokenView;
  onChange: (change: Partial<TokenView>) => void;
  onClear: () => void;
}

/** "There is nothing" and "nothing matches" are different sentences, with different next steps. */
export function EmptyList({ kind, total, inactiveMatches, view, onChange, onClear }: EmptyListProps) {
  if (total === 0) {
    return (
      <EmptyState
        icon="key"
        title="No tokens yet"
        reason={`This ${kind === "database" ? "cluster" : "account"} has none. What is created by the command line or the API appears here.`}
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
            `No active token matches`
          ) : (
            <>No active token matches &quot;{visibleText(text, 100)}&quot;</>
          )
        }
        reason={
          inactiveMatches === 1
            ? `1 revoked or expired token does.`
            : `${inactiveMatches} revoked or expired tokens do.`
        }
        action={<Button onClick={() => onChange({ inactive: true })}>Show Inactive Tokens</Button>}
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
          : `Searched in the description and, for four characters or more, in the ID${kind === "database" ? "" : " and prefix"}.`
      }
      action={
        <Button onClick={onClear}>{hasFilters(view) ? "Clear search and filters" : "Clear search"}</Button>
      }
    />
  );
}

export function FailedList({
  title = "The list could not be read",
  problem,
  onRetry,
  retrying,
}: {
  title?: string;
  problem: ListProblem;
  onRetry: () => void;
  retrying: boolean;
}) {
  return (
    <EmptyState
      role="alert"
      icon="circle-alert"
      title={title}
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
