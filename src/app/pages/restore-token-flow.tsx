import type { Suspension } from "#contract/suspension.ts";
import { UserText } from "#app/ui/user-text.tsx";
import { readProblem } from "#app/features/token-form/change-flow.ts";
import { holdPage } from "#app/features/session/page-hold.ts";
import type { Fact } from "#app/features/token-form/change-parts.tsx";
import { RestoreDialog } from "#app/features/token-form/restore-dialog.tsx";
import { useChangeToken, useOpenedToken, type TokenReading } from "#app/features/tokens/token-changes.ts";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import { useNotify } from "#app/layout/notify.ts";
import { Losses } from "./edit-token-flow.tsx";
import { doneDetail, doneTitle } from "./token-change-words.ts";
import { instantWords } from "./token-facts.tsx";
import type { FlowContext } from "./token-flow.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface RestoreTokenFlowProps {
  context: FlowContext;
  /** As it was when it was asked for. */
  asked: ListedToken;
}

/** Joins the restore dialog with the data it speaks of and with what follows. */
export function RestoreTokenFlow({ context, asked }: RestoreTokenFlowProps) {
  const { cluster, now, closeFlow, onTouched } = context;
  const ids = { accountId: cluster.accountId, clusterId: cluster.clusterId };
  const { opened, error, isReading, retry } = useOpenedToken(ids, asked.id, true);
  const changeToken = useChangeToken(ids);
  const notify = useNotify();
  const say = useSay();

  return (
    <RestoreDialog
      token={asked}
      opened={opened}
      problem={readProblem(error)}
      isReading={isReading}
      onRetry={retry}
      keepsPermissions={cluster.suspension === "deactivate"}
      facts={(reading) => restoreFacts(reading, asked, now)}
      renderLosses={(token, kept) => <Losses context={context} token={token} kept={kept} />}
      restore={(base, options) => changeToken({ change: "restore", base }, options)}
      onDone={(outcome) => {
        onTouched(asked.id);
        closeFlow();
        notify({
          tone: outcome.readBack === "differs" ? "warning" : "success",
          title: doneTitle(say("Restored"), outcome),
          detail: doneDetail(outcome),
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

function SuspendedSince({ suspension, now }: { suspension: Suspension; now: number }) {
  return (
    <>
      {instantWords(suspension.suspendedAt, now)}
      {suspension.suspendedBy !== "" && (
        <>
          , by <UserText text={suspension.suspendedBy} />
        </>
      )}
    </>
  );
}

function restoreFacts(reading: TokenReading | undefined, asked: ListedToken, now: number): Fact[] {
  return [
    {
      label: "Status",
      value: drawStatus(
        reading?.token ?? asked,
        { now, credentialId: undefined },
        { tabIndex: -1, attended: true },
      ),
    },
    ...(reading?.kept === undefined
      ? []
      : [
          {
            label: reading.token.isDeactivated === true ? "Last changed" : "Suspended",
            value: <SuspendedSince suspension={reading.kept.suspension} now={now} />,
          },
        ]),
  ];
}
