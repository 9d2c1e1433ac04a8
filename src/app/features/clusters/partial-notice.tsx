import type { Cluster } from "#contract/cluster.ts";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { useClusterState } from "./cluster-access.ts";

/** Stands above a list that may lack rows which the token may not see. */
export function PartialNotice({ cluster }: { cluster: Cluster }) {
  const reason = useClusterState(cluster.slug)?.partialReason;
  if (reason === undefined) return null;
  return (
    <Notice tone="amber" role="status" title="This list may be partial.">
      <UserText text={reason} flow="wrap" limit={1000} />
    </Notice>
  );
}
