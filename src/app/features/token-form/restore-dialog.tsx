import { useState, type ReactNode } from "react";
import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { Notice } from "#app/ui/notice.tsx";
import {
  changedMeanwhile,
  goneWords,
  type ChangeProblem,
  type SavedOutcome,
  type SuspendedReading,
  type TokenReading,
} from "./change-flow.ts";
import { ChangeFrame } from "./change-frame.tsx";
import { DescriptionChange, PermissionList, TokenFacts, type Fact } from "./change-parts.tsx";
import { diffPermissions } from "./permission-diff.ts";
import { useChange, type SendChange } from "./use-change.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface RestoreDialogProps {
  /** As the list has it, until it is read. */
  token: { id: string; description: string };
  /** With nothing kept when somebody restored it already. */
  opened: TokenReading | undefined;
  problem: ChangeProblem | undefined;
  isReading: boolean;
  onRetry: () => void;
  /** The cluster refuses the token as a whole, and leaves it its permissions. */
  keepsPermissions: boolean;
  /** Status, since when and by whom it is suspended. */
  facts: (reading: TokenReading | undefined) => readonly Fact[];
  /** What stops working when the token keeps no more than these permissions. */
  renderLosses: (token: Token, kept: readonly Permission[]) => ReactNode;
  restore: (base: SuspendedReading, options: Parameters<SendChange>[0]) => ReturnType<SendChange>;
  onDone: (saved: SavedOutcome) => void;
  onClose: () => void;
  returnFocus: () => HTMLElement | null;
  holdPage: () => () => void;
}

const RESTORED = "Somebody else restored it meanwhile.";

function suspendedIn(reading: TokenReading | undefined): SuspendedReading | undefined {
  const kept = reading?.kept;
  return kept && { ...reading, kept };
}

/** Puts the permissions of a suspended token back. What somebody gave it meanwhile is shown before it is replaced. */
export function RestoreDialog(props: RestoreDialogProps) {
  const { opened, restore, onDone, keepsPermissions } = props;
  const say = useSay();
  const words = {
    notDone: say("The token was not restored."),
    unknown: say("It is not known whether the token was restored."),
  };
  const [meanwhile, setMeanwhile] = useState<{ before: SuspendedReading; now: SuspendedReading }>();
  const [refused, setRefused] = useState<string>();
  const change = useChange(words, props.holdPage);
  const base = meanwhile?.now ?? suspendedIn(opened);
  const kept = base?.kept.suspension.permissions;
  const ended = refused ?? (opened === undefined || base !== undefined ? undefined : say(RESTORED));
  const wasChanged = !keepsPermissions && base !== undefined && base.token.permissions.length > 0;
  const diff =
    base === undefined || kept === undefined ? undefined : diffPermissions(base.token.permissions, kept);

  return (
    <ChangeFrame
      {...props}
      title={say("Restore Token")}
      running={say("Restoring…")}
      change={change}
      isOpened={opened !== undefined}
      disabledReason={ended}
      onPress={() => {
        if (base === undefined) return;
        change.begin(
          (options) => restore(base, options),
          (outcome) => {
            switch (outcome.kind) {
              case "saved":
                onDone(outcome);
                return;
              case "gone":
                setRefused(goneWords(outcome.how));
                return;
              case "conflict": {
                const now = suspendedIn(outcome.current);
                if (now === undefined) setRefused(say("Somebody else restored and changed it meanwhile."));
                else setMeanwhile({ before: base, now });
                return;
              }
            }
          },
        );
      }}
    >
      <TokenFacts
        token={{ ...props.token, ...(base ?? opened)?.token }}
        facts={props.facts(base ?? opened)}
      />
      {ended !== undefined && (
        <Notice tone="amber" role="alert" title={ended}>
          Nothing was changed here.
        </Notice>
      )}
      {ended === undefined && base !== undefined && diff !== undefined && kept !== undefined && (
        <>
          {meanwhile !== undefined && (
            <>
              <Notice tone="amber" role="alert" title="Somebody else changed this token meanwhile.">
                {say("It was not restored.")} Changed: {changedMeanwhile(meanwhile.before, meanwhile.now)}.
                This is what it is now.
              </Notice>
              {meanwhile.before.token.description !== base.token.description && (
                <DescriptionChange
                  before={meanwhile.before.token.description}
                  after={base.token.description}
                />
              )}
            </>
          )}
          {wasChanged ? (
            <>
              <Notice tone="amber" title="Somebody changed its permissions while it was suspended.">
                Restoring replaces them by those that it had before.
              </Notice>
              <PermissionList heading="Taken away" tone="taken" permissions={diff.taken}>
                {props.renderLosses(base.token, kept)}
              </PermissionList>
              <PermissionList heading="Put back" tone="granted" permissions={diff.granted} />
              <PermissionList heading="Unchanged" permissions={diff.unchanged} />
            </>
          ) : (
            <PermissionList
              heading={keepsPermissions ? "What it may do then" : "Put back"}
              permissions={kept}
              empty="None"
            />
          )}
        </>
      )}
    </ChangeFrame>
  );
}
