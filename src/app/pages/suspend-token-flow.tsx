import { readProblem } from "#app/features/token-form/change-flow.ts";
import { holdPage } from "#app/features/session/page-hold.ts";
import { SuspendDialog } from "#app/features/token-form/suspend-dialog.tsx";
import { useChangeToken, useOpenedToken } from "#app/features/tokens/token-changes.ts";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import { useNotify } from "#app/layout/notify.ts";
import { Losses } from "./edit-token-flow.tsx";
import { InUseNotice } from "./in-use-notice.tsx";
import { doneDetail, doneTitle } from "./token-change-words.ts";
import { expiryFact } from "./token-facts.tsx";
import type { FlowContext } from "./token-flow.ts";
import { useUndoChange } from "./use-undo-change.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface SuspendTokenFlowProps {
  context: FlowContext;
  /** Whether the page is there still, for what a toast does later. */
  isShown: () => boolean;
  /** As it was when it was asked for. */
  asked: ListedToken;
}

/** Joins the suspend dialog with the data it speaks of and with what follows. */
export function SuspendTokenFlow({ context, isShown, asked }: SuspendTokenFlowProps) {
  const { cluster, now, closeFlow, onTouched } = context;
  const ids = { accountId: cluster.accountId, clusterId: cluster.clusterId };
  const { opened, error, isReading, retry } = useOpenedToken(ids, asked.id, false);
  const changeToken = useChangeToken(ids);
  const undo = useUndoChange(context, isShown);
  const notify = useNotify();
  const say = useSay();

  return (
    <SuspendDialog
      token={asked}
      opened={opened}
      problem={readProblem(error)}
      isReading={isReading}
      onRetry={retry}
      keepsPermissions={cluster.suspension === "deactivate"}
      note={asked.id === context.credentialId && <InUseNotice done="deactivated" />}
      facts={(token) => [
        {
          label: "Status",
          value: drawStatus(
            token ?? asked,
            { now, credentialId: undefined },
            { tabIndex: -1, attended: true },
          ),
        },
        expiryFact(token ?? asked, now),
      ]}
      renderLosses={(token) => <Losses context={context} token={token} kept={NOTHING} />}
      suspend={(base, options) => changeToken({ change: "suspend", base }, options)}
      onDone={(outcome) => {
        onTouched(asked.id);
        closeFlow();
        notify({
          tone: outcome.readBack === "differs" ? "warning" : "success",
          title: doneTitle(say("Suspended"), outcome),
          detail: doneDetail(outcome),
          action: {
            label: "Undo",
            alternative: say("Choose Restore Token in its options"),
            onSelect: () => undo.suspension(outcome.saved.token),
          },
        });
      }}
      onClose={() => {
        onTouched(asked.id);
        closeFlow();
      }}
      returnFocus={context.returnFocus}
      holdPage={holdPage}
    />
  );
}

const NOTHING: readonly never[] = [];
