import { useRef, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { ChangeButtons, ChangeOutcome, ProblemNotice } from "./change-parts.tsx";
import type { ChangeProblem } from "./change-flow.ts";
import type { Change } from "./use-change.ts";
import { stay, useLeaveWarning } from "./use-leave-warning.ts";
import styles from "./suspend-dialog.module.css";

export interface ChangeFrameProps {
  /** Names what is done, on the button too. */
  title: string;
  /** On the button while it is done. */
  running: string;
  change: Change;
  /** Whether the token is read. Until it is there is nothing to press. */
  isOpened: boolean;
  /** Why it could not be read. */
  problem: ChangeProblem | undefined;
  isReading: boolean;
  onRetry: () => void;
  /** Why it cannot be done. */
  disabledReason: string | undefined;
  onPress: () => void;
  onClose: () => void;
  returnFocus: () => HTMLElement | null;
  holdPage: () => () => void;
  children: ReactNode;
}

/** A dialog that asks for one change of one token, which is read for it. */
export function ChangeFrame(props: ChangeFrameProps) {
  const { title, change, problem, onClose } = props;
  const cancel = useRef<HTMLButtonElement>(null);
  const unread = props.isOpened ? undefined : problem;
  // Whoever goes back would not see what came of it.
  useLeaveWarning(change.running, props.holdPage, stay);
  return (
    <Dialog
      open
      title={title}
      closable={!change.running}
      onClose={onClose}
      initialFocus={cancel}
      returnFocus={props.returnFocus}
      footer={
        unread === undefined ? (
          <ChangeButtons
            change={change}
            back={{ label: "Cancel", onPress: onClose }}
            backRef={cancel}
            verb={title}
            running={props.running}
            disabledReason={props.isOpened ? props.disabledReason : "The token is being read."}
            onPress={props.onPress}
            onClose={onClose}
          />
        ) : (
          <>
            <Button ref={cancel} onClick={onClose}>
              Cancel
            </Button>
            <Button variant="primary" busy={props.isReading} onClick={props.onRetry}>
              Retry
            </Button>
          </>
        )
      }
    >
      <div className={styles.body}>
        {props.children}
        {unread !== undefined && <ProblemNotice tone="red" problem={unread} />}
        <ChangeOutcome step={change.step} />
      </div>
    </Dialog>
  );
}
