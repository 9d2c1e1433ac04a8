import { useEffect, useEffectEvent, useRef, useState, type ReactNode, type RefObject } from "react";
import { Button } from "#app/ui/button.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { CopyButton } from "#app/ui/copy-button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Icon } from "#app/ui/icon.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { RequestId } from "#app/ui/request-id.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { ConsequenceList, type Consequences } from "./consequence-list.tsx";
import {
  askingStep,
  consentLapsed,
  stepAfter,
  type RevokeDone,
  type RevokeOutcome,
  type RevokeProblem,
  type RevokeStep,
  type UnsettledStep,
  type Wait,
} from "./revoke-flow.ts";
import type { RemovalWords } from "./removal-words.ts";
import styles from "./revoke-dialog.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface RevokeDialogProps {
  /** What it is, as a title says it: "Database Token". */
  tokenName: string;
  words: RemovalWords;
  token: { id: string; description: string; revokedAt?: string | undefined };
  status: ReactNode;
  /** Label and value, in order: created, expires, and so on. */
  facts: readonly { label: string; value: ReactNode }[];
  /** What *See more details* opens. */
  details: ReactNode;
  consequences: Consequences;
  /** What else is in progress with it. */
  note?: ReactNode;
  /** Why it may not be revoked at all. */
  refusal: string | undefined;
  /** Sends, or with `checkOnly` only looks again, and resolves with what is true. */
  revoke: (options: { onChecking: () => void; checkOnly?: RevokeFailure }) => Promise<RevokeOutcome>;
  /** The administrator left without revoking. */
  onClose: () => void;
  onDone: (outcome: RevokeDone) => void;
  returnFocus: () => HTMLElement | null;
  /** How an earlier attempt on this token ended, when that is not known. */
  unsettled: UnsettledStep | undefined;
  onUnsettled: (step: UnsettledStep | undefined) => void;
  /** Who reads this. A tick counts for them alone: another person, or another session, is asked again. */
  consenter: string;
  /** Opens the rehearsal that can be taken back, where there is one. */
  onSuspendInstead?: (() => void) | undefined;
  /** Keeps the page from being left while an outcome would be lost; gives what ends that. */
  holdPage: () => () => void;
}

type RevokeFailure = UnsettledStep["failure"];

/**
 * Asks for the risk to be understood, revokes once, and stays until it is known what happened. It is mounted for one
 * token and one question; the token is addressed by its id alone, whatever the table does meanwhile.
 */
