import { Notice } from "#app/ui/notice.tsx";

/** Before the token is taken away that the session shows to the cluster. `done`: "deleted". */
export function InUseNotice({ done }: { done: string }) {
  return (
    <Notice tone="amber" title="You use this cluster with this token.">
      {`Once it is ${done}, the cluster refuses you until you give it another one, with Use Another Token.`}
    </Notice>
  );
}
