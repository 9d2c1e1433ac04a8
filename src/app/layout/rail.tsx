import { Mark } from "./mark.tsx";
import { PageLink } from "./page-link.tsx";
import styles from "./rail.module.css";
import { ThemeSwitch } from "./theme-switch.tsx";
import { Button, IconButton } from "#app/ui/button.tsx";
import { classNames } from "#app/ui/class-names.ts";
import { Icon, type IconName } from "#app/ui/icon.tsx";
import { Kbd } from "#app/ui/kbd.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";

export interface RailLink {
  to: string;
  label: string;
  icon: IconName;
}

export interface RailProps {
  clusterName: string;
  /** The product's name in words. */
  product: string;
  accountName: string;
  /** Given when there is more than one cluster: the cluster's name is then a button, and this is called with it. */
  onSwitchCluster?: ((button: HTMLElement) => void) | undefined;
  links: readonly RailLink[];
  /** Who is signed in. */
  actorLabel: string;
  onSignOut: () => void;
  signingOut?: boolean;
  /** Why signing out failed. */
  signOutProblem?: string | undefined;
  onShowKeys: () => void;
  /** Icons only. */
  compact: boolean;
  /** Given where the rail can change between icons and words. */
  onToggle?: (() => void) | undefined;
  /** Something was chosen that leads away: a drawer closes. */
  onLeave?: (() => void) | undefined;
}

/** What stands in the rail and, on small screens, in the drawer. */
export function Rail(props: RailProps) {
  const { links, actorLabel, onSignOut, signingOut = false, onShowKeys, compact, onToggle, onLeave } = props;
  return (
    <div
      className={classNames(styles.rail, compact && styles.compact, onLeave !== undefined && styles.inDrawer)}
    >
      <div className={styles.top}>
        <Cluster {...props} />
        {onToggle !== undefined && (
          <IconButton
            label={compact ? "Expand the sidebar" : "Collapse the sidebar"}
            icon={compact ? "panel-open" : "panel-close"}
            size="small"
            aria-expanded={!compact}
            onClick={onToggle}
          />
        )}
      </div>
      <nav aria-label="Pages" className={styles.nav}>
        <ul className={styles.links}>
          {links.map((link) => (
            <li key={link.to}>
              <PageLink
                to={link.to}
                className={styles.link}
                title={compact ? link.label : undefined}
                onClick={onLeave}
              >
                <Icon name={link.icon} />
                {compact ? <VisuallyHidden>{link.label}</VisuallyHidden> : link.label}
              </PageLink>
            </li>
          ))}
        </ul>
      </nav>
      <div className={styles.foot}>
        <div role="alert" className={styles.problem}>
          {props.signOutProblem !== undefined && `Not signed out. ${visibleText(props.signOutProblem, 400)}`}
        </div>
        <ThemeSwitch compact={compact} />
        {compact ? (
          <>
            <IconButton label="Keys" icon="keyboard" aria-keyshortcuts="?" onClick={onShowKeys} />
            <div className={styles.who} title={`Signed in: ${visibleText(actorLabel, 200)}`}>
              <Icon name="user" />
            </div>
            <IconButton label="Sign out" icon="sign-out" busy={signingOut} onClick={onSignOut} />
          </>
        ) : (
          <>
            <Button
              variant="quiet"
              icon="keyboard"
              className={styles.row}
              aria-label="Keys"
              aria-keyshortcuts="?"
              onClick={() => {
                onLeave?.();
                onShowKeys();
              }}
            >
              <span className={styles.grow}>Keys</span>
              <Kbd>?</Kbd>
            </Button>
            <Button
              variant="quiet"
              icon="sign-out"
              className={styles.row}
              busy={signingOut}
              onClick={onSignOut}
            >
              <span className={styles.grow}>Sign out</span>
            </Button>
            <div className={styles.who} title={visibleText(actorLabel, 500)}>
              <Icon name="user" />
              <VisuallyHidden>Signed in: </VisuallyHidden>
              <UserText text={actorLabel} limit={200} className={styles.grow} />
            </div>
          </>
        )}
      </div>
    </div>
  );
}

function Cluster({ clusterName, product, accountName, onSwitchCluster, compact, onLeave }: RailProps) {
  const title = `${visibleText(clusterName, 200)}, ${product}, ${visibleText(accountName, 200)}`;
  const face = (
    <>
      <Mark className={styles.mark} />
      {!compact && (
        <span className={styles.names}>
          <UserText text={clusterName} limit={200} className={styles.clusterName} />
          <span className={styles.account}>{product}</span>
          <UserText text={accountName} limit={200} className={styles.account} />
        </span>
      )}
    </>
  );
  if (onSwitchCluster === undefined) {
    return (
      <div className={styles.cluster} title={title}>
        {face}
      </div>
    );
  }
  return (
    <button
      type="button"
      className={classNames(styles.cluster, styles.clusterButton)}
      aria-label={`Switch cluster: ${title}`}
      aria-haspopup="menu"
      title={title}
      onClick={(event) => {
        onLeave?.();
        onSwitchCluster(event.currentTarget);
      }}
    >
      {face}
      {!compact && <Icon name="chevrons-up-down" />}
    </button>
  );
}
