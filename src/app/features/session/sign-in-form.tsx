import { useState, type FormEvent } from "react";
import { Button } from "#app/ui/button.tsx";
import { TextField } from "#app/ui/text-field.tsx";
import { useSignIn } from "./session-queries.ts";
import { signInProblem } from "./sign-in-problem.ts";
import styles from "./sign-in-form.module.css";

export interface SignInFormProps {
  /** A problem from elsewhere, such as a link that was used before. */
  notice?: string | undefined;
  /** Another way stands above it, which is the usual one. */
  isSecond?: boolean;
}

/** Takes a management token, or a sign-in link pasted whole. The field is emptied once it worked. */
export function SignInForm({ notice, isSecond = false }: SignInFormProps) {
  const signIn = useSignIn();
  const [secret, setSecret] = useState("");
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const text = secret.trim();
    setMissing(text === "");
    if (text === "" || signIn.isPending) return;
    const code = linkCode(text);
    signIn.mutate(
      code === undefined ? { method: "management_token", managementToken: text } : { method: "link", code },
      { onSuccess: () => setSecret("") },
    );
  }

  const error = missing
    ? "Paste a management token first."
    : signIn.error !== null
      ? signInProblem(signIn.error)
      : notice;

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        label="Management token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        translate="no"
        mono
        value={secret}
        onChange={setSecret}
        error={error}
        hint="It is sent to the gateway and stays there. The browser keeps a session only."
      />
      <Button type="submit" variant={isSecond ? "secondary" : "primary"} busy={signIn.isPending}>
        Sign in
      </Button>
    </form>
  );
}

function linkCode(text: string): string | undefined {
  if (!/^https?:\/\//.test(text)) return undefined;
  return URL.parse(text)?.searchParams.get("code") ?? undefined;
}
