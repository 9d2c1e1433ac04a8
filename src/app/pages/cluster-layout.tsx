import { useEffect, useState } from "react";
import { Navigate, Outlet, useLocation, useParams } from "react-router";
import type { Cluster } from "#contract/cluster.ts";
import type { Session } from "#contract/session.ts";
import { useClusters } from "#app/features/clusters/cluster-queries.ts";
import { useAllowedCluster } from "#app/features/clusters/refused-actions.ts";
import { clusterParts } from "./lazy-cluster-parts.ts";
import { keysDialog } from "#app/features/keys/lazy-keys-dialog.ts";
import { useShortcut } from "#app/features/keys/use-shortcut.ts";
import { sessionDialogs } from "#app/features/session/lazy-session-dialogs.ts";
import { useSession, useSignOut } from "#app/features/session/session-queries.ts";
import { usePageHeld } from "#app/features/session/page-hold.ts";
import { FailedList } from "#app/features/tokens/list-notices.tsx";
import { listProblem } from "#app/features/tokens/list-problem.ts";
import { AppShell, type RailLink } from "#app/layout/app-shell.tsx";
import { useNotify } from "#app/layout/notify.ts";
import { ToastOutlet } from "#app/layout/toast-outlet.tsx";
import { paths, signInPath } from "#app/paths.ts";
import type { ClusterContext } from "./cluster-context.ts";
import { FullPageState } from "./full-page-state.tsx";
import { LazyPage } from "./lazy-page.tsx";
import { notFoundPage, signInPage } from "./lazy-pages.ts";
import { NOT_LOADED } from "./not-loaded.ts";

type SignedIn = Extract<Session, { signedIn: true }>;

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
        receivedAt={session.dataUpdatedAt}
        ended={!session.data.signedIn}
        onRecheck={() => void session.refetch()}
      />
    </ToastOutlet>
  );
}

interface SignedInLayoutProps {
  session: SignedIn;
  /** Our clock when the server said so, in milliseconds. */
  receivedAt: number;
  ended: boolean;
  onRecheck: () => void;
}

function SignedInLayout({ session, receivedAt, ended, onRecheck }: SignedInLayoutProps) {
  const { slug } = useParams();
  const clusters = useClusters();
  const signOut = useSignOut();
  const [keysOpen, setKeysOpen] = useState(false);
  const keys = keysDialog.useModule();
  const parts = clusterParts.useModule();
  const [switching, setSwitching] = useState<{ anchor: HTMLElement; open: boolean }>();
  const dialogs = sessionDialogs.useModule();
  // Signing out leads there, when the gateway may be gone already.
  signInPage.useModule();
  const notFound = notFoundPage.useModule();
  const notify = useNotify();
  const showKeys = () => {
    keysDialog.preload().then(
      () => setKeysOpen(true),
      () => notify(NOT_LOADED),
    );
  };
  useShortcut("?", showKeys);

  useEffect(() => {
    // Loaded ahead as well; without the gateway nothing more can be done.
    if (ended) sessionDialogs.preload().catch(() => {});
  }, [ended]);

  const cluster =
    slug === undefined
      ? clusters.data?.find(({ isDefault }) => isDefault)
      : clusters.data?.find((candidate) => candidate.slug === slug);
  const problem = clusters.data === undefined ? listProblem(clusters.error) : undefined;

  return (
    <>
      <AppShell
        clusterName={cluster?.name ?? "Tokenward"}
        product={cluster?.productName ?? ""}
        accountName={cluster?.accountName ?? ""}
        onSwitchCluster={
          clusters.data === undefined || (clusters.data.length < 2 && cluster?.takesToken !== true)
            ? undefined
            : (anchor) => {
                clusterParts.preload().then(
                  () => setSwitching({ anchor, open: true }),
                  () => notify(NOT_LOADED),
                );
              }
        }
        links={
          cluster === undefined
            ? []
            : [
                { to: paths.databaseTokens(cluster.slug), label: `${cluster.tokenName}s`, icon: "database" },
                ...(cluster.hasManagementTokens ? [managementLink(cluster.slug)] : []),
                { to: paths.activity(cluster.slug), label: "Activity", icon: "clock" },
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
          <LazyPage load={notFoundPage.preload}>
            {notFound && <notFound.UnknownCluster clusters={clusters.data} />}
          </LazyPage>
        ) : cluster.access.state === "credential_needed" ? (
          <LazyPage key={cluster.slug} load={clusterParts.preload}>
            {parts && <parts.ClusterSignInPage cluster={cluster} reason={cluster.access.reason} />}
          </LazyPage>
        ) : slug === undefined ? (
          <Navigate to={paths.databaseTokens(cluster.slug)} replace />
        ) : (
          // A cluster of its own is a page of its own: nothing of another one is carried over.
          <ClusterOutlet key={cluster.slug} cluster={cluster} session={session} />
        )}
      </AppShell>
      {parts !== undefined && clusters.data !== undefined && switching !== undefined && (
        <parts.ClusterSwitcher
          {...switching}
          onClose={() => setSwitching({ ...switching, open: false })}
          clusters={clusters.data}
          current={cluster}
        />
      )}
      {keys !== undefined && <keys.KeysDialog open={keysOpen} onClose={() => setKeysOpen(false)} />}
      {dialogs !== undefined &&
        (ended ? (
          <dialogs.SessionEndedDialog />
        ) : (
          <dialogs.IdleWatch
            session={session}
            receivedAt={receivedAt}
            onRecheck={onRecheck}
            onSignOut={() => signOut.mutate()}
          />
        ))}
    </>
  );
}

function managementLink(slug: string): RailLink {
  return { to: paths.managementTokens(slug), label: "Management Tokens", icon: "key" };
}

function ClusterOutlet({ cluster, session }: { cluster: Cluster; session: SignedIn }) {
  const allowed = useAllowedCluster(cluster);
  // A session has its own end, to the millisecond.
  const consenter = `${session.actor.label} ${session.absoluteEndsAt}`;
  return <Outlet context={{ cluster: allowed, actor: session.actor, consenter } satisfies ClusterContext} />;
}
