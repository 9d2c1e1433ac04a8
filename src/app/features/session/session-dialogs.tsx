import { useEffect, useState } from "react";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { SignInForm } from "./sign-in-form.tsx";
import styles from "./sign-in-form.module.css";

/** Stands over the page, which stays as it was: nothing that was typed or read is lost. */
export function SessionEndedDialog() {
  return (
    <Dialog
      open
      closable={false}
      onClose={ignore}
      title="Your session has ended"
      description="Sign in to go on where you were. Nothing on this page is lost."
    >
      <SignInForm />
      <p className={styles.alternative}>
        Or run <code>npm run sign-in-link</code> where the gateway runs and open the link in another tab of
        this browser: this page then goes on by itself.
      </p>
    </Dialog>
  );
}

function ignore(): void {}

export interface IdleDialogProps {
  /** Milliseconds of our own clock. */
  endsAt: number;
  onStay: () => void;
  staying: boolean;
  /** Why staying failed. */
  problem: string | undefined;
  onSignOut: () => void;
}

export function IdleDialog({ endsAt, onStay, staying, problem, onSignOut }: IdleDialogProps) {
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
