import type { LostSecret } from "#app/features/token-form/create-flow.ts";
import { LostSecretDialog } from "#app/features/token-form/lost-secret-dialog.tsx";
import type { FlowContext } from "./token-flow.ts";

export interface LostSecretFlowProps {
  lost: LostSecret;
  context: FlowContext;
  onClose: () => void;
}

/** Joins what is said of a lost secret with the list that shows the token, and with revoking it. */
export function LostSecretFlow({ lost, context, onClose }: LostSecretFlowProps) {
  const { list, startRevoke } = context;
  const tokenOf = (id: string) => {
    const row = list?.index.rowOf(id);
    return row === undefined ? undefined : list?.index.tokenAt(row);
  };
  return (
    <LostSecretDialog
      lost={lost}
      tokenOf={tokenOf}
      onRevoke={(id, opener) => {
        const token = tokenOf(id);
        if (token !== undefined) startRevoke(token, opener);
      }}
      onClose={onClose}
      returnFocus={() => null}
    />
  );
}
