import { useEffect, useRef, useState } from "react";
import {
  askingStep,
  stepAfter,
  stepAfterFault,
  type ChangeStep,
  type ChangeWords,
  type Failure,
  type UpdateOutcome,
} from "./change-flow.ts";
import { useCountdown } from "./use-countdown.ts";

/** Sends a change, or with `checkOnly` only looks again, and resolves with what is true. */
export type SendChange = (options: { onChecking: () => void; checkOnly?: Failure }) => Promise<UpdateOutcome>;

export type SettledOutcome = Exclude<UpdateOutcome, { kind: "not_saved" | "unknown" }>;

export interface Change {
  step: ChangeStep;
  running: boolean;
  /** Whole seconds until the server takes another attempt; 0 when it does. */
  secondsLeft: number;
  /** Begins an attempt, unless one runs: Enter twice, or a double click, is one. `onSettled`: nothing is open any more. */
  begin: (send: SendChange, onSettled: (outcome: SettledOutcome) => void) => void;
  /** Looks again what became of the last attempt. */
  checkAgain: () => void;
  /** Takes away what is said of the last attempt. */
  reset: () => void;
}

/** One attempt after the other to change a token. The page is held while the outcome of one would be lost. */
export function useChange(words: ChangeWords, holdPage: () => () => void): Change {
  const [step, setStep] = useState<ChangeStep>(askingStep);
  const sending = useRef(false);
  const last = useRef<{ send: SendChange; onSettled: (outcome: SettledOutcome) => void }>(undefined);
  const secondsLeft = useCountdown(step.step === "asking" ? step.wait : undefined);

  const settled = step.step === "asking";
  useEffect(() => (settled ? undefined : holdPage()), [settled, holdPage]);

  async function run(checkOnly?: Failure): Promise<void> {
    const attempt = last.current;
    if (sending.current || attempt === undefined) return;
    sending.current = true;
    const onChecking = () => setStep({ step: "checking" });
    let outcome: UpdateOutcome;
    try {
      const asked = attempt.send(checkOnly === undefined ? { onChecking } : { onChecking, checkOnly });
      setStep({ step: checkOnly === undefined ? "sending" : "checking" });
      outcome = await asked;
    } catch {
      // A fault of our own: nothing is known then, and nothing may stay locked.
      setStep(stepAfterFault(words));
      return;
    } finally {
      sending.current = false;
    }
    if (outcome.kind === "not_saved" || outcome.kind === "unknown") {
      setStep(stepAfter(outcome, words, Date.now()));
    } else {
      setStep(askingStep);
      attempt.onSettled(outcome);
    }
  }

  return {
    step,
    running: step.step === "sending" || step.step === "checking",
    secondsLeft,
    begin: (send, onSettled) => {
      if (sending.current) return;
      last.current = { send, onSettled };
      void run();
    },
    checkAgain: () => {
      if (step.step === "unknown") void run(step.failure);
    },
    // A pause that the server asked for stays one.
    reset: () =>
      setStep((present) => (present.step === "asking" ? { ...present, problem: undefined } : askingStep)),
  };
}
