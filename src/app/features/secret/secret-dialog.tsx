import { useEffect, useRef, useState } from "react";
import { Button } from "#app/ui/button.tsx";
import { CopyButton } from "#app/ui/copy-button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { envFileName, envLine } from "./env-line.ts";
import styles from "./secret-dialog.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface SecretDialogProps {
  /** What it is the secret of, as a title says it: "Database Token". */
  what: string;
  description: string;
  tokenId: string;
  secret: string;
  /** ISO; never expires without it. */
  expiresAt: string | undefined;
  /** Name of the variable in the `.env` line. */
  envName: string;
  /** Something about this token that is not as it was asked for, in a sentence. With it the token can be revoked instead. */
  warning: string | undefined;
  /** It was shown before and is shown again, since nobody had said that it is stored. */
  again: boolean;
  onStored: () => void;
  onRevoke: () => void;
  returnFocus: () => HTMLElement | null;
}

/** Of the same length whatever the secret's is. */
const MASK = "•".repeat(32);

/** A secret, this once. It closes by its button alone: neither Escape nor a press outside does it. */
export function SecretDialog(props: SecretDialogProps) {
  const { what, description, tokenId, secret, expiresAt, envName, warning, again } = props;
  const say = useSay();
  const [shown, setShown] = useState(false);
  /** How often it was hidden: what is said of copying a text that was shown goes with it. */
  const [hidden, setHidden] = useState(0);
  const box = useRef<HTMLElement>(null);
  const show = useRef<HTMLButtonElement>(null);

  return (
    <Dialog
      open
      title={`${what} Created`}
      closable={false}
      onClose={ignore}
      // Not the button that ends it: Enter pressed twice in the form would take the secret away unseen.
      initialFocus={show}
      returnFocus={props.returnFocus}
      footer={
        <Button variant="primary" onClick={props.onStored}>
          I have stored it
        </Button>
      }
    >
      {again && (
        <p className={styles.again}>Nobody has said that this secret is stored, so here it is once more.</p>
      )}
      <dl className={styles.facts}>
        <dt>Description</dt>
        <dd>
          <UserText text={description} empty="No description" flow="wrap" limit={400} />
        </dd>
        <dt>Token ID</dt>
        <dd className={styles.id}>{visibleText(tokenId)}</dd>
        <dt>Expires</dt>
        <dd>{expiresAt === undefined ? "Never" : <Instant instant={expiresAt} />}</dd>
      </dl>
      {warning !== undefined && (
        <div className={styles.notice}>
          <Notice
            tone="amber"
            title={warning}
            action={<Button onClick={props.onRevoke}>{say("Revoke it instead")}</Button>}
          />
        </div>
      )}
      <section className={styles.secret} aria-labelledby="secret-heading">
        <h3 id="secret-heading" className={styles.heading}>
          Its secret, shown only now
        </h3>
        <div className={styles.box}>
          <code
            ref={box}
            className={shown ? styles.text : styles.mask}
            translate="no"
            spellCheck={false}
            {...(shown ? {} : { role: "img", "aria-label": "Hidden" })}
          >
            {shown ? secret : MASK}
          </code>
          <Button
            ref={show}
            size="small"
            onClick={() => {
              setShown(!shown);
              if (shown) setHidden(hidden + 1);
            }}
          >
            {shown ? "Hide" : "Show"}
          </Button>
        </div>
        <div className={styles.actions}>
          <CopyButton
            key={hidden}
            value={secret}
            label="Copy"
            showLabel
            target={box}
            // What cannot be copied has to be read and selected.
            onRefused={() => setShown(true)}
          />
          <Button size="small" onClick={() => download(envFileName(tokenId), envLine(envName, secret))}>
            Download as .env line
          </Button>
        </div>
      </section>
      <ul className={styles.notes}>
        <li>
          {say("Nobody can show it again, Tokenward included. Without it the token can only be revoked.")}
        </li>
        <li>
          It may take from seconds to some minutes until every node accepts a new token. Until then requests
          with it are answered with 401.
        </li>
      </ul>
    </Dialog>
  );
}

function ignore(): void {}

function Instant({ instant }: { instant: string }) {
  const text = new Intl.DateTimeFormat(undefined, {
    dateStyle: "long",
    timeStyle: "long",
  }).format(Date.parse(instant));
  return (
    <time dateTime={instant} title={instant}>
      {text}
    </time>
  );
}

/** How long a browser may take to begin with a download. */
const DOWNLOAD_BEGINS_MILLIS = 1_000;

function download(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), DOWNLOAD_BEGINS_MILLIS);
}

/** Asks before the page is left by the browser's own means, as long as it is mounted. */
export function LeavingAsks() {
  useEffect(() => {
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener("beforeunload", ask);
    return () => window.removeEventListener("beforeunload", ask);
  }, []);
  return null;
}
