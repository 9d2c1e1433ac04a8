import { useMemo, useRef, useState } from "react";
import type { Cluster } from "#contract/cluster.ts";
import type { Token } from "#contract/token.ts";
import { databaseConsequences, managementConsequences } from "#app/features/revoke/consequences.ts";
import { RevokeDialog } from "#app/features/revoke/revoke-dialog.tsx";
import type { RevokeDone, UnsettledStep } from "#app/features/revoke/revoke-flow.ts";
import { holdPage } from "#app/features/session/page-hold.ts";
import { useLeaveSession } from "#app/features/session/session-queries.ts";
import type { ListProblem } from "#app/features/tokens/list-problem.ts";
import { clockText } from "#app/features/tokens/time-text.ts";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { useRevokeToken } from "#app/features/tokens/token-mutations.ts";
import { useNotify } from "#app/layout/notify.ts";
import { showsRow } from "#app/table/row-element.ts";
import { painted } from "#app/ui/painted.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { tokenFacts, TokenDetails } from "./token-facts.tsx";

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
  // Of all tokens of the list: once for each question, not at each step that the dialog takes.
  const known = useMemo(
    () => ({
      token: latest,
      consequences: consequencesFor(
        { kind, list, listProblem, databases, databasesProblem, now, credentialId },
        latest,
      ),
    }),
    [kind, list, listProblem, databases, databasesProblem, now, credentialId, latest],
  );
  // While it is being revoked the question stands as it was asked: the list has the answer before the dialog closes.
  const [answered, setAnswered] = useState<typeof known>();
  const { token, consequences } = answered ?? known;
  const lastActive = consequences.kind === "management" && consequences.consequences.lastActive;

  const onDone = (outcome: RevokeDone) => {
    isDone.current = true;
    onTouched(token.id);
    onClose();
    if (token.id === credentialId) {
      leaveSession();
      return;
    }
    notify({
      tone: "success",
      title: doneWords(outcome, visibleText(token.description, 80).trim() || token.id),
      action: {
        label: "View",
        alternative: "Show inactive tokens and search for its ID",
        onSelect: () => onView(token.id),
      },
    });
  };

  return (
    <RevokeDialog
      title={kind === "database" ? "Revoke Database Token" : "Revoke Management Token"}
      token={token}
      status={drawStatus(token, { now, credentialId }, { tabIndex: -1, attended: true })}
      facts={tokenFacts(token, now)}
      details={<TokenDetails token={token} now={now} />}
      consequences={consequences}
      refusal={props.refusal ?? (lastActive ? "It is the last active management token." : undefined)}
      revoke={async ({ onChecking, checkOnly }) => {
        // Whatever comes of it, the row shows it at once.
        successor.current = rowAfter(token.id);
        onTouched(token.id);
        setAnswered(known);
        const outcome = await revokeToken({
          kind,
          ids: { accountId: cluster.accountId, clusterId: cluster.clusterId },
          tokenId: token.id,
          onChecking,
          ...(checkOnly === undefined ? {} : { checkOnly }),
        });
        if (outcome.kind !== "done") setAnswered(undefined);
        // The row first: with a dialog that leaves, the browser styles the whole page again. Not where the session ends
        // with the token: what is asked with it meanwhile would be refused.
        else if (token.id !== credentialId) await painted();
        return outcome;
      }}
      onClose={onClose}
      onDone={onDone}
      unsettled={props.unsettled}
      onUnsettled={(step) => props.onUnsettled(token.id, step)}
      consenter={props.consenter}
      holdPage={holdPage}
      returnFocus={() => {
        if (isDone.current && successor.current !== undefined) return rowElement(successor.current);
        return showsRow(opener, token.id) ? opener : rowElement(token.id);
      }}
    />
  );
}

function doneWords({ how }: RevokeDone, name: string): string {
  switch (how) {
    case "confirmed":
      return `Revoked "${name}"`;
    case "verified":
      return `Revoked "${name}" (verified by reading it back)`;
    case "already_gone":
      return `"${name}" was revoked already`;
  }
}

function isDatabaseToken(token: ListedToken): token is Token {
  return token.permissions !== undefined;
}

type Known = Pick<
  RevokeTokenFlowProps,
  "kind" | "list" | "listProblem" | "databases" | "databasesProblem" | "now" | "credentialId"
>;

function consequencesFor(known: Known, token: ListedToken) {
  const { kind, list, listProblem, databases, databasesProblem, now, credentialId } = known;
  const unsure = (reason: string) => ({ kind: "unsure", reason }) as const;
  if (list === undefined || !list.complete) {
    return unsure(
      listProblem === undefined
        ? "The list is still being read, so what depends on this token is not known yet."
        : `The list could not be read to its end, so what depends on this token is not known. ${listProblem.reason}`,
    );
  }
  if (list.unreadable.length > 0) {
    return unsure("Some tokens could not be read, so what depends on this one is not known.");
  }
  if (listProblem !== undefined) {
    const age = `The list is of ${clockText(list.receivedAt)} and could not be read again`;
    return unsure(`${age}, so what depends on this token now is not known.`);
  }
  if (kind === "management") {
    return {
      kind: "management",
      consequences: managementConsequences(token, list.index, credentialId, now),
    } as const;
  }
  if (databases === undefined) {
    return unsure(
      databasesProblem === undefined
        ? "The databases of this cluster are being read; what depends on this token is not known yet."
        : `The databases of this cluster could not be read, so what depends on this token is not known. ${databasesProblem.reason}`,
    );
  }
  if (!isDatabaseToken(token))
    throw new Error("A database token without permissions reached the revoke dialog.");
  return { kind: "database", consequences: databaseConsequences(token, list.index, databases, now) } as const;
}
