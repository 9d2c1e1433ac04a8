import { useRef, useState } from "react";
import { useLocation, useNavigate } from "react-router";
import type { Cluster } from "#contract/cluster.ts";
import { ClusterMenu, type ClusterMenuProps } from "#app/features/clusters/cluster-menu.tsx";
import { ClusterSignInDialog } from "#app/features/clusters/cluster-sign-in.tsx";
import { PartialNotice } from "#app/features/clusters/partial-notice.tsx";
import { RefusedNotice } from "#app/features/clusters/refused-notice.tsx";
import { paths } from "#app/paths.ts";
import { Button } from "#app/ui/button.tsx";

export { CredentialTokensScreen } from "./credential-tokens-screen.tsx";
export { ClusterSignInPage } from "#app/features/clusters/cluster-sign-in.tsx";

/** What is to be known of a cluster's list before it is believed, or changed. */
export function ClusterNotices({ cluster }: { cluster: Cluster }) {
  return (
    <>
      <PartialNotice cluster={cluster} />
      <RefusedNotice cluster={cluster} />
    </>
  );
}

/** Leads to another cluster, to the page of the same kind there, or takes another token for this one. */
export function ClusterSwitcher(props: Omit<ClusterMenuProps, "onChoose" | "onUseAnotherToken">) {
  const { current, anchor } = props;
  const [changing, setChanging] = useState(false);
  const navigate = useNavigate();
  const { pathname } = useLocation();
  const pageOf = (slug: string) =>
    pathname.endsWith("/activity") || pathname.includes("/activity/")
      ? paths.activity(slug)
      : pathname.includes("/management-tokens") &&
          props.clusters.some((cluster) => cluster.slug === slug && cluster.hasManagementTokens)
        ? paths.managementTokens(slug)
        : paths.databaseTokens(slug);
  return (
    <>
      <ClusterMenu
        {...props}
        onChoose={(slug) => void navigate(pageOf(slug))}
        onUseAnotherToken={
          current?.takesToken === true && current.access.state === "ready"
            ? () => setChanging(true)
            : undefined
        }
      />
      {current !== undefined && changing && (
        <ClusterSignInDialog
          key={current.slug}
          cluster={current}
          onClose={() => setChanging(false)}
          returnFocus={() => anchor}
        />
      )}
    </>
  );
}

/** Where a cluster does not take the token that the session shows it. */
export function UseAnotherToken({ cluster }: { cluster: Cluster }) {
  const [changing, setChanging] = useState(false);
  const button = useRef<HTMLButtonElement>(null);
  return (
    <>
      <Button ref={button} icon="key" onClick={() => setChanging(true)}>
        Use Another Token…
      </Button>
      {changing && (
        <ClusterSignInDialog
          cluster={cluster}
          onClose={() => setChanging(false)}
          returnFocus={() => button.current}
        />
      )}
    </>
  );
}
