import { useState, type FormEvent } from "react";
import type { Cluster } from "#contract/cluster.ts";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { TextField } from "#app/ui/text-field.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { clusterSignInProblem, useClusterSignIn } from "./cluster-access.ts";
import styles from "./cluster-sign-in.module.css";

export interface ClusterSignInFormProps {
  cluster: Cluster;
  onDone?: (() => void) | undefined;
}

/** Takes a token of one cluster. The field is emptied once it worked. */
function ClusterSignInForm({ cluster, onDone }: ClusterSignInFormProps) {
  const signIn = useClusterSignIn(cluster);
  const [secret, setSecret] = useState("");
  const [missing, setMissing] = useState(false);

  function submit(event: FormEvent): void {
    event.preventDefault();
    const text = secret.trim();
    setMissing(text === "");
    if (text === "" || signIn.isPending) return;
    signIn.mutate(text, {
      onSuccess: () => {
        setSecret("");
        onDone?.();
      },
    });
  }

  return (
    <form className={styles.form} onSubmit={submit} noValidate>
      <TextField
        label="Token"
        type="password"
        autoComplete="off"
        spellCheck={false}
        translate="no"
        mono
        value={secret}
        onChange={setSecret}
        error={
          missing
            ? "Paste a token of this cluster first."
            : signIn.error === null
              ? undefined
              : clusterSignInProblem(signIn.error)
        }
        hint="It is sent to the gateway, which asks the cluster, and stays there until you sign out."
      />
      <Button type="submit" variant="primary" busy={signIn.isPending}>
        Sign in to the cluster
      </Button>
    </form>
  );
}

export interface ClusterSignInPageProps {
  cluster: Cluster;
  /** Why there is nothing to ask the cluster with. */
  reason: string;
}

/** In place of the pages of a cluster that the session has no token for. */
export function ClusterSignInPage({ cluster, reason }: ClusterSignInPageProps) {
  return (
    <section className={styles.page} aria-labelledby="cluster-sign-in">
      <h1 id="cluster-sign-in" className={styles.title}>
        Sign in to <UserText text={cluster.name} flow="wrap" limit={200} />
      </h1>
      <p className={styles.words}>
        {cluster.productName}. <UserText text={reason} flow="wrap" limit={400} />
      </p>
      <ClusterSignInForm cluster={cluster} />
    </section>
  );
}

export interface ClusterSignInDialogProps {
  cluster: Cluster;
  onClose: () => void;
  returnFocus: () => HTMLElement | null;
}

/** Replaces the token that the session shows to a cluster. */
export function ClusterSignInDialog({ cluster, onClose, returnFocus }: ClusterSignInDialogProps) {
  return (
    <Dialog
      open
      closable
      title="Use another token"
      description={`For ${cluster.name}. It takes the place of the one that this session shows to the cluster.`}
      onClose={onClose}
      returnFocus={returnFocus}
    >
      <ClusterSignInForm cluster={cluster} onDone={onClose} />
    </Dialog>
  );
}
