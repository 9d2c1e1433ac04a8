import { useRef, useState, type ReactNode } from "react";
import styles from "./app-shell.module.css";
import { drawerModule } from "./lazy-drawer.ts";
import { Mark } from "./mark.tsx";
import { useNotify } from "./notify.ts";
import { Rail, type RailProps } from "./rail.tsx";
import { NOT_LOADED } from "#app/pages/not-loaded.ts";
import { NARROW, useMediaQuery } from "#app/ui/use-media-query.ts";
import { IconButton } from "#app/ui/button.tsx";
import { classNames } from "#app/ui/class-names.ts";
import { readStored, writeStored } from "#app/ui/stored.ts";
import { UserText } from "#app/ui/user-text.tsx";

export type { RailLink } from "./rail.tsx";

export interface AppShellProps extends Omit<RailProps, "compact" | "onToggle" | "onLeave"> {
  /** The page. It is a flex column that may fill the height; the shell itself never scrolls. */
  children: ReactNode;
}

const RAIL_KEY = "tokenward.rail";
const TIGHT = "(max-width: 1099.98px)";

/** The shell around a page, before React is there: what stands in the rail comes with it. */
export function AppShellPicture({ children }: { children: ReactNode }) {
  const narrow = matchMedia(NARROW).matches;
  const compact = isCompact(chosenRail(), matchMedia(TIGHT).matches);
  return (
    <div className={shellClass(narrow, compact)}>
      <header className={narrow ? styles.topBar : styles.side} />
      <main className={styles.main}>{children}</main>
    </div>
  );
}

function isCompact(chosen: ReturnType<typeof chosenRail>, tight: boolean): boolean {
  return chosen === undefined ? tight : chosen === "compact";
}

function shellClass(narrow: boolean, compact: boolean): string {
  return classNames(styles.shell, narrow ? styles.narrow : compact && styles.compact);
}

/** What was chosen with the button, if anything was. */
function chosenRail(): "compact" | "wide" | undefined {
  const chosen = readStored(RAIL_KEY);
  return chosen === "compact" || chosen === "wide" ? chosen : undefined;
}

/** Landmarks: `banner` with the navigation in it, and `main`, which takes focus from the skip link. */
export function AppShell({ children, ...rail }: AppShellProps) {
  const narrow = useMediaQuery(NARROW);
  // The table needs the width more than the rail does, unless somebody chose otherwise.
  const tight = useMediaQuery(TIGHT);
  const [chosen, setChosen] = useState(chosenRail);
  const compact = isCompact(chosen, tight);
  const notify = useNotify();
  const drawer = drawerModule.useModule();
  const menuButton = useRef<HTMLButtonElement>(null);
  const [drawerOpen, setDrawerOpen] = useState(false);

  const toggle = () => {
    const next = compact ? "wide" : "compact";
    writeStored(RAIL_KEY, next);
    setChosen(next);
  };

  return (
    <div className={shellClass(narrow, compact)}>
      <a href="#main" className={styles.skip} onClick={skipToMain}>
        Skip to content
      </a>
      {narrow ? (
        <header className={styles.topBar}>
          <IconButton
            ref={menuButton}
            label="Menu"
            icon="menu"
            aria-haspopup="dialog"
            aria-expanded={drawerOpen}
            onClick={() => {
              drawerModule.preload().then(
                () => setDrawerOpen(true),
                () => notify(NOT_LOADED),
              );
            }}
          />
          <Mark className={styles.mark} />
          <UserText text={rail.clusterName} limit={200} className={styles.clusterName} />
          {drawer !== undefined && (
            <drawer.Drawer open={drawerOpen} onClose={() => setDrawerOpen(false)} label="Menu">
              <Rail
                {...rail}
                // What is pressed in the drawer goes with it: a menu hangs from what opened the drawer.
                onSwitchCluster={
                  rail.onSwitchCluster && ((button) => rail.onSwitchCluster?.(menuButton.current ?? button))
                }
                compact={false}
                onLeave={() => setDrawerOpen(false)}
              />
            </drawer.Drawer>
          )}
        </header>
      ) : (
        <header className={styles.side}>
          <Rail {...rail} compact={compact} onToggle={toggle} />
        </header>
      )}
      <main id="main" tabIndex={-1} className={styles.main}>
        {children}
      </main>
    </div>
  );
}

/** By script, since a fragment in the address would become part of every link that is shared. */
function skipToMain(event: { preventDefault: () => void }): void {
  event.preventDefault();
  document.getElementById("main")?.focus();
}
