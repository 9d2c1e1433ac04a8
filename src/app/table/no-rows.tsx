import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { visibleText } from "#app/ui/visible-text.ts";

export interface NothingFoundYetProps {
  /** What is read, such as "list". */
  noun: string;
  /** Nothing more of it comes by itself. */
  hasFailed: boolean;
}

/** No row matches, of what is not complete: what is not there cannot be said. */
export function NothingFoundYet({ noun, hasFailed }: NothingFoundYetProps) {
  return (
    <EmptyState
      role="status"
      icon="search"
      title="Nothing found so far"
      reason={
        hasFailed
          ? `The ${noun} could not be read to its end, so there may be more.`
          : `The ${noun} is still being read.`
      }
    />
  );
}

export interface NothingMatchesProps {
  /** What was searched for. */
  text: string;
  hasFilters: boolean;
  /** Where it was searched, in a sentence. */
  searched: string;
  onClear: () => void;
}

export function NothingMatches({ text, hasFilters, searched, onClear }: NothingMatchesProps) {
  const words = text.trim();
  return (
    <EmptyState
      role="status"
      icon="search"
      title={
        words === "" ? (
          "Nothing matches the filters"
        ) : (
          <>Nothing matches &quot;{visibleText(words, 100)}&quot;</>
        )
      }
      reason={hasFilters ? "Filters are in force as well." : searched}
      action={<Button onClick={onClear}>{hasFilters ? "Clear search and filters" : "Clear search"}</Button>}
    />
  );
}
