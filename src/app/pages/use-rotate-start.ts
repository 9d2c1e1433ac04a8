import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useStartRotation, type StartOutcome } from "#app/features/rotate/rotation-queries.ts";
import {
  editingStep,
  stepAfter,
  wantedToken,
  type CreateStep,
  type WantedToken,
} from "#app/features/token-form/create-flow.ts";
import { INITIAL_EXPIRY, NO_EXPIRY, localZone } from "#app/features/token-form/expiry.ts";
import type { RotateFormValue } from "#app/features/token-form/rotate-form.tsx";
import { useCountdown } from "#app/features/token-form/use-countdown.ts";
import { tokensQuery } from "#app/features/tokens/token-queries.ts";
import { actorIdentity } from "./actor-identity.ts";
import { useCluster } from "./cluster-context.ts";
import type { FlowContext } from "./token-flow.ts";

interface Attempt {
  operationKey: string;
  /** Who made it: nobody else can ask what became of it. */
  actor: string;
  tokenId: string;
  wanted: WantedToken;
}

type Unknown = Extract<CreateStep, { step: "unknown" }>;

/** What settles an attempt for good; whatever else comes of it stands in the form. */
export type StartSettled = Extract<StartOutcome, { kind: "started" | "secret_lost" }>;

/** The form that begins a rotation, and one attempt after the other. */
export function useRotateStart(
  { kind, cluster, now }: Pick<FlowContext, "kind" | "cluster" | "now">,
  description: string,
) {
  const client = useQueryClient();
  const start = useStartRotation();
  const actor = actorIdentity(useCluster().actor);
  const [initial] = useState<RotateFormValue>(() => ({
    description,
    expiry: kind === "management" || cluster.capabilities.setExpiry.allowed ? INITIAL_EXPIRY : NO_EXPIRY,
  }));
  const [value, setValue] = useState(initial);
  const [step, setStep] = useState<CreateStep>(editingStep);
  const [sent, setSent] = useState(false);
  const [attempts, setAttempts] = useState(0);
  const [last, setLast] = useState<Attempt>();
  const secondsLeft = useCountdown(step.step === "editing" ? step.wait : undefined);

  const settle = async (attempt: Attempt, checkOnly?: Unknown): Promise<StartSettled | undefined> => {
    setLast(attempt);
    setStep({ step: checkOnly === undefined ? "creating" : "checking" });
    const { operationKey, tokenId, wanted } = attempt;
    const outcome = await start({
      cluster,
      wanted: {
        kind,
        tokenId,
        description: wanted.description,
        ...(wanted.expiresAt === undefined ? {} : { expiresAt: wanted.expiresAt }),
      },
      operationKey,
      actor: attempt.actor,
      identityOf: actorIdentity,
      onChecking: () => setStep({ step: "checking" }),
      ...(checkOnly === undefined ? {} : { checkOnly: checkOnly.failure }),
    });
    if (outcome.kind === "secret_lost") {
      // What may be the replacement stands in a list that is younger than it.
      void client.invalidateQueries({ queryKey: tokensQuery(kind, cluster).queryKey });
    }
    if (outcome.kind === "started" || outcome.kind === "secret_lost") {
      setStep(editingStep);
      return outcome;
    }
    setStep(inOurWords(stepAfter(outcome, Date.now()), outcome));
    setAttempts((count) => count + 1);
    return undefined;
  };

  return {
    value,
    step,
    sent,
    attempts,
    secondsLeft,
    isChanged: value !== initial,
    change: (changes: Partial<RotateFormValue>) => {
      setValue({ ...value, ...changes });
      if (step.step !== "editing") return;
      // What the server said of a field was about what stood there. A pause that it asked for stays one.
      const { problem } = step;
      const field = problem?.field === "expiresAt" ? "expiry" : problem?.field;
      if (field !== undefined && field in changes) setStep({ ...step, problem: undefined });
    },
    /** What the form asks for; undefined while something in it is wrong, or the server asked for a pause. */
    read: (): WantedToken | undefined => {
      if (step.step !== "editing" || secondsLeft > 0) return undefined;
      setSent(true);
      const wanted = wantedToken("management", { ...value, permissions: [] }, { now, zone: localZone() });
      if (wanted === undefined) setAttempts(attempts + 1);
      return wanted;
    },
    /** Asks for a replacement, once. Resolves with undefined where the form stays. */
    begin: (tokenId: string, wanted: WantedToken) =>
      settle({ operationKey: crypto.randomUUID(), actor, tokenId, wanted }),
    /** Asks what became of the last attempt. */
    checkAgain: async () => (step.step === "unknown" && last !== undefined ? settle(last, step) : undefined),
  };
}

/** The steps of a creation, said of a replacement. */
function inOurWords(
  step: CreateStep,
  outcome: Extract<StartOutcome, { kind: "not_created" | "unknown" }>,
): CreateStep {
  switch (step.step) {
    case "editing":
      return step.problem === undefined
        ? step
        : { ...step, problem: { ...step.problem, title: "The replacement was not created." } };
    case "unknown":
      return {
        ...step,
        problem: {
          ...step.problem,
          title: "It is not known whether the replacement was created.",
          ...(outcome.kind === "unknown" && outcome.byAnother
            ? {
                detail:
                  "It was asked for under another sign-in, and only that one is told what became of it.",
              }
            : {}),
        },
      };
    case "creating":
    case "checking":
      return step;
  }
}
