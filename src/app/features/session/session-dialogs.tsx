import { useEffect, useRef, useState } from "react";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { useOidcName } from "./oidc-queries.ts";
import { OidcSignInElsewhere } from "./oidc-sign-in.tsx";
import { useRenewSession } from "./session-queries.ts";
import { SignInForm } from "./sign-in-form.tsx";
import { signInProblem } from "./sign-in-problem.ts";
import { useIdleWatch, type WatchedSession } from "./use-idle-watch.ts";
import styles from "./sign-in-form.module.css";

/** Stands over the page, which stays as it was: nothing that was typed or read is lost. */
export function SessionEndedDialog() {
  const provider = useOidcName();
  const ways = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // What there is to do comes after the dialog, which has looked for it in vain.
    if (provider !== undefined) ways.current?.querySelector<HTMLElement>("button, input")?.focus();
  }, [provider]);
  return (
    <Dialog
      open
      closable={false}
      onClose={ignore}
      title="Your session has ended"
      description="Sign in to go on where you were. Nothing on this page is lost."
    >
      {provider !== undefined && (
        <div ref={ways}>
          {provider !== null && <OidcSignInElsewhere name={provider} />}
          <SignInForm isSecond={provider !== null} />
          <p className={styles.alternative}>
            Or run <code>npm run sign-in-link</code> where the gateway runs and open the link in another tab
            of this browser: this page then goes on by itself.
          </p>
        </div>
      )}
    </Dialog>
  );
}

function ignore(): void {}

export interface IdleWatchProps extends Pick<WatchedSession, "session" | "receivedAt"> {
  /** Asks the server how things stand. */
  onRecheck: () => void;
  onSignOut: () => void;
}

/** Tells the server that somebody is here, and asks before the session ends because nobody seems to be. */
export function IdleWatch({ session, receivedAt, onRecheck, onSignOut }: IdleWatchProps) {
  const { mutate, isPending, error } = useRenewSession();
  const renew = () => mutate();
  const ending = useIdleWatch({ session, receivedAt, renew, recheck: onRecheck });
  if (ending === undefined) return null;
  return (
    <IdleDialog
      endsAt={ending.endsAt}
      onStay={renew}
      staying={isPending}
      problem={error === null ? undefined : signInProblem(error)}
      onSignOut={onSignOut}
    />
  );
}

interface IdleDialogProps {
  /** Milliseconds of our own clock. */
  endsAt: number;
  onStay: () => void;
  staying: boolean;
  /** Why staying failed. */
  problem: string | undefined;
  onSignOut: () => void;
}

function IdleDialog({ endsAt, onStay, staying, problem, onSignOut }: IdleDialogProps) {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  const seconds = Math.max(0, Math.ceil((endsAt - now) / 1000));
  return (
    <Dialog
      open
      closable={false}
      onClose={ignore}
      title="Are you still there?"
      description={`Nothing was done here for a while. You will be signed out in ${seconds} seconds.`}
      footer={
        <>
          <Button onClick={onSignOut}>Sign out</Button>
          <Button variant="primary" busy={staying} onClick={onStay}>
            Stay signed in
          </Button>
        </>
      }
    >
      {problem !== undefined && (
        <Notice tone="red" role="alert">
          {problem}
        </Notice>
      )}
    </Dialog>
  );
}
