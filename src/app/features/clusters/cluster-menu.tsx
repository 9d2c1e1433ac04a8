import type { Cluster, ClusterState } from "#contract/cluster.ts";
import { Menu, MenuItem, MenuRadioGroup, MenuRadioItem, MenuSeparator } from "#app/ui/menu.tsx";
import { StatusDot } from "#app/ui/status-dot.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { useClusterStates } from "./cluster-access.ts";
import styles from "./cluster-menu.module.css";

export interface ClusterMenuProps {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
  clusters: readonly Cluster[];
  current: Cluster | undefined;
  onChoose: (slug: string) => void;
  /** Asks for another token for the current cluster. */
  onUseAnotherToken: (() => void) | undefined;
}

/** The clusters behind this gateway, with their products and how things stand with them. */
export function ClusterMenu(props: ClusterMenuProps) {
  const { open, anchor, onClose, clusters, current, onChoose, onUseAnotherToken } = props;
  const states = useClusterStates(clusters, open);
  return (
    <Menu open={open} anchor={anchor} onClose={onClose} label="Switch cluster" align="start">
      <MenuRadioGroup label="Clusters" value={current?.slug ?? ""} onChange={onChoose}>
        {clusters.map((cluster, at) => (
          <MenuRadioItem
            key={cluster.slug}
            value={cluster.slug}
            detail={
              <Detail cluster={cluster} state={states[at]?.state} failed={states[at]?.failed === true} />
            }
          >
            {visibleText(cluster.name, 100)}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
      {onUseAnotherToken !== undefined && (
        <>
          <MenuSeparator />
          <MenuItem icon="key" keepFocusOnSelect onSelect={onUseAnotherToken}>
            Use Another Token…
          </MenuItem>
        </>
      )}
    </Menu>
  );
}

interface DetailProps {
  cluster: Cluster;
  state: ClusterState | undefined;
  /** The gateway could not say. */
  failed: boolean;
}

function Detail({ cluster, state, failed }: DetailProps) {
  return (
    <span className={styles.detail}>
      <span>
        {cluster.productName}
        {cluster.accountName !== "" && (
          <>
            {" · "}
            <UserText text={cluster.accountName} limit={80} />
          </>
        )}
      </span>
      {state !== undefined ? (
        <>
          <StatusDot tone={tones[state.state]}>{words[state.state]}</StatusDot>
          {state.reason !== undefined && <UserText text={state.reason} flow="wrap" limit={400} />}
        </>
      ) : (
        <StatusDot tone="neutral">{failed ? "Not known: the gateway did not answer" : "Asking…"}</StatusDot>
      )}
    </span>
  );
}

const tones = {
  reachable: "green",
  credential_needed: "neutral",
  credential_refused: "unknown",
  unreachable: "red",
} as const satisfies Record<ClusterState["state"], string>;

const words: Record<ClusterState["state"], string> = {
  reachable: "Reachable",
  credential_needed: "Not signed in",
  credential_refused: "Token refused",
  unreachable: "Not reachable",
};
