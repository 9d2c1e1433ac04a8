import { useEffect, useState } from "react";
import { Navigate, useSearchParams } from "react-router";
import { forgetReturnPath, recallReturnPath, rememberReturnPath } from "#app/features/session/return-path.ts";
import { useSession, useSignIn } from "#app/features/session/session-queries.ts";
import { spendSignInCode } from "#app/features/session/sign-in-code.ts";
import { SignInForm } from "#app/features/session/sign-in-form.tsx";
import { signInProblem } from "#app/features/session/sign-in-problem.ts";
import { paths, safeReturnPath } from "#app/paths.ts";
import { FullPageState } from "./full-page-state.tsx";
import styles from "./sign-in-page.module.css";

export function SignInPage() {
  const session = useSession();
  const linkSignIn = useSignIn();
  const [params] = useSearchParams();
  const asked = safeReturnPath(params.get("return"), window.location.origin);
  const [returnTo] = useState(() => asked ?? recallReturnPath() ?? paths.home);

  useEffect(() => {
    document.title = "Sign in · Tokenward";
    if (asked !== undefined) rememberReturnPath(asked);
  }, [asked]);

  const { mutate } = linkSignIn;
  useEffect(() => {
    const code = spendSignInCode();
    if (code !== undefined) mutate({ method: "link", code });
  }, [mutate]);

  const signedIn = session.data?.signedIn === true;
  useEffect(() => {
    if (signedIn) forgetReturnPath();
  }, [signedIn]);
  // An older session must not hide that the link's own sign-in is under way.
  if (signedIn && !linkSignIn.isPending) return <Navigate to={returnTo} replace />;

  return (
    <FullPageState>
      <h1 className={styles.title}>Sign in</h1>
      {linkSignIn.isPending ? (
        <p role="status">Signing in with the link…</p>
      ) : (
        <>
          <SignInForm
            notice={
              linkSignIn.error !== null
                ? signInProblem(linkSignIn.error)
                : session.error !== null
                  ? signInProblem(session.error)
                  : undefined
            }
          />
          <p className={styles.hint}>
            Or use a sign-in link: the gateway prints one when it starts, and{" "}
            <code>npm run sign-in-link</code> prints another. A link works once, within 10 minutes.
          </p>
        </>
      )}
    </FullPageState>
  );
}
