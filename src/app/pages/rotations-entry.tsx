import { useEffect, useEffectEvent } from "react";
import type { Rotation } from "#contract/rotation.ts";
import { RotationNote, rotationPart } from "#app/features/rotate/rotation-note.tsx";
import {
  useRotations,
  useRotationStep,
  type RotatingCluster,
} from "#app/features/rotate/rotation-queries.ts";
import { secretAgain, wasLeftBehind } from "#app/features/rotate/secret-again.ts";
import { RotationsButton } from "#app/features/rotate/rotations-button.tsx";
import { useNotify } from "#app/layout/notify.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { actorIdentity } from "./actor-identity.ts";
import { useCluster } from "./cluster-context.ts";
import { knownRotation } from "./rotation-tokens.ts";
import type { FlowContext, TokenFlow } from "./token-flow.ts";
import { useRotationSecret } from "./use-rotation-secret.ts";

export interface RotationsEntryProps {
  context: FlowContext;
  openFlow: (asked: TokenFlow, opener: HTMLElement | null) => void;
}

/**
 * Rotations that this page has asked to be finished. What was refused once is for a person to ask for again: nothing is
 * sent over and over by a page that nobody looks at.
 */
const triedToFinish = new Set<string>();

/**
 * Leads to the rotations in progress, and looks after them: one whose old token is revoked is finished, and a secret that
 * the page was left with is shown again.
 */
export function RotationsEntry({ context, openFlow }: RotationsEntryProps) {
  const { kind, cluster } = context;
  const { rotations } = useRotations(cluster);
  const actor = actorIdentity(useCluster().actor);
  const takeStep = useRotationStep();
  const present = useRotationSecret(context);
  const notify = useNotify();
  const mine = rotations?.filter((rotation) => rotation.kind === kind) ?? [];

  const ending = mine
    .filter((rotation) => knownRotation(rotation, context).place === "ending")
    .map(({ id }) => id)
    .join(" ");
  const finish = useEffectEvent((ids: readonly string[]) => {
    for (const rotation of mine) {
      if (!ids.includes(rotation.id) || triedToFinish.has(rotation.id)) continue;
      triedToFinish.add(rotation.id);
      void takeStep(cluster, rotation, "finished", "background").then((problem) => {
        if (problem !== undefined) return;
        const name = visibleText(rotation.oldDescription, 80).trim() || rotation.oldTokenId;
        notify({ tone: "success", title: `Rotated "${name}": the replacement is the one in use` });
      });
    }
  });
  useEffect(() => {
    if (ending !== "") finish(ending.split(" "));
  }, [ending]);

  const showLeftBehind = useEffectEvent(async (all: readonly Rotation[], whoAsks: string) => {
    for (const rotation of all) {
      if (rotation.kind !== kind || rotation.state !== "created") continue;
      if (!(await wasLeftBehind(cluster.slug, rotation, whoAsks))) continue;
      // Where it cannot be asked for now, the rotation's dialog offers to ask again.
      const found = await secretAgain(cluster.slug, rotation, whoAsks).catch(() => undefined);
      if (found?.kind !== "secret") continue;
      const { started, expiresAsAsked } = found;
      const { answer } = await present({ started, expiresAsAsked, again: true, returnFocus: () => null });
      const abandon = answer === "revoke" ? { abandon: true } : {};
      openFlow({ flow: "continue_rotation", rotationId: rotation.id, ...abandon }, null);
    }
  });
  useEffect(() => {
    if (rotations !== undefined) void showLeftBehind(rotations, actor);
    // Whoever signs in may be who asked for it.
  }, [rotations, actor]);

  return <RotationsButton count={mine.length} onOpen={(button) => openFlow({ flow: "rotations" }, button)} />;
}

/** What the token has to do with a rotation in progress, for whoever is about to revoke it. */
export function RevokeNote({ cluster, tokenId }: { cluster: RotatingCluster; tokenId: string }) {
  const part = rotationPart(useRotations(cluster).rotations ?? [], tokenId);
  return part === undefined ? null : <RotationNote part={part} />;
}
