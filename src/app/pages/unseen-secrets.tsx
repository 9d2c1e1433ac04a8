import { useEffect, useEffectEvent, useRef, useState } from "react";
import {
  forgetPending,
  releasePending,
  takeLeftBehind,
  type PendingCreation,
} from "#app/features/secret/pending-secrets.ts";
import {
  lostSecret,
  unknownAfter,
  unknownDetail,
  type LostSecret,
} from "#app/features/token-form/create-flow.ts";
import { useCreateToken, type CreateOutcome } from "#app/features/tokens/token-creation.ts";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { isForgotten } from "./creation-attempt.ts";
import { LostSecretFlow } from "./lost-secret-flow.tsx";
import { useOpenPage } from "./open-page.ts";
import type { FlowContext } from "./token-flow.ts";
import { useWhoMustAsk } from "./use-asker.ts";
import { useSecretShown } from "./use-secret-shown.ts";

interface Unknown {
  finding: "unknown";
  pending: PendingCreation;
  /** Why it is not known; undefined while it is being asked. */
  outcome: Extract<CreateOutcome, { kind: "unknown" }> | "forgotten" | undefined;
  /** Somebody waits for it: it is said that it is being asked. */
  awaited: boolean;
}

type Finding = { finding: "lost"; lost: LostSecret; pending: PendingCreation } | Unknown;

/** Of an earlier page of this tab, or a form that was closed, nothing is known but that it did not end well. */
const LEFT = { kind: "network" } as const;

export interface UnseenSecretsProps {
  context: FlowContext;
  /** The form of a new token is open: nothing is to be created twice for want of asking. */
  creating: boolean;
}

/**
 * Finds out what became of creations that were left behind: under way, or their secret shown, when the page was loaded
 * again, or not known when their form was closed. Shows the secret once more, names a token without one, or says nothing
 * where nothing was made.
 */
