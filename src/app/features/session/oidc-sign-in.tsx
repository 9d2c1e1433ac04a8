import { useEffect } from "react";
import { Button } from "#app/ui/button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { useOidcStart } from "./oidc-queries.ts";
import { openProviderTab } from "./provider-tab.ts";
import { signInProblem } from "./sign-in-problem.ts";
import styles from "./sign-in-form.module.css";

export interface OidcSignInProps {
  /** What the identity provider is called. */
  name: string;
  /** A path of ours. */
  returnTo: string;
  /** Why it came to nothing just now. */
  problem: string | undefined;
}

/** The first way to sign in: leads this tab to the identity provider and back. */
export function OidcSignIn({ name, returnTo, problem }: OidcSignInProps) {
  const { mutate, reset, isPending, isSuccess, error } = useOidcStart();
  useEffect(() => {
    // Whoever comes back by the browser's own button finds the page as it was left: on its way.
    const onShow = (event: PageTransitionEvent) => event.persisted && reset();
    window.addEventListener("pageshow", onShow);
    return () => window.removeEventListener("pageshow", onShow);
  }, [reset]);
  const shown = error === null ? problem : signInProblem(error);
  return (
    <section className={styles.provider} aria-label="Sign in at your identity provider">
      {shown !== undefined && (
        <Notice tone="amber" role="alert">
          {shown}
        </Notice>
      )}
      <Button variant="primary" busy={isPending || isSuccess} onClick={() => mutate(returnTo)}>
        {signInWith(name)}
      </Button>
    </section>
  );
}

/** The same above a page that must stay: another tab goes there, and comes back to no page. */
export function OidcSignInElsewhere({ name }: { name: string }) {
  return (
    <div className={styles.provider}>
      <Button variant="primary" onClick={openProviderTab}>
        {signInWith(name)}
      </Button>
      <p className={styles.hint}>
        Opens another tab. This page goes on by itself once you are signed in there.
      </p>
    </div>
  );
}

function signInWith(name: string): string {
  return `Sign in with ${visibleText(name, 60)}`;
}
