import { useMemo, useRef, useState, type ReactNode } from "react";
import type { Cluster } from "#contract/cluster.ts";
import { RevokeDialog } from "#app/features/revoke/revoke-dialog.tsx";
import { removalWords } from "#app/features/revoke/removal-words.ts";
import type { RevokeDone, UnsettledStep } from "#app/features/revoke/revoke-flow.ts";
import { holdPage } from "#app/features/session/page-hold.ts";
import { useLeaveSession } from "#app/features/session/session-queries.ts";
import type { ListProblem } from "#app/features/tokens/list-problem.ts";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { useRevokeToken } from "#app/features/tokens/token-mutations.ts";
import { useNotify } from "#app/layout/notify.ts";
import { showsRow } from "#app/table/row-element.ts";
import { painted } from "#app/ui/painted.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { consequencesFor } from "./token-consequences.ts";
import { tokenFacts, TokenDetails } from "./token-facts.tsx";
import { InUseNotice } from "./in-use-notice.tsx";
import { removalOf, tokenNameOf } from "./token-name.ts";

export interface RevokeTokenFlowProps {
  kind: "database" | "management";
  cluster: Cluster;
  /** As it was when the question was asked. */
  asked: ListedToken;
  list: TokenList | undefined;
  /** Why the list shown is not fresh. */
  listProblem: ListProblem | undefined;
  databases: readonly string[] | undefined;
  databasesProblem: ListProblem | undefined;
  now: number;
  credentialId: string | undefined;
  consenter: string;
  refusal: string | undefined;
  /** Opens suspending it, or why that is not offered. */
  suspend: (() => void) | string | undefined;
  /** What else is in progress with it. */
  note: ReactNode;
  unsettled: UnsettledStep | undefined;
  onUnsettled: (id: string, step: UnsettledStep | undefined) => void;
  /** What was pressed to ask; focus goes back there. */
  opener: HTMLElement | null;
  rowElement: (id: string) => HTMLElement | null;
  /** The row that takes the place of this one. */
  rowAfter: (id: string) => string | undefined;
  /** The token's row is to show at once what the list now says. */
  onTouched: (id: string) => void;
  onClose: () => void;
  onView: (id: string) => void;
}

/** A token, and what revoking it would mean. */
interface Question {
  token: ListedToken;
  consequences: ReturnType<typeof consequencesFor>;
}

/** Joins the revoke dialog with the data it speaks of and with what follows. */
export function RevokeTokenFlow(props: RevokeTokenFlowProps) {
  const {
    kind,
    cluster,
    asked,
    opener,
    now,
    credentialId,
    onClose,
    onTouched,
    onView,
    rowElement,
    rowAfter,
  } = props;
  const words = removalWords[removalOf(kind, cluster)];
  const isInUse = asked.id === credentialId;
  // A session that was signed in with a token of the account ends with it; that of one cluster only asks for another.
  const endsSession = kind === "management" && isInUse;
  const revokeToken = useRevokeToken();
  const leaveSession = useLeaveSession();
  const notify = useNotify();
  /** The row that takes the place of this one, and whether it has. */
  const successor = useRef<string>(undefined);
  const isDone = useRef(false);

  const { list, listProblem, databases, databasesProblem } = props;
  // As the latest list has it, where it does.
  const row = list?.index.rowOf(asked.id);
  const latest = row === undefined ? asked : (list?.index.tokenAt(row) ?? asked);
  // While it is being revoked the question stands as it was asked: the list has the answer before the dialog closes.
  const [answered, setAnswered] = useState<Question>();
  // Of all tokens of the list: once for each question, not at each step that the dialog takes.
  const known = useMemo(
    () =>
      answered ?? {
        token: latest,
        consequences: consequencesFor(
          { kind, list, listProblem, databases, databasesProblem, now, credentialId },
          latest,
        ),
      },
    [answered, kind, list, listProblem, databases, databasesProblem, now, credentialId, latest],
  );
  const { token, consequences } = known;
  const lastActive = consequences.kind === "management" && consequences.consequences.lastActive;

  const onDone = (outcome: RevokeDone) => {
    isDone.current = true;
    onTouched(token.id);
    onClose();
    if (endsSession) {
      leaveSession();
      return;
    }
    notify({
      tone: "success",
      title: doneWords(outcome, words.done, visibleText(token.description, 80).trim() || token.id),
      // Where nothing is left of it there is nothing to see.
      ...(removalOf(kind, cluster) === "delete"
        ? {}
        : {
            action: {
              label: "View",
              alternative: "Show inactive tokens and search for its ID",
              onSelect: () => onView(token.id),
            },
          }),
    });
  };

  return (
    <RevokeDialog
      tokenName={tokenNameOf(kind, cluster)}
      words={words}
      token={token}
      status={drawStatus(token, { now, credentialId }, { tabIndex: -1, attended: true })}
      facts={tokenFacts(token, now)}
      details={<TokenDetails token={token} now={now} />}
      consequences={consequences}
      note={
        <>
          {isInUse && !endsSession && <InUseNotice done={words.done} />}
          {props.note}
        </>
      }
      refusal={props.refusal ?? (lastActive ? "It is the last active management token." : undefined)}
      onSuspendInstead={typeof props.suspend === "function" ? props.suspend : undefined}
      revoke={async ({ onChecking, checkOnly }) => {
        // Whatever comes of it, the row shows it at once.
        successor.current = rowAfter(token.id);
        onTouched(token.id);
        setAnswered(known);
        const outcome = await revokeToken({
          kind,
          ids: { accountId: cluster.accountId, clusterId: cluster.clusterId },
          tokenId: token.id,
          endsSession,
          onChecking,
          ...(checkOnly === undefined ? {} : { checkOnly }),
        });
        if (outcome.kind !== "done") setAnswered(undefined);
        // The row first: with a dialog that leaves, the browser styles the whole page again. Not where the session ends
        // with the token: what is asked with it meanwhile would be refused.
        else if (!endsSession) await painted();
        return outcome;
      }}
      onClose={onClose}
      onDone={onDone}
      unsettled={props.unsettled}
      onUnsettled={(step) => props.onUnsettled(token.id, step)}
      consenter={props.consenter}
      holdPage={holdPage}
      returnFocus={() => {
        // Asked in the token's sheet, which stays.
        if (opener?.isConnected === true && opener.closest("[role=dialog]") !== null) return opener;
        if (isDone.current && successor.current !== undefined) return rowElement(successor.current);
        return showsRow(opener, token.id) ? opener : rowElement(token.id);
      }}
    />
  );
}

function doneWords({ how }: RevokeDone, done: string, name: string): string {
  const Done = done.charAt(0).toUpperCase() + done.slice(1);
  switch (how) {
    case "confirmed":
      return `${Done} "${name}"`;
    case "verified":
      return `${Done} "${name}" (verified by reading it back)`;
    case "already_gone":
      return `"${name}" was ${done} already`;
  }
}
