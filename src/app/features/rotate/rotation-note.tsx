import type { Rotation } from "#contract/rotation.ts";
import { UserText } from "#app/ui/user-text.tsx";
import styles from "./rotate.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

type NotedRotation = Pick<Rotation, "state" | "oldTokenId" | "newTokenId" | "oldDescription">;

/** What a token is in a rotation in progress, as far as it bears on revoking it. */
export type RotationPart =
  /** It replaces another one, of this description. */
  | { part: "replacement"; of: string }
  /** It is being replaced, and nobody said that the replacement's secret is stored. */
  | { part: "replaced_early" }
  /** It is being replaced, and clients may have been changed over. */
  | { part: "replaced" };

/** A token may replace another one and be replaced itself: what it is needed for comes first. */
export function rotationPart(rotations: readonly NotedRotation[], tokenId: string): RotationPart | undefined {
  const replaces = rotations.find(({ newTokenId }) => newTokenId === tokenId);
  if (replaces !== undefined) return { part: "replacement", of: replaces.oldDescription };
  const replaced = rotations.find(({ oldTokenId }) => oldTokenId === tokenId);
  if (replaced === undefined) return undefined;
  return { part: replaced.state === "overlap" ? "replaced" : "replaced_early" };
}

/** Stands where a token is about to be revoked. */
export function RotationNote({ part }: { part: RotationPart }) {
  const say = useSay();
  return (
    <p className={styles.note}>
      <strong>Rotation in progress. </strong>
      {part.part === "replacement" && (
        <>
          This is the replacement of{" "}
          <UserText text={part.of} empty="a token without description" limit={120} />: clients that were
          changed over use it.
        </>
      )}
      {part.part === "replaced_early" &&
        "Nobody has said that the secret of its replacement is stored: clients still need this one."}
      {part.part === "replaced" && say("Its replacement is stored. Revoking this one is the last step.")}
    </p>
  );
}
