import type { RefObject } from "react";
import { TextOrFile } from "#app/ui/text-or-file.tsx";
import { useSay } from "#app/ui/vocabulary.ts";

export interface PasteStepProps {
  text: string;
  onText: (text: string) => void;
  inputRef: RefObject<HTMLTextAreaElement | null>;
  /** It is being looked up: it stays what it was. */
  fixed: boolean;
}

/** Asks for a list. Nothing of it leaves the page but the ids that are revoked in the end. */
export function PasteStep(props: PasteStepProps) {
  const say = useSay();
  return (
    <TextOrFile
      {...props}
      label="Token IDs or descriptions"
      hint={say(
        "One on a line, or separated by commas or tabs; or a CSV file, of which the first column counts. Nothing is revoked before you have seen the plan.",
      )}
      fileLabel="File with token IDs"
      accept=".csv,.tsv,.txt,text/*"
      mostMegabytes={4}
    />
  );
}
