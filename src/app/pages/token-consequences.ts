import type { Permission } from "#contract/permission.ts";
import type { Token } from "#contract/token.ts";
import { databaseConsequences, managementConsequences } from "#app/features/revoke/consequences.ts";
import type { Consequences } from "#app/features/revoke/consequence-list.tsx";
import { clockText } from "#app/features/tokens/time-text.ts";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import type { FlowContext } from "./token-flow.ts";

function isDatabaseToken(token: ListedToken): token is Token {
  return token.permissions !== undefined;
}

type Known = Pick<
  FlowContext,
  "kind" | "list" | "listProblem" | "databases" | "databasesProblem" | "now" | "credentialId"
>;

/**
 * What would stop working without a token, or with no more than the permissions that it keeps; or why that cannot be
 * said.
 */
export function consequencesFor(
  known: Known,
  token: ListedToken,
  kept: readonly Permission[] = [],
): Consequences {
  const { kind, list, listProblem, databases, databasesProblem, now, credentialId } = known;
  const unsure = (reason: string) => ({ kind: "unsure", reason }) as const;
  if (list === undefined || !list.complete) {
    return unsure(
      listProblem === undefined
        ? "The list is still being read, so what depends on this token is not known yet."
        : `The list could not be read to its end, so what depends on this token is not known. ${listProblem.reason}`,
    );
  }
  if (list.unreadable.length > 0) {
    return unsure("Some tokens could not be read, so what depends on this one is not known.");
  }
  if (listProblem !== undefined) {
    const age = `The list is of ${clockText(list.receivedAt)} and could not be read again`;
    return unsure(`${age}, so what depends on this token now is not known.`);
  }
  if (kind === "management") {
    return {
      kind: "management",
      consequences: managementConsequences(token, list.index, credentialId, now),
    } as const;
  }
  if (databases === undefined) {
    return unsure(
      databasesProblem === undefined
        ? "The databases of this cluster are being read; what depends on this token is not known yet."
        : `The databases of this cluster could not be read, so what depends on this token is not known. ${databasesProblem.reason}`,
    );
  }
  if (!isDatabaseToken(token))
    throw new Error("A database token without permissions reached the revoke dialog.");
  return {
    kind: "database",
    consequences: databaseConsequences(token, list.index, databases, now, kept),
  } as const;
}
