import { tokenNameOf } from "./token-name.ts";
import {
  useRotationStep,
  type RotationProblem,
  type Started,
} from "#app/features/rotate/rotation-queries.ts";
import { useTokenArrived } from "#app/features/tokens/token-arrival.ts";
import { useSay } from "#app/ui/vocabulary.ts";
import { showSecret } from "./show-secret.tsx";
import type { FlowContext } from "./token-flow.ts";

export interface ShownRotation {
  started: Started;
  /** False: its expiry is another one than was asked for. */
  expiresAsAsked: boolean;
  /** The page was left meanwhile. */
  again: boolean;
  returnFocus: () => HTMLElement | null;
}

export type StoredAnswer =
  /** The secret is stored. `problem`: that could not be recorded, so it has to be said again. */
  | { answer: "stored"; problem: RotationProblem | undefined }
  /** It is not as it was asked for, and is not to be used. */
  | { answer: "revoke" };

/**
 * Gives what shows the secret of a replacement until somebody says that it is stored, and records that. It goes on
 * whatever happens to the page.
 */
export function useRotationSecret({
  kind,
  cluster,
  onTouched,
}: Pick<FlowContext, "kind" | "cluster" | "onTouched">): (shown: ShownRotation) => Promise<StoredAnswer> {
  const takeStep = useRotationStep();
  const arrived = useTokenArrived();
  const say = useSay();
  return async ({ started: { rotation, created }, expiresAsAsked, again, returnFocus }) => {
    const { token, secret } = created;
    // Not awaited: nothing comes before the secret.
    void arrived(kind, cluster, token);
    onTouched(token.id);
    const { answer } = await showSecret({
      what: tokenNameOf(kind, cluster),
      description: token.description,
      tokenId: token.id,
      secret,
      say,
      expiresAt: token.expiresAt,
      warning: expiresAsAsked ? undefined : "It does not expire as you asked.",
      again,
      // The step below has the gateway's copy erased, and records that it is stored.
      acknowledge: () => Promise.resolve(),
      returnFocus,
    });
    if (answer === "revoke") return { answer };
    return { answer, problem: await takeStep(cluster, rotation, "acknowledged") };
  };
}
