import { memo, useMemo } from "react";
import { toMillis } from "#contract/instant.ts";
import { InterruptedRun } from "#app/features/revoke-many/interrupted-run.tsx";
import { useInterruptedRuns } from "#app/features/revoke-many/revoke-run-queries.ts";
import { SelectionBar } from "#app/features/revoke-many/selection-bar.tsx";
import { relativeText } from "#app/features/tokens/time-text.ts";
import type { TokenIndex } from "#app/features/tokens/token-index.ts";
import { Button } from "#app/ui/button.tsx";
import type { FlowContext, TokenFlow } from "./token-flow.ts";
import { useCopyRevokeCommand } from "./use-copy-revoke-command.ts";
import { useSay } from "#app/ui/vocabulary.ts";

interface OpensFlow {
  /** Why nothing may be revoked here. */
  refusal: string | undefined;
  openFlow: (flow: TokenFlow, opener: HTMLElement | null) => void;
}

/** Where a list of leaked tokens is brought to. */
export function RevokeFromList({ refusal, openFlow }: OpensFlow) {
  const say = useSay();
  return (
    <Button
      disabledReason={refusal}
      onClick={(event) => openFlow({ flow: "revoke_many", ids: [] }, event.currentTarget)}
    >
      {say("Revoke from a list…")}
    </Button>
  );
}

export interface RevokeManyBarsProps extends OpensFlow {
  context: FlowContext;
  /** What the table shows: all tokens, and in order those that match. */
  index: TokenIndex;
  complete: boolean;
  rows: Uint32Array;
  /** Ids. */
  selected: ReadonlySet<string>;
  onSelectAll: () => void;
  onClear: () => void;
}

/** What floats above the rows: the selection, and a run that was interrupted. */
export function RevokeManyBars(props: RevokeManyBarsProps) {
  const { context, refusal, openFlow, selected } = props;
  return (
    <>
      <Interrupted context={context} refusal={refusal} openFlow={openFlow} />
      {selected.size > 0 && <Selected {...props} />}
    </>
  );
}

const Interrupted = memo(function Interrupted({
  context: { kind, cluster, now },
  refusal,
  openFlow,
}: OpensFlow & { context: FlowContext }) {
  const runs = useInterruptedRuns(cluster.slug);
  const interrupted = runs.find((run) => run.kind === kind);
  if (interrupted === undefined || refusal !== undefined) return null;
  const { id: runId, total } = interrupted;
  const startedAt = toMillis(interrupted.startedAt);
  return (
    <InterruptedRun
      total={total}
      age={relativeText(startedAt, Math.max(now, startedAt))}
      onContinue={(button) => openFlow({ flow: "continue_revoke_run", runId }, button)}
      onReport={(button) => openFlow({ flow: "continue_revoke_run", runId, report: true }, button)}
    />
  );
});

function Selected(props: RevokeManyBarsProps) {
  const { context, index, complete, rows, selected, refusal, openFlow, onSelectAll, onClear } = props;
  const copyCommand = useCopyRevokeCommand();
  const say = useSay();
  // Before the list is complete nothing can be said of what it does not hold.
  const present = useMemo(
    () => (complete ? [...selected].filter((id) => index.rowOf(id) !== undefined) : [...selected]),
    [complete, index, selected],
  );
  const matching = useMemo(() => {
    let count = 0;
    for (const row of rows) if (selected.has(index.idAt(row))) count++;
    return count;
  }, [rows, index, selected]);
  return (
    <SelectionBar
      selected={present.length}
      hidden={Math.max(0, present.length - matching)}
      left={selected.size - present.length}
      selectable={complete && matching < rows.length ? rows.length : undefined}
      refusal={context.commandsOnly ? undefined : refusal}
      verb={context.commandsOnly ? "Copy Revoke Command" : say("Revoke Tokens…")}
      onSelectAll={onSelectAll}
      onRevoke={(button) =>
        context.commandsOnly ? copyCommand(present) : openFlow({ flow: "revoke_many", ids: present }, button)
      }
      onClear={onClear}
    />
  );
}
