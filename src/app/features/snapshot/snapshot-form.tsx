import { useState, type ReactNode } from "react";
import { Button } from "#app/ui/button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { TextOrFile } from "#app/ui/text-or-file.tsx";
import styles from "./snapshot.module.css";

export interface SnapshotFormProps {
  /** Why the tokens cannot be read from the cluster. */
  reason: string;
  /** The commands that do what this page cannot. */
  commands: ReactNode;
  /** Takes what the command printed; the reason when that is no list. */
  onText: (text: string) => string | undefined;
  /** Keeps what is shown already. */
  onCancel: (() => void) | undefined;
}

/** Asks for what influxctl prints, where no API says it. */
export function SnapshotForm({ reason, commands, onText, onCancel }: SnapshotFormProps) {
  const [text, setText] = useState("");
  const [refused, setRefused] = useState<string>();
  return (
    <div className={styles.form}>
      <p className={styles.words}>{reason}</p>
      <section aria-labelledby="snapshot-commands" className={styles.part}>
        <h2 id="snapshot-commands" className={styles.heading}>
          With influxctl
        </h2>
        {commands}
      </section>
      <section aria-labelledby="snapshot-read" className={styles.part}>
        <h2 id="snapshot-read" className={styles.heading}>
          Show its list here
        </h2>
        <TextOrFile
          label="Output of influxctl management list --format json"
          hint="It stays in this page: nothing of it is sent. The list it gives is searched and sorted as any other, and says how old it is."
          fileLabel="File with the output of influxctl"
          accept=".json,.txt,application/json,text/*"
          mostMegabytes={8}
          text={text}
          onText={(next) => {
            setText(next);
            setRefused(undefined);
          }}
        />
        <div role="alert">{refused !== undefined && <Notice tone="amber" title={refused} />}</div>
        <div className={styles.buttons}>
          <Button variant="primary" onClick={() => setRefused(onText(text))}>
            Show Tokens
          </Button>
          {onCancel !== undefined && <Button onClick={onCancel}>Cancel</Button>}
        </div>
      </section>
    </div>
  );
}
