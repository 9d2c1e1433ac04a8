import type { ReactNode } from "react";
import { classNames } from "./class-names.ts";
import styles from "./user-text.module.css";
import { visibleParts } from "./visible-text.ts";

export interface UserTextProps {
  text: string;
  /** Shown quietly where there is no text at all. */
  empty?: string;
  /** UTF-16 units at most; the rest becomes `…`. Keeps a row cheap whose text is 10 kB. */
  limit?: number;
  /**
   * `line` (default) is cut with an ellipsis by the width there is; `wrap` takes as many lines as it needs.
   */
  flow?: "line" | "wrap";
  title?: string | undefined;
  className?: string | undefined;
}

/** Of scripts that are written from the right: a block from the left would cut such a text where it begins. */
const FROM_THE_RIGHT = /[\u0590-\u08ff\ud802-\ud83b\ufb1d-\ufdff\ufe70-\ufefc]/;

/**
 * What a person typed, as text that cannot act on what stands around it: isolated from its direction, what is
 * invisible shown as escapes.
 */
export function UserText({ text, empty, limit, flow = "line", title, className }: UserTextProps) {
  if (text === "" && empty !== undefined)
    return <span className={classNames(styles.empty, className)}>{empty}</span>;
  return (
    <bdi className={classNames(styles.text, styles[flow], className)} title={title} translate="no">
      {visibleParts(text, limit).map((part, index) =>
        part.escaped ? (
          <span key={index} className={styles.escape} dir="ltr">
            {part.text}
          </span>
        ) : (
          part.text
        ),
      )}
    </bdi>
  );
}

/**
 * What a person typed, in a block that holds nothing else and shows spaces as they are, which isolates it. Where it is
 * harmless it needs no element of its own: one less to lay out in every row of a table.
 */
export function drawUserText(text: string, limit: number): ReactNode {
  const [only, ...others] = visibleParts(text, limit);
  return only?.escaped === false && others.length === 0 && !FROM_THE_RIGHT.test(text) ? (
    only.text
  ) : (
    <UserText text={text} limit={limit} />
  );
}