export function UnseenSecrets({ context, creating }: UnseenSecretsProps) {
  const createToken = useCreateToken();
  const whoMustAsk = useWhoMustAsk();
  const showCreated = useSecretShown(context);
  const [findings, setFindings] = useState<readonly Finding[]>([]);
  useOpenPage(context);
  /** What this page looks after until somebody has been told. */
  const mine = useRef(new Set<string>());

  const put = (pending: PendingCreation, finding?: Finding) =>
    setFindings((all) => {
      const others = all.filter((other) => other.pending !== pending);
      return finding === undefined ? others : [...others, finding];
    });
  const ask = async (pending: PendingCreation): Promise<CreateOutcome> => {
    const { kind, accountId, clusterId, wanted, operationKey, sentAt } = pending;
    try {
      return await createToken({
        kind,
        ids: { accountId, clusterId },
        wanted: withoutGaps(wanted),
        operationKey,
        sentAt,
        isKnown: () => false,
        whoMustAsk: (read) => whoMustAsk(pending, read),
        onChecking: () => {},
        checkOnly: LEFT,
      });
    } catch (error) {
      return unknownAfter(error, LEFT);
    }
  };
  const settle = async (pending: PendingCreation): Promise<void> => {
    const { wanted, operationKey } = pending;
    if (isForgotten(pending, context.now)) {
      put(pending, { finding: "unknown", outcome: "forgotten", awaited: true, pending });
      return;
    }
    const outcome = await ask(pending);
    // Given back meanwhile: whoever looks after it now asks as well.
    if (!mine.current.has(operationKey)) return;
    switch (outcome.kind) {
      case "created":
        mine.current.delete(operationKey);
        put(pending);
        showCreated({ created: outcome.created, pending, again: true });
        return;
      case "not_created":
        mine.current.delete(operationKey);
        put(pending);
        forgetPending(operationKey);
        return;
      case "unknown":
        put(pending, { finding: "unknown", outcome, awaited: true, pending });
        return;
      case "created_secret_lost":
      case "candidates": {
        const lost = lostSecret(outcome, wanted.description);
        if (lost !== undefined) put(pending, { finding: "lost", lost, pending });
      }
    }
  };
  const settleAll = useEffectEvent((left: readonly PendingCreation[]) => {
    for (const pending of left) {
      put(pending, { finding: "unknown", outcome: undefined, awaited: false, pending });
      void settle(pending);
    }
  });
  const take = useEffectEvent(() => {
    const held = mine.current;
    let gone = false;
    // Without the parsers nothing can be read; they are asked for again with the next page.
    takeLeftBehind().then(
      (left) => {
        const keys = left.map(({ operationKey }) => operationKey);
        if (gone) {
          releasePending(keys);
          return;
        }
        for (const key of keys) held.add(key);
        settleAll(left);
      },
      () => undefined,
    );
    return () => {
      gone = true;
    };
  });
  useEffect(() => take(), []);
  useEffect(() => (creating ? take() : undefined), [creating]);
  useEffect(() => {
    const held = mine.current;
    return () => {
      releasePending(held);
      held.clear();
    };
  }, []);

  // Over the form it is said at once, so that nobody creates it again meanwhile.
  const first = findings.find(
    (finding) => finding.finding === "lost" || finding.outcome !== undefined || finding.awaited || creating,
  );
  if (first === undefined) return null;
  const { pending } = first;
  const done = () => {
    mine.current.delete(pending.operationKey);
    put(pending);
  };
  switch (first.finding) {
    case "lost":
      return (
        <LostSecretFlow
          lost={first.lost}
          context={context}
          onClose={() => {
            done();
            forgetPending(pending.operationKey);
          }}
        />
      );
    case "unknown":
      return (
        <UnknownDialog
          finding={first}
          onCheck={() => {
            setFindings((all) =>
              all.map((other) => (other === first ? { ...first, outcome: undefined, awaited: true } : other)),
            );
            void settle(pending);
          }}
          onClose={() => {
            done();
            // Asked again with the next form or page, as long as the gateway remembers.
            if (first.outcome === "forgotten") forgetPending(pending.operationKey);
            else releasePending([pending.operationKey]);
          }}
        />
      );
  }
}

interface UnknownDialogProps {
  finding: Unknown;
  onCheck: () => void;
  onClose: () => void;
}

function UnknownDialog({ finding: { outcome, pending }, onCheck, onClose }: UnknownDialogProps) {
  const checking = outcome === undefined;
  // What somebody else typed is not for whoever came after them.
  const ofAnother = typeof outcome === "object" && outcome.startedBy !== undefined;
  return (
    <Dialog
      open
      title="It is not known whether a token was created"
      closable={!checking}
      onClose={onClose}
      footer={
        <>
          <Button disabled={checking} onClick={onClose}>
            Close
          </Button>
          {outcome !== "forgotten" && (
            <Button variant="primary" busy={checking} onClick={onCheck}>
              {checking ? "Checking…" : "Check again"}
            </Button>
          )}
        </>
      }
    >
      <p>
        An attempt to create one was left before its end was known.
        {!ofAnother && (
          <>
            {" It was to be called "}
            <UserText text={pending.wanted.description} flow="wrap" limit={400} />.
          </>
        )}
      </p>
      <div aria-live="polite">
        {checking ? (
          <Notice tone="info" title="Asking the gateway what is true, for some seconds…" />
        ) : (
          <Notice tone="amber">
            <UserText
              text={outcome === "forgotten" ? FORGOTTEN : unknownDetail(outcome)}
              flow="wrap"
              limit={2000}
            />
          </Notice>
        )}
      </div>
    </Dialog>
  );
}

const FORGOTTEN =
  "That was about a day ago, and the gateway does not remember attempts for longer. Look for the token in the list before you create it again.";

function withoutGaps({ description, permissions, expiresAt }: PendingCreation["wanted"]) {
  return {
    description,
    ...(permissions === undefined ? {} : { permissions }),
    ...(expiresAt === undefined ? {} : { expiresAt }),
  };
}
