import { reasonOf, tokenNameOf } from "./token-name.ts";
import { useEffect, useMemo, useState } from "react";
import {
  forgetPending,
  keepPending,
  releasePending,
  type PendingCreation,
} from "#app/features/secret/pending-secrets.ts";
import { holdPage } from "#app/features/session/page-hold.ts";
import { CreateTokenDialog } from "#app/features/token-form/create-token-dialog.tsx";
import { lostSecret, unknownAfter, type LostSecret } from "#app/features/token-form/create-flow.ts";
import {
  descriptionsInUse,
  useCreateToken,
  type CreateOutcome,
} from "#app/features/tokens/token-creation.ts";
import { organizationsOf, withOrganization } from "#app/features/tokens/token-index-owners.ts";
import { useCluster } from "./cluster-context.ts";
import { beginAttempt, type CreationAttempt } from "./creation-attempt.ts";
import { LostSecretFlow } from "./lost-secret-flow.tsx";
import type { FlowContext, TokenFlow } from "./token-flow.ts";
import { useWhoMustAsk } from "./use-asker.ts";
import { useSecretShown } from "./use-secret-shown.ts";

/** From the form of a new token to its secret in good hands. */
export function CreateTokenFlow({
  context,
  from,
}: {
  context: FlowContext;
  from?: Extract<TokenFlow, { flow: "create" }>["from"];
}) {
  const { kind, cluster, list, databases, databasesProblem, now, closeFlow } = context;
  const { accountId, clusterId, slug } = cluster;
  const { actor } = useCluster();
  const createToken = useCreateToken();
  const whoMustAsk = useWhoMustAsk();
  const showCreated = useSecretShown(context);
  const [lost, setLost] = useState<LostSecret & { operationKey: string }>();
  const unsettled = useUnsettled();
  // A token that expires while the form is open is told apart soon enough.
  const [openedAt] = useState(now);
  const index = list?.index;
  const organizations = useMemo(
    () =>
      cluster.hasOwners
        ? withOrganization(index === undefined ? [] : organizationsOf(index), from?.organizationId)
        : [],
    [index, cluster.hasOwners, from?.organizationId],
  );
  const isInUse = useMemo(
    () => (index === undefined ? () => false : descriptionsInUse(index, openedAt)),
    [index, openedAt],
  );

  return (
    <>
      <CreateTokenDialog
        kind={kind}
        tokenName={tokenNameOf(kind, cluster)}
        from={from}
        organizations={organizations}
        expiryRefusal={kind === "database" ? reasonOf(cluster.capabilities.setExpiry) : undefined}
        permissionsRefusal={
          kind === "database" ? reasonOf(cluster.capabilities.choosePermissions) : undefined
        }
        databases={databases}
        databasesProblem={databasesProblem?.reason}
        isInUse={isInUse}
        now={now}
        create={async (wanted, { onChecking, checkOnly }) => {
          const earlier = checkOnly === undefined ? undefined : unsettled.attempt();
          const attempt = earlier ?? beginAttempt(list, actor);
          const { operationKey, sentAt, isKnown } = attempt;
          const pending: PendingCreation = {
            operationKey,
            kind,
            accountId,
            clusterId,
            slug,
            actor: attempt.actor,
            wanted: { ...wanted, permissions: wanted.permissions && [...wanted.permissions] },
            sentAt,
          };
          keepPending(pending);
          unsettled.begin(attempt);
          let outcome: CreateOutcome;
          try {
            outcome = await createToken({
              kind,
              ids: { accountId, clusterId },
              wanted,
              operationKey,
              sentAt,
              isKnown,
              whoMustAsk: (read) => whoMustAsk(attempt, read),
              onChecking,
              ...(checkOnly === undefined ? {} : { checkOnly }),
            });
          } catch (error) {
            // A fault of this page's own says nothing about the token.
            outcome = unknownAfter(error, checkOnly);
          }
          if (outcome.kind === "created") {
            unsettled.settle();
            closeFlow();
            showCreated({ created: outcome.created, pending });
            return { kind: "done" };
          }
          if (outcome.kind === "not_created") {
            unsettled.settle();
            forgetPending(operationKey);
            return outcome;
          }
          unsettled.rest();
          const without = lostSecret(outcome, wanted.description);
          if (without !== undefined) setLost({ ...without, operationKey });
          return outcome;
        }}
        onClose={closeFlow}
        holdPage={holdPage}
        returnFocus={context.returnFocus}
      />
      {lost !== undefined && (
        <LostSecretFlow
          lost={lost}
          context={context}
          onClose={() => {
            unsettled.settle();
            forgetPending(lost.operationKey);
            setLost(undefined);
          }}
        />
      )}
    </>
  );
}

interface Unsettled {
  /** The attempt whose outcome nobody knows, or has been told of. */
  attempt: () => CreationAttempt | undefined;
  begin: (attempt: CreationAttempt) => void;
  /** What it was to find out has been found out, or not: nothing runs any more. */
  rest: () => void;
  settle: () => void;
}

/** Keeps the attempt that is not settled. With the form gone it is left behind, for whoever asks next. */
function useUnsettled(): Unsettled {
  const [unsettled] = useState(() => {
    let attempt: CreationAttempt | undefined;
    let running = false;
    let mounted = true;
    const leaveBehind = () => {
      if (attempt !== undefined && !running && !mounted) releasePending([attempt.operationKey]);
    };
    return {
      attempt: () => attempt,
      begin: (begun: CreationAttempt) => {
        attempt = begun;
        running = true;
      },
      rest: () => {
        running = false;
        leaveBehind();
      },
      settle: () => {
        attempt = undefined;
        running = false;
      },
      mount: () => {
        mounted = true;
        return () => {
          mounted = false;
          leaveBehind();
        };
      },
    };
  });
  useEffect(() => unsettled.mount(), [unsettled]);
  return unsettled;
}
