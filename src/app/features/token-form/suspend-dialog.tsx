import { useState, type ReactNode } from "react";
import type { Token } from "#contract/token.ts";
import { Notice } from "#app/ui/notice.tsx";
import { goneWords, type ChangeProblem, type SavedOutcome, type TokenReading } from "./change-flow.ts";
import { ChangeFrame } from "./change-frame.tsx";
import { PermissionList, TokenFacts, type Fact } from "./change-parts.tsx";
import { useChange, type SendChange } from "./use-change.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface SuspendDialogProps {
  /** As the list has it, until it is read. */
  token: Token | { id: string; description: string };
  opened: TokenReading | undefined;
  problem: ChangeProblem | undefined;
  isReading: boolean;
  onRetry: () => void;
  /** The cluster refuses the token as a whole, and leaves it its permissions. */
  keepsPermissions: boolean;
  /** What else is to be known before. */
  note: ReactNode;
  facts: (token: Token | undefined) => readonly Fact[];
  /** What stops working without the permissions that the token has. */
  renderLosses: (token: Token) => ReactNode;
  suspend: (base: TokenReading, options: Parameters<SendChange>[0]) => ReturnType<SendChange>;
  onDone: (saved: SavedOutcome) => void;
  onClose: () => void;
  returnFocus: () => HTMLElement | null;
  holdPage: () => () => void;
}

/** Takes a token out of use for a while. */
export function SuspendDialog(props: SuspendDialogProps) {
  const { opened, suspend, onDone, keepsPermissions } = props;
  const say = useSay();
  const words = {
    notDone: say("The token was not suspended."),
    unknown: say("It is not known whether the token was suspended."),
  };
  /** Replaces what was opened when somebody changed the token meanwhile. */
  const [current, setCurrent] = useState<TokenReading>();
  const [gone, setGone] = useState<string>();
  const change = useChange(words, props.holdPage);
  const base = current ?? opened;
  const token = base?.token ?? props.token;
  const nothing =
    gone ??
    (!keepsPermissions && base?.token.permissions.length === 0
      ? "It has no permissions to take away."
      : undefined);

  return (
    <ChangeFrame
      {...props}
      title={say("Suspend Token")}
      running={say("Suspending…")}
      change={change}
      isOpened={base !== undefined}
      disabledReason={nothing}
      onPress={() => {
        if (base === undefined) return;
        change.begin(
          (options) => suspend(base, options),
          (outcome) => {
            if (outcome.kind === "saved") onDone(outcome);
            else if (outcome.kind === "conflict") setCurrent(outcome.current);
            else setGone(goneWords(outcome.how));
          },
        );
      }}
    >
      <p>
        {keepsPermissions
          ? "The cluster refuses the token until it is activated again. It keeps its permissions meanwhile."
          : "The token still authenticates, but may do nothing. Its permissions are kept here and can be put back at any time."}
      </p>
      <TokenFacts token={token} facts={props.facts(base?.token)} />
      {props.note}
      {current !== undefined && gone === undefined && (
        <Notice tone="amber" role="alert" title="Somebody else changed this token meanwhile.">
          {say("It was not suspended. This is what it is now.")}
        </Notice>
      )}
      {gone !== undefined && (
        <Notice tone="amber" role="alert" title={gone}>
          {say("There is nothing left to suspend.")}
        </Notice>
      )}
      {base !== undefined && gone === undefined && (
        <>
          {!keepsPermissions && base.token.suspendedAt !== undefined && base.token.permissions.length > 0 && (
            <Notice tone="amber" title="It was suspended before, and given these permissions since.">
              They replace those that are kept for it from before, which are then gone.
            </Notice>
          )}
          <PermissionList
            heading={keepsPermissions ? "Out of use for now" : "Taken away for now"}
            permissions={base.token.permissions}
            empty="None"
          />
          {props.renderLosses(base.token)}
        </>
      )}
    </ChangeFrame>
  );
}
