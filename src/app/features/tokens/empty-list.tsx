import { NothingMatches } from "#app/table/no-rows.tsx";
import { Button } from "#app/ui/button.tsx";
import { EmptyState } from "#app/ui/empty-state.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { TokenView } from "./token-index.ts";
import type { TokenKind } from "./token-queries.ts";
import { hasFilters } from "./token-view-state.ts";

export interface EmptyListProps {
  kind: TokenKind;
  total: number;
  /** How many more would match if inactive tokens were shown. */
  inactiveMatches: number;
  view: TokenView;
  onChange: (change: Partial<TokenView>) => void;
  onClear: () => void;
}

/** "There is nothing" and "nothing matches" are different sentences, with different next steps. */
export function EmptyList({ kind, total, inactiveMatches, view, onChange, onClear }: EmptyListProps) {
  if (total === 0) {
    return (
      <EmptyState
        icon="key"
        title="No tokens yet"
        reason={`This ${kind === "database" ? "cluster" : "account"} has none. What is created by the command line or the API appears here.`}
      />
    );
  }
  const text = view.text.trim();
  if (inactiveMatches > 0) {
    return (
      <EmptyState
        role="status"
        icon="search"
        title={
          text === "" ? (
            `No active token matches`
          ) : (
            <>No active token matches &quot;{visibleText(text, 100)}&quot;</>
          )
        }
        reason={
          inactiveMatches === 1
            ? `1 revoked or expired token does.`
            : `${inactiveMatches} revoked or expired tokens do.`
        }
        action={<Button onClick={() => onChange({ inactive: true })}>Show Inactive Tokens</Button>}
      />
    );
  }
  return (
    <NothingMatches
      text={text}
      hasFilters={hasFilters(view)}
      searched={`Searched in the description and, for four characters or more, in the ID${kind === "database" ? "" : " and prefix"}.`}
      onClear={onClear}
    />
  );
}
