import { useMemo, useState } from "react";
import { managementCommands } from "#app/features/detail/commands.ts";
import { CommandList } from "#app/features/detail/command-list.tsx";
import { SnapshotForm } from "#app/features/snapshot/snapshot-form.tsx";
import {
  useManagementSnapshot,
  type ManagementSnapshot,
} from "#app/features/snapshot/management-snapshot.ts";
import { useServerNow } from "#app/features/tokens/use-server-now.ts";
import { exactText, relativeText } from "#app/features/tokens/time-text.ts";
import { createTokenIndex } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";
import { PageHeader } from "#app/layout/page-header.tsx";
import { Page } from "#app/layout/page.tsx";
import { Button } from "#app/ui/button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { useCluster } from "./cluster-context.ts";
import { TokensScreen } from "./tokens-screen.tsx";

/**
 * Management tokens of a cluster whose API does not offer them: what influxctl does, and what it printed of them, in the
 * same table as ever, with its age.
 */
export function ManagementSnapshotPage({ reason }: { reason: string }) {
  const { cluster, consenter } = useCluster();
  const { snapshot, take, forget } = useManagementSnapshot(cluster.slug);
  const [replacing, setReplacing] = useState(false);
  const list = useMemo(() => snapshot && listOf(snapshot), [snapshot]);
  const now = useServerNow(0, list?.index ?? NO_TOKENS);
  if (snapshot === undefined || list === undefined || replacing) {
    return (
      <Page>
        <PageHeader title="Management Tokens" />
        <SnapshotForm
          reason={reason}
          commands={<CommandList groups={COMMANDS} />}
          onText={(text) => {
            const refused = take(text);
            if (refused === undefined) setReplacing(false);
            return refused?.reason;
          }}
          onCancel={replacing ? () => setReplacing(false) : undefined}
        />
      </Page>
    );
  }
  const refused = { allowed: false, reason } as const;
  return (
    <TokensScreen
      kind="management"
      sentence="What people and scripts manage the account with, as influxctl listed it."
      searchHint="Search description, ID or prefix"
      cluster={cluster}
      list={list}
      error={null}
      databasesError={null}
      isFetching={false}
      refetch={() => setReplacing(true)}
      databases={undefined}
      canRevoke={refused}
      canCreate={refused}
      credentialId={undefined}
      consenter={consenter}
      commandsOnly
      banner={
        <Notice
          tone="info"
          role="status"
          title={`A snapshot, brought here ${relativeText(snapshot.takenAt, Math.max(now, snapshot.takenAt))}.`}
          action={
            <>
              <Button size="small" onClick={() => setReplacing(true)}>
                Bring a newer one
              </Button>
              <Button size="small" variant="quiet" onClick={forget}>
                Forget it
              </Button>
            </>
          }
        >
          {`${exactText(new Date(snapshot.takenAt).toISOString())}. What was made or revoked since is not in it.`}
        </Notice>
      }
    />
  );
}

const COMMANDS = managementCommands();
const NO_TOKENS = createTokenIndex([]);

function listOf({ tokens, unreadable, takenAt }: ManagementSnapshot): TokenList {
  return {
    index: createTokenIndex(tokens),
    complete: true,
    unreadable: unreadable.map(({ position, reason }) => ({ position: position - 1, id: undefined, reason })),
    validator: undefined,
    receivedAt: takenAt,
    clockOffset: 0,
  };
}
