import { useId, useRef, useState, type ReactNode, type RefObject } from "react";
import { Button } from "./button.tsx";
import { Notice } from "./notice.tsx";
import styles from "./text-or-file.module.css";

export interface TextOrFileProps {
  label: string;
  hint: ReactNode;
  /** Accessible name of the file chooser. */
  fileLabel: string;
  /** What files it offers, as the attribute `accept` says it. */
  accept: string;
  /** A larger file is refused. */
  mostMegabytes: number;
  text: string;
  onText: (text: string) => void;
  inputRef?: RefObject<HTMLTextAreaElement | null>;
  /** It is being worked on: it stays what it was. */
  fixed?: boolean;
}

/** A field for a long text: pasted, dropped as a file, or chosen as one. Nothing is sent anywhere. */
export function TextOrFile(props: TextOrFileProps) {
  const { label, hint, fileLabel, accept, mostMegabytes, text, onText, inputRef, fixed = false } = props;
  const id = useId();
  const file = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string>();

  const take = async (chosen: File | undefined) => {
    if (chosen === undefined || fixed) return;
    setProblem(undefined);
    if (chosen.size > mostMegabytes * 1_000_000) {
      setProblem(`The file is larger than ${mostMegabytes} MB.`);
      return;
    }
    try {
      onText(await chosen.text());
    } catch {
      setProblem("The file could not be read.");
    }
  };

  return (
    <div className={styles.field}>
      <div>
        <label htmlFor={id} className={styles.label}>
          {label}
        </label>
        <textarea
          ref={inputRef}
          id={id}
          className={styles.text}
          data-over={over || undefined}
          aria-describedby={`${id}-hint`}
          spellCheck={false}
          autoComplete="off"
          value={text}
          readOnly={fixed}
          onChange={(event) => onText(event.target.value)}
          onDragOver={(event) => {
            if (!event.dataTransfer.types.includes("Files")) return;
            event.preventDefault();
            setOver(true);
          }}
          onDragLeave={() => setOver(false)}
          onDrop={(event) => {
            setOver(false);
            if (event.dataTransfer.files.length === 0) return;
            event.preventDefault();
            void take(event.dataTransfer.files[0]);
          }}
        />
        <p id={`${id}-hint`} className={styles.hint}>
          {hint}
        </p>
      </div>
      <div className={styles.file}>
        <Button size="small" disabled={fixed} onClick={() => file.current?.click()}>
          Choose a file…
        </Button>
        <span className={styles.quiet}>or drop one on the field</span>
        <input
          ref={file}
          type="file"
          accept={accept}
          className={styles.fileInput}
          aria-label={fileLabel}
          tabIndex={-1}
          onChange={(event) => {
            void take(event.target.files?.[0]);
            // The same file may be chosen again.
            event.target.value = "";
          }}
        />
      </div>
      <div role="alert">{problem !== undefined && <Notice tone="amber" title={problem} />}</div>
    </div>
  );
}