export function RevokeDialog(props: RevokeDialogProps) {
  const {
    tokenName,
    words,
    token,
    status,
    facts,
    details,
    consequences,
    refusal,
    revoke,
    onClose,
    onDone,
    returnFocus,
  } = props;
  const { unsettled, onUnsettled, consenter, holdPage } = props;
  const say = useSay();
  const [step, setStep] = useState<RevokeStep>(unsettled ?? askingStep);
  const [consent, setConsent] = useState<string>();
  const understood = consent === consenter;
  const sending = useRef(false);
  const cancel = useRef<HTMLButtonElement>(null);
  const secondsLeft = useCountdown(step.step === "asking" ? step.wait : undefined);
  const running = step.step === "revoking" || step.step === "checking";

  // What an attempt could not find out, a later list may show.
  const shownRevokedAt = step.step === "unknown" ? token.revokedAt : undefined;
  const finish = useEffectEvent(onDone);
  const forget = useEffectEvent(onUnsettled);
  useEffect(() => {
    if (shownRevokedAt === undefined) return;
    forget(undefined);
    finish({ kind: "done", how: "verified", revokedAt: Date.parse(shownRevokedAt) });
  }, [shownRevokedAt]);

  const settled = step.step === "asking";
  useEffect(() => (settled ? undefined : holdPage()), [settled, holdPage]);

  async function attempt(checkOnly?: RevokeFailure): Promise<void> {
    // Enter twice, or a double click: the first one counts.
    if (sending.current) return;
    sending.current = true;
    const onChecking = () => setStep({ step: "checking" });
    const asked = revoke(checkOnly === undefined ? { onChecking } : { onChecking, checkOnly });
    setStep({ step: checkOnly === undefined ? "revoking" : "checking" });
    const outcome = await asked;
    sending.current = false;
    if (outcome.kind === "done") {
      onUnsettled(undefined);
      onDone(outcome);
      return;
    }
    if (consentLapsed(outcome)) setConsent(undefined);
    const next = stepAfter(outcome, Date.now(), words.done);
    onUnsettled(next.step === "unknown" ? next : undefined);
    setStep(next);
  }

  return (
    <Dialog
      open
      tone="danger"
      title={`${words.verb} ${tokenName}`}
      closable={!running}
      onClose={onClose}
      initialFocus={cancel}
      returnFocus={returnFocus}
      footer={
        <Buttons
          step={step}
          words={words}
          cancelRef={cancel}
          mayRevoke={understood && refusal === undefined}
          secondsLeft={secondsLeft}
          onCancel={onClose}
          onRevoke={() => void attempt()}
          onCheckAgain={(failure) => void attempt(failure)}
        />
      }
    >
      <p className={styles.warning}>
        <Icon name="triangle-alert" />
        You are about to {words.verb.toLowerCase()} a token
      </p>
      <dl className={styles.facts}>
        <Fact label="Description">
          <UserText text={token.description} empty="No description" flow="wrap" limit={1000} />
        </Fact>
        <Fact label="Token ID">
          <span className={styles.withCopy}>
            <span className={styles.id}>{visibleText(token.id)}</span>
            <CopyButton value={token.id} label="Copy token ID" />
          </span>
        </Fact>
        <Fact label="Status">{status}</Fact>
        {facts.map(({ label, value }) => (
          <Fact key={label} label={label}>
            {value}
          </Fact>
        ))}
      </dl>
      <details className={styles.more}>
        <summary>See more details</summary>
        {details}
      </details>
      {props.note}
      <ConsequenceList of={consequences} />
      {props.onSuspendInstead !== undefined && step.step === "asking" && (
        <p className={styles.rehearsal}>
          <span>
            {say("Not sure? Suspend it first: it may then do nothing, and that can be taken back.")}
          </span>
          <Button size="small" onClick={props.onSuspendInstead}>
            {say("Suspend Instead")}
          </Button>
        </p>
      )}
      <p className={styles.final}>
        Immediate, and cannot be undone. Clients that use this token need a new one.
      </p>
      <Checkbox
        label="I understand the risk of this action"
        checked={understood}
        disabled={running || step.step === "unknown" || refusal !== undefined}
        onChange={(ticked) => setConsent(ticked ? consenter : undefined)}
      />
      <div aria-live="assertive" className={styles.outcome}>
        {step.step === "checking" && (
          <Notice
            tone="info"
            title="No clear answer came. Reading the token to see what is true, for some seconds…"
          />
        )}
        {step.step === "asking" && step.problem !== undefined && (
          <ProblemNotice tone="red" problem={step.problem} />
        )}
        {step.step === "unknown" && <ProblemNotice tone="amber" problem={step.problem} />}
      </div>
    </Dialog>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

interface ButtonsProps {
  step: RevokeStep;
  words: RemovalWords;
  cancelRef: RefObject<HTMLButtonElement | null>;
  mayRevoke: boolean;
  secondsLeft: number;
  onCancel: () => void;
  onRevoke: () => void;
  onCheckAgain: (failure: RevokeFailure) => void;
}

function Buttons({
  step,
  words,
  cancelRef,
  mayRevoke,
  secondsLeft,
  onCancel,
  onRevoke,
  onCheckAgain,
}: ButtonsProps) {
  switch (step.step) {
    case "asking":
      return (
        <>
          <Button ref={cancelRef} onClick={onCancel}>
            Cancel
          </Button>
          <Button
            variant="danger"
            disabled={!mayRevoke}
            disabledReason={secondsLeft > 0 ? "The server asked for a pause." : undefined}
            onClick={onRevoke}
          >
            {secondsLeft > 0 ? `${words.verb} Token in ${secondsLeft} s` : `${words.verb} Token`}
          </Button>
        </>
      );
    case "revoking":
    case "checking":
      return (
        <>
          <Button ref={cancelRef} disabled>
            Cancel
          </Button>
          <Button variant="danger" busy>
            {step.step === "revoking" ? words.doing : "Checking…"}
          </Button>
        </>
      );
    case "unknown":
      return (
        <>
          <Button ref={cancelRef} onClick={onCancel}>
            Close
          </Button>
          <Button variant="primary" onClick={() => onCheckAgain(step.failure)}>
            Check again
          </Button>
        </>
      );
  }
}

interface ProblemNoticeProps {
  tone: "red" | "amber";
  problem: RevokeProblem;
}

function ProblemNotice({ tone, problem }: ProblemNoticeProps) {
  return (
    <div ref={showWhole}>
      <Notice tone={tone} title={problem.title}>
        <UserText text={problem.detail} flow="wrap" limit={2000} />
        <RequestId id={problem.requestId} />
      </Notice>
    </div>
  );
}

/** On a small screen the outcome stands below what is in sight. */
function showWhole(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

/** Whole seconds that are left of a wait; 0 without one. */
function useCountdown(wait: Wait | undefined): number {
  const [now, setNow] = useState(0);
  useEffect(() => {
    if (wait === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 250);
    return () => clearInterval(timer);
  }, [wait]);
  if (wait === undefined) return 0;
  return Math.max(0, Math.ceil((wait.until - Math.max(now, wait.from)) / 1000));
}
