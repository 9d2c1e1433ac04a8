import { toMillis } from "#contract/instant.ts";
import { useRotations } from "#app/features/rotate/rotation-queries.ts";
import { RotationsDialog } from "#app/features/rotate/rotations-dialog.tsx";
import { exactText, relativeText } from "#app/features/tokens/time-text.ts";
import { knownRotation } from "./rotation-tokens.ts";
import type { FlowContext } from "./token-flow.ts";

/** The rotations in progress of the kind of token that the page is about. */
export function RotationsFlow({ context }: { context: FlowContext }) {
  const { kind, cluster, now, openFlow, closeFlow, returnFocus } = context;
  const { rotations = [] } = useRotations(cluster);
  return (
    <RotationsDialog
      entries={rotations
        .filter((rotation) => rotation.kind === kind)
        .map((rotation) => ({
          id: rotation.id,
          place: knownRotation(rotation, context).place,
          oldDescription: rotation.oldDescription,
          newDescription: rotation.newDescription,
          oldId: rotation.oldTokenId,
          newId: rotation.newTokenId,
          startedBy: rotation.startedBy,
          started: (
            <time dateTime={rotation.startedAt} title={exactText(rotation.startedAt)}>
              {relativeText(toMillis(rotation.startedAt), now)}
            </time>
          ),
        }))}
      onContinue={(rotationId) => openFlow({ flow: "continue_rotation", rotationId })}
      onAbandon={(rotationId) => openFlow({ flow: "continue_rotation", rotationId, abandon: true })}
      onClose={closeFlow}
      returnFocus={returnFocus}
    />
  );
}
