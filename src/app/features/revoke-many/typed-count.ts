import { useState } from "react";

export interface TypedCount {
  text: string;
  setText: (text: string) => void;
  /** Whether it is the number that was asked for. */
  matches: boolean;
}

/** Whether a text is that number, however its thousands are set apart. */
export function isCount(text: string, count: number): boolean {
  return text.replace(/[\s,.'’]/g, "") === String(count);
}

/**
 * The number of tokens, typed as consent. It counts for what was shown and for who read it: when `about` changes, because
 * somebody else signed in or other tokens are meant, it is asked for again.
 */
export function useTypedCount(count: number, about: string): TypedCount {
  const [typed, setTyped] = useState({ text: "", about });
  const text = typed.about === about ? typed.text : "";
  return {
    text,
    setText: (next) => setTyped({ text: next, about }),
    matches: count > 0 && isCount(text, count),
  };
}
