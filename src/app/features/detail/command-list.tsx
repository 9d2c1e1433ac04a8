import { useId, useRef } from "react";
import { CopyButton } from "#app/ui/copy-button.tsx";
import type { Command, CommandGroup } from "./commands.ts";
import styles from "./detail.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

/** Commands that do the same as this page, one group for each action. */
export function CommandList({ groups }: { groups: readonly CommandGroup[] }) {
  const say = useSay();
  const inWords = groups.map((group) => ({ ...group, title: say(group.title) }));
  return (
    <div className={styles.groups}>
      {inWords.map(({ action, title, commands }) => (
        <details key={action} className={styles.group}>
          <summary>{title}</summary>
          <div className={styles.commands}>
            {commands.map((command) => (
              <CommandLine key={command.tool} command={command} title={title} />
            ))}
          </div>
        </details>
      ))}
    </div>
  );
}

function CommandLine({ command: { tool, line, note }, title }: { command: Command; title: string }) {
  const text = useRef<HTMLElement>(null);
  const noteId = useId();
  return (
    <div className={styles.command}>
      <div className={styles.commandHead}>
        <span className={styles.tool}>{tool}</span>
        {note !== undefined && (
          <span id={noteId} className={styles.note}>
            {note}
          </span>
        )}
        {line !== undefined && (
          <CopyButton
            value={line}
            label={`Copy ${tool} command: ${title}`}
            target={text}
            className={styles.copy}
          />
        )}
      </div>
      {line !== undefined && (
        // It scrolls sideways by itself, so keys have to get there.
        <pre
          className={styles.line}
          role="region"
          aria-label={`${tool} command: ${title}`}
          aria-describedby={note === undefined ? undefined : noteId}
          tabIndex={0}
        >
          <code ref={text} translate="no" dir="ltr">
            {line}
          </code>
        </pre>
      )}
    </div>
  );
}
