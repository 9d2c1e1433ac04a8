import { useEffect, useEffectEvent, useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { useOidcAnswer, useOidcName, useOidcStart } from "#app/features/session/oidc-queries.ts";
import { OidcSignIn } from "#app/features/session/oidc-sign-in.tsx";
import { isProviderTab } from "#app/features/session/provider-tab.ts";
import { forgetReturnPath, recallReturnPath, rememberReturnPath } from "#app/features/session/return-path.ts";
import { useSession, useSignIn } from "#app/features/session/session-queries.ts";
import { spendSignInCode } from "#app/features/session/sign-in-code.ts";
import { SignInForm } from "#app/features/session/sign-in-form.tsx";
import { signInProblem } from "#app/features/session/sign-in-problem.ts";
import { PageLink } from "#app/layout/page-link.tsx";
import { paths, safeReturnPath } from "#app/paths.ts";
import { FullPageState } from "./full-page-state.tsx";
import styles from "./sign-in-page.module.css";

/** Opened by a page that must stay, to sign in at the identity provider. */
const FOR_PROVIDER = "provider";

export function SignInPage() {
  const session = useSession();
  const linkSignIn = useSignIn();
  const providerSignIn = useOidcAnswer();
  const start = useOidcStart();
  const provider = useOidcName();
  const [params, setParams] = useSearchParams();
  const asked = safeReturnPath(params.get("return"), window.location.origin);
  const [returnTo] = useState(() => asked ?? recallReturnPath() ?? paths.home);

  useEffect(() => {
    document.title = "Sign in · Tokenward";
    if (asked !== undefined) rememberReturnPath(asked);
  }, [asked]);

  // Until it is known an older session leads nowhere: what the address says can be read only once, and not while rendering.
  const [hasNothingToDo, setHasNothingToDo] = useState(false);
  const begin = useEffectEvent(() => {
    const query = spendSignInCode();
    const spent = new URLSearchParams(query);
    const code = spent.get("code");
    // What a provider answers has a state, and a link none.
    if (query !== undefined && spent.has("state")) providerSignIn.mutate(query);
    else if (code !== null) linkSignIn.mutate({ method: "link", code });
    else if (!params.has(FOR_PROVIDER)) queueMicrotask(() => setHasNothingToDo(true));
    if (!params.has(FOR_PROVIDER)) return;
    // Whoever goes back is not sent away again.
    setParams({}, { replace: true });
    // A link from elsewhere shows the page, and leaves it to the person.
    if (isProviderTab()) start.mutate(undefined);
    else queueMicrotask(() => setHasNothingToDo(true));
  });
  useEffect(() => begin(), []);

  const signedIn = session.data?.signedIn === true;
  useEffect(() => {
    if (signedIn) forgetReturnPath();
  }, [signedIn]);

  const isBegun = hasNothingToDo || !linkSignIn.isIdle || !providerSignIn.isIdle || !start.isIdle;
  const isLeaving = start.isPending || start.isSuccess;
  const isUnderWay = linkSignIn.isPending || providerSignIn.isPending || isLeaving;
  const { data: answer } = providerSignIn;
  if (answer !== undefined && answer.returnTo === undefined) return <Done />;
  const failedThere = providerSignIn.error ?? start.error;
  // An older session must hide neither that another sign-in is under way nor that it came to nothing.
  if (signedIn && !isBegun) return null;
  if (signedIn && !isUnderWay && failedThere === null) {
    const back = safeReturnPath(answer?.returnTo ?? null, window.location.origin);
    return <Navigate to={back ?? returnTo} replace />;
  }

  const failed = linkSignIn.error ?? session.error;
  const problemThere = failedThere === null ? undefined : signInProblem(failedThere);
  return (
    <FullPageState>
      <h1 className={styles.title}>Sign in</h1>
      {isUnderWay ? (
        <p role="status">
          {linkSignIn.isPending
            ? "Signing in with the link…"
            : isLeaving
              ? "Going to your identity provider…"
              : "Signing in…"}
        </p>
      ) : (
        provider !== undefined && (
          <>
            {provider !== null && <OidcSignIn name={provider} returnTo={returnTo} problem={problemThere} />}
            <SignInForm
              isSecond={provider !== null}
              notice={failed !== null ? signInProblem(failed) : provider === null ? problemThere : undefined}
            />
            <p className={styles.hint}>
              {signedIn && (
                <>
                  You are still signed in as before: <PageLink to={returnTo}>go on</PageLink>.{" "}
                </>
              )}
              Or use a sign-in link: the gateway prints one when it starts, and{" "}
              <code>npm run sign-in-link</code> prints another. A link works once, within 10 minutes.
            </p>
          </>
        )
      )}
    </FullPageState>
  );
}

/** In the tab that a waiting page has opened. */
function Done() {
  return (
    <FullPageState>
      <h1 className={styles.title}>You are signed in</h1>
      <p role="status">Close this tab: the page that waits for you goes on where it was.</p>
      <p className={styles.hint}>
        Or <a href={paths.home}>open Tokenward here</a>.
      </p>
    </FullPageState>
  );
}
