import type { Cluster } from "#contract/cluster.ts";
import { Button } from "#app/ui/button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { refusalWords } from "./refusal-words.ts";
import { useForgetRefusals, useRefusedActions } from "./refused-actions.ts";

/** Stands above a list when InfluxDB has refused to change it. */
export function RefusedNotice({ cluster }: { cluster: Cluster }) {
  const refused = useRefusedActions(cluster);
  const forget = useForgetRefusals(cluster);
  const words = refused && refusalWords(refused, cluster.removal);
  if (words === undefined || cluster.listsMayBePartial) return null;
  return (
    <Notice
      tone="info"
      role="status"
      title={words.title}
      action={
        <Button size="small" onClick={forget}>
          Offer again
        </Button>
      }
    >
      <UserText text={words.reason} flow="wrap" limit={2500} />
    </Notice>
  );
}
