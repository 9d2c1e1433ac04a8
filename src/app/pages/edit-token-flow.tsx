import { reasonOf, tokenNameOf } from "./token-name.ts";
import { useMemo } from "react";
import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { ConsequenceList } from "#app/features/revoke/consequence-list.tsx";
import { readProblem } from "#app/features/token-form/change-flow.ts";
import { holdPage } from "#app/features/session/page-hold.ts";
import { EditTokenDialog } from "#app/features/token-form/edit-token-dialog.tsx";
import { useChangeToken, useOpenedToken } from "#app/features/tokens/token-changes.ts";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import { useNotify } from "#app/layout/notify.ts";
import { doneDetail, doneTitle } from "./token-change-words.ts";
import { consequencesFor } from "./token-consequences.ts";
import { expiryFact } from "./token-facts.tsx";
import type { FlowContext } from "./token-flow.ts";
import { useUndoChange } from "./use-undo-change.ts";

export interface EditTokenFlowProps {
  context: FlowContext;
  /** Whether the page is there still, for what a toast does later. */
  isShown: () => boolean;
  /** As it was when it was asked for. */
  asked: ListedToken;
  /** Opens rotating it, or why that is not offered. */
  rotate: (() => void) | string;
}

/** Joins the edit dialog with the data it speaks of and with what follows. */
export function EditTokenFlow({ context, isShown, asked, rotate }: EditTokenFlowProps) {
  const { cluster, now, databases, databasesProblem, closeFlow, onTouched, openFlow } = context;
  const ids = { accountId: cluster.accountId, clusterId: cluster.clusterId };
  const { opened, error, isReading, retry } = useOpenedToken(ids, asked.id, false);
  const changeToken = useChangeToken(ids);
  const undo = useUndoChange(context, isShown);
  const notify = useNotify();

  return (
    <EditTokenDialog
      tokenName={tokenNameOf("database", cluster)}
      permissionsRefusal={reasonOf(cluster.capabilities.updatePermissions)}
      tokenId={asked.id}
      opened={opened}
      problem={readProblem(error)}
      isReading={isReading}
      onRetry={retry}
      facts={(token) => [
        {
          label: "Status",
          value: drawStatus(token, { now, credentialId: undefined }, { tabIndex: -1, attended: true }),
        },
      ]}
      expiry={(token) => expiryFact(token, now)}
      databases={databases}
      databasesProblem={databasesProblem?.reason}
      renderLosses={(token, kept) => <Losses context={context} token={token} kept={kept} />}
      save={(base, update, options) => changeToken({ change: "update", base, update }, options)}
      onSaved={(outcome, base, update) => {
        onTouched(asked.id);
        closeFlow();
        const before = base.token.description;
        notify({
          tone: "success",
          title: doneTitle("Saved", outcome),
          detail: doneDetail(outcome),
          ...(update.permissions === undefined && outcome.readBack !== "unread"
            ? {
                action: {
                  label: "Undo",
                  alternative: "Edit the token and type the old description",
                  onSelect: () => undo.description(outcome.saved, before),
                },
              }
            : {}),
        });
      }}
      onClose={() => {
        onTouched(asked.id);
        closeFlow();
      }}
      rotate={rotate}
      create={
        cluster.capabilities.createDatabaseToken.allowed
          ? (from) => openFlow({ flow: "create", from })
          : undefined
      }
      returnFocus={context.returnFocus}
      consenter={context.consenter}
      holdPage={holdPage}
    />
  );
}

interface LossesProps {
  context: FlowContext;
  token: Token;
  kept: readonly Permission[];
}

/** Of all tokens of the list: once for each question, not at each step that a dialog takes. */
export function Losses({ context, token, kept }: LossesProps) {
  const { kind, list, listProblem, databases, databasesProblem, now, credentialId } = context;
  const of = useMemo(
    () =>
      consequencesFor(
        { kind, list, listProblem, databases, databasesProblem, now, credentialId },
        token,
        kept,
      ),
    [kind, list, listProblem, databases, databasesProblem, now, credentialId, token, kept],
  );
  return <ConsequenceList of={of} />;
}
