import { useEffect, useRef, useState, type RefObject } from "react";
import { Button, IconButton } from "./button.tsx";
import { classNames } from "./class-names.ts";
import styles from "./copy-button.module.css";
import { VisuallyHidden } from "./visually-hidden.tsx";
import "./more-icons.ts";

export interface CopyButtonProps {
  value: string;
  /** Says what is copied: `Copy ID`. */
  label: string;
  /** Shows the label, not only the icon. */
  showLabel?: boolean;
  /** Where the value stands on screen. When the clipboard is refused its text gets selected there; without it a field with the text appears. */
  target?: RefObject<HTMLElement | null> | undefined;
  /** The clipboard refused, and the text is about to be selected. */
  onRefused?: (() => void) | undefined;
  className?: string | undefined;
  disabledReason?: string | undefined;
}

type Outcome = "none" | "copied" | "refused";

const COPIED_MILLIS = 2_000;

function selectTextOf(element: HTMLElement): void {
  if (element instanceof HTMLInputElement || element instanceof HTMLTextAreaElement) {
    element.focus();
    element.select();
    return;
  }
  const selection = document.getSelection();
  selection?.removeAllRanges();
  const range = document.createRange();
  range.selectNodeContents(element);
  selection?.addRange(range);
}

/** Says *Copied* only once the clipboard has it. Refused, it says so and leaves the text selected for Ctrl+C. */
export function CopyButton({
  value,
  label,
  showLabel = false,
  target,
  onRefused,
  className,
  disabledReason,
}: CopyButtonProps) {
  const [outcome, setOutcome] = useState<Outcome>("none");
  const field = useRef<HTMLTextAreaElement>(null);

  useEffect(() => {
    if (outcome === "refused") {
      const place = target?.current ?? field.current;
      if (place !== null) selectTextOf(place);
      return;
    }
    if (outcome !== "copied") return;
    const timer = setTimeout(() => setOutcome("none"), COPIED_MILLIS);
    return () => clearTimeout(timer);
  }, [outcome, target]);

  const copy = async () => {
    // Back to nothing first, so that a second refusal selects and says it again.
    setOutcome("none");
    try {
      // Undefined without TLS, whatever its type says: the attempt throws and is a refusal like any other.
      await navigator.clipboard.writeText(value);
      setOutcome("copied");
    } catch {
      onRefused?.();
      setOutcome("refused");
    }
  };

  const shared = {
    icon: outcome === "copied" ? "check" : "copy",
    disabledReason,
    size: "small",
    onClick: () => void copy(),
  } as const;

  return (
    <span className={classNames(styles.frame, className)}>
      {showLabel ? (
        <Button {...shared} variant="secondary">
          {outcome === "copied" ? "Copied" : label}
        </Button>
      ) : (
        <IconButton {...shared} label={label} />
      )}
      {outcome === "refused" && target === undefined && (
        // A field of one line would take the line breaks out of what is copied from it.
        <textarea ref={field} className={styles.field} rows={1} readOnly value={value} aria-label={label} />
      )}
      {outcome === "refused" && <span className={styles.refused}>Not copied: press Ctrl+C</span>}
      <VisuallyHidden>
        <span role="status">
          {outcome === "copied" && "Copied"}
          {outcome === "refused" && "The browser refused the clipboard. The text is selected: press Ctrl+C."}
        </span>
      </VisuallyHidden>
    </span>
  );
}
