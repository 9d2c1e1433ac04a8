import { useCallback, useEffect, useState } from "react";
import { Navigate, Outlet, useLocation, useParams } from "react-router";
import type { Cluster, Product } from "#contract/cluster.ts";
import type { Session } from "#contract/session.ts";
import { useClusters } from "#app/features/clusters/cluster-queries.ts";
import { keysDialog } from "#app/features/keys/lazy-keys-dialog.ts";
import { useShortcut } from "#app/features/keys/use-shortcut.ts";
import { sessionDialogs } from "#app/features/session/lazy-session-dialogs.ts";
import { useRenewSession, useSession, useSignOut } from "#app/features/session/session-queries.ts";
import { usePageHeld } from "#app/features/session/page-hold.ts";
import { useIdleWatch } from "#app/features/session/use-idle-watch.ts";
import { FailedList } from "#app/features/tokens/list-notices.tsx";
import { listProblem } from "#app/features/tokens/list-problem.ts";
import { AppShell } from "#app/layout/app-shell.tsx";
import { useNotify } from "#app/layout/notify.ts";
import { PageLink } from "#app/layout/page-link.tsx";
import { ToastOutlet } from "#app/layout/toast-outlet.tsx";
import { paths, signInPath } from "#app/paths.ts";
import { EmptyState } from "#app/ui/empty-state.tsx";
import type { ClusterContext } from "./cluster-context.ts";
import { FullPageState } from "./full-page-state.tsx";
import { signInPage } from "./lazy-pages.ts";
import { NOT_LOADED } from "./not-loaded.ts";

type SignedIn = Extract<Session, { signedIn: true }>;

const productNames: Record<Product, string> = {
  own: "Built-in",
  dedicated: "Cloud Dedicated",
  clustered: "Clustered",
  v2: "InfluxDB v2",
  core: "InfluxDB 3 Core",
  enterprise: "InfluxDB 3 Enterprise",
};

/**
 * Everything behind the sign-in. Whoever comes without a session is sent to sign in and comes back. Whoever loses it
 * here keeps the page, and signs in above it.
 */
export function ClusterLayout() {
  const session = useSession();
  const location = useLocation();
  const held = usePageHeld();
  const [last, setLast] = useState<SignedIn>();
  if (session.data?.signedIn && session.data !== last) setLast(session.data);

  if (session.data === undefined) {
    const problem = listProblem(session.error);
    if (problem === undefined) return null;
    return (
      <FullPageState>
        <FailedList
          title="The gateway cannot say who is signed in"
          problem={problem}
          onRetry={() => void session.refetch()}
          retrying={session.isFetching}
        />
      </FullPageState>
    );
  }
  if (!session.data.signedIn && "left" in session.data && !held)
    return <Navigate to={paths.signIn} replace />;
  if (!session.data.signedIn && last === undefined) {
    return <Navigate to={signInPath(location.pathname + location.search)} replace />;
  }
  const known = session.data.signedIn ? session.data : last;
  if (known === undefined) return null;
  return (
    <ToastOutlet>
      <SignedInLayout
        session={known}
        ended={!session.data.signedIn}
        onRecheck={() => void session.refetch()}
      />
    </ToastOutlet>
  );
}

interface SignedInLayoutProps {
  session: SignedIn;
  ended: boolean;
  onRecheck: () => void;
}

function SignedInLayout({ session, ended, onRecheck }: SignedInLayoutProps) {
  const { slug } = useParams();
  const clusters = useClusters();
  const signOut = useSignOut();
  const { mutate: renew, isPending: renewing, error: renewError } = useRenewSession();
  const [keysOpen, setKeysOpen] = useState(false);
  const keys = keysDialog.useModule();
  const dialogs = sessionDialogs.useModule();
  // Signing out leads there, when the gateway may be gone already.
  signInPage.useModule();
  const notify = useNotify();
  const renewNow = useCallback(() => renew(), [renew]);
  const ending = useIdleWatch({ session: ended ? undefined : session, renew: renewNow, recheck: onRecheck });
  const showKeys = () => {
    keysDialog.preload().then(
      () => setKeysOpen(true),
      () => notify(NOT_LOADED),
    );
  };
  useShortcut("?", showKeys);

  const needsDialog = ended || ending !== undefined;
  useEffect(() => {
    // Loaded ahead as well; without the gateway nothing more can be done.
    if (needsDialog) sessionDialogs.preload().catch(() => {});
  }, [needsDialog]);

  const cluster =
    slug === undefined
      ? clusters.data?.find(({ isDefault }) => isDefault)
      : clusters.data?.find((candidate) => candidate.slug === slug);
  const problem = clusters.data === undefined ? listProblem(clusters.error) : undefined;

  return (
    <>
      <AppShell
        clusterName={cluster?.name ?? "Tokenward"}
        product={cluster === undefined ? "" : productNames[cluster.product]}
        accountName={cluster?.accountName ?? ""}
        links={
          cluster === undefined
            ? []
            : [
                { to: paths.databaseTokens(cluster.slug), label: "Database Tokens", icon: "database" },
                { to: paths.managementTokens(cluster.slug), label: "Management Tokens", icon: "key" },
              ]
        }
        actorLabel={session.actor.label}
        onSignOut={() => signOut.mutate()}
        signingOut={signOut.isPending}
        signOutProblem={signOut.error === null ? undefined : listProblem(signOut.error)?.reason}
        onShowKeys={showKeys}
      >
        {problem !== undefined ? (
          <FailedList
            title="The clusters could not be read"
            problem={problem}
            onRetry={() => void clusters.refetch()}
            retrying={clusters.isFetching}
          />
        ) : clusters.data === undefined ? null : cluster === undefined ? (
          <UnknownCluster clusters={clusters.data} />
        ) : slug === undefined ? (
          <Navigate to={paths.databaseTokens(cluster.slug)} replace />
        ) : (
          // A cluster of its own is a page of its own: nothing of another one is carried over.
          <Outlet key={cluster.slug} context={clusterContext(cluster, session)} />
        )}
      </AppShell>
      {keys !== undefined && <keys.KeysDialog open={keysOpen} onClose={() => setKeysOpen(false)} />}
      {dialogs !== undefined && ending !== undefined && !ended && (
        <dialogs.IdleDialog
          endsAt={ending.endsAt}
          onStay={renewNow}
          staying={renewing}
          problem={renewError === null ? undefined : listProblem(renewError)?.reason}
          onSignOut={() => signOut.mutate()}
        />
      )}
      {dialogs !== undefined && ended && <dialogs.SessionEndedDialog />}
    </>
  );
}

function clusterContext(cluster: Cluster, session: SignedIn): ClusterContext {
  // A session has its own end, to the millisecond.
  const consenter = `${session.actor.label} ${session.absoluteEndsAt}`;
  return { cluster, actor: session.actor, consenter };
}

function UnknownCluster({ clusters }: { clusters: readonly Cluster[] }) {
  const home = clusters.find(({ isDefault }) => isDefault) ?? clusters[0];
  return (
    <EmptyState
      icon="circle-help"
      title="There is no such cluster here"
      reason="The address names a cluster that this gateway does not know."
      action={
        home !== undefined && <PageLink to={paths.databaseTokens(home.slug)}>Go to {home.name}</PageLink>
      }
    />
  );
}
