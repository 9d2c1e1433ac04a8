import { useRef, type ReactNode } from "react";
import { useLocation, useNavigate } from "react-router";
import type { Reading } from "#app/features/detail/detail-queries.ts";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { ProblemWords } from "#app/ui/problem-words.tsx";
import { Skeleton } from "#app/ui/skeleton.tsx";
import { FROM_LIST } from "./token-flow.ts";
import "#app/ui/more-icons.ts";

export interface ReadSheetProps {
  title: string;
  /** What is read, as in "Reading the token". */
  noun: string;
  /** Of the row that it was opened from. */
  rowKey: string;
  /** How far what stands in it is read; what it holds is the caller's. */
  reading: Reading<unknown>;
  /** What was read; undefined: the reading says why there is none. */
  children: ReactNode;
  footer?: ReactNode;
  /** Why there may be no such thing, and where all of them are. */
  absent: { reason: ReactNode; action: string };
  /** Leads to the list when the sheet was not opened from there. */
  closeSheet: () => void;
}

/** One row of a table in full, in a sheet that has an address of its own. */
export function ReadSheet(props: ReadSheetProps) {
  const { title, noun, rowKey, reading, children, footer, absent, closeSheet } = props;
  const close = useClose(closeSheet);
  return (
    <Dialog
      open
      placement="side"
      size="wide"
      title={title}
      closable
      onClose={close}
      returnFocus={() => document.querySelector<HTMLElement>(`[data-key="${CSS.escape(rowKey)}"]`)}
      footer={footer}
    >
      {children !== undefined ? (
        children
      ) : reading.state === "failed" ? (
        <Notice
          tone="red"
          role="alert"
          title={`This ${noun} could not be read`}
          action={
            <Button busy={reading.retrying} onClick={reading.retry}>
              Try again
            </Button>
          }
        >
          <ProblemWords problem={reading.problem} />
        </Notice>
      ) : reading.state === "absent" ? (
        <EmptyState
          icon="circle-help"
          role="alert"
          title={`There is no such ${noun}`}
          reason={absent.reason}
          action={<Button onClick={close}>{absent.action}</Button>}
        />
      ) : (
        <div aria-busy role="status" aria-label={`Reading the ${noun}`}>
          <Skeleton width="80%" />
          <Skeleton width="55%" />
          <Skeleton width="70%" />
        </div>
      )}
    </Dialog>
  );
}

/** Back where it was opened from; without that, the list takes the sheet's place in the history. */
function useClose(toList: () => void): () => void {
  const navigate = useNavigate();
  const location = useLocation();
  const closing = useRef<string>(undefined);
  return () => {
    // Going back takes a moment; a second Escape must not go back twice.
    if (closing.current === location.key) return;
    closing.current = location.key;
    if (location.state === FROM_LIST) void navigate(-1);
    else toList();
  };
}
