import type { Permission } from "#contract/permission.ts";
import type { Cluster } from "#contract/cluster.ts";
import type { ListProblem } from "#app/features/tokens/list-problem.ts";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenList } from "#app/features/tokens/token-list.ts";

/** State of a history entry that was made by opening a token's sheet from its list: going back closes the sheet. */
export const FROM_LIST = "list";

/** What the administrator is being asked on a tokens page, beside revoking one token. Never in the URL. */
export type TokenFlow =
  /** `from`: what the form begins with. */
  | {
      flow: "create";
      from?: { description: string; permissions: readonly Permission[]; organizationId?: string | undefined };
    }
  /** `back`: where closing it leads. */
  | { flow: "edit" | "suspend" | "restore" | "rotate"; token: ListedToken; back?: TokenFlow }
  | { flow: "rotations" }
  /** `abandon`: begins with the question whether to give it up. */
  | { flow: "continue_rotation"; rotationId: string; abandon?: boolean }
  /** Without ids they are asked for. */
  | { flow: "revoke_many"; ids: readonly string[] }
  | { flow: "continue_revoke_run"; runId: string; report?: boolean };

/** What the flows of a tokens page work with. */
export interface FlowContext {
  kind: "database" | "management";
  cluster: Cluster;
  /** The latest list: complete, or what has come of a first one. */
  list: TokenList | undefined;
  /** Why that list is not fresh. */
  listProblem: ListProblem | undefined;
  /** Names of the cluster's databases; undefined while unknown, and for management tokens. */
  databases: readonly string[] | undefined;
  databasesProblem: ListProblem | undefined;
  /** Milliseconds of the server's clock. */
  now: number;
  /** The management token that this session acts with. */
  credentialId: string | undefined;
  /** Changes with the person and the session: who ticks a box answers for it. */
  consenter: string;
  /** The cluster's API does not offer these tokens: what is done with them is a command to copy. */
  commandsOnly: boolean;
  openFlow: (flow: TokenFlow) => void;
  closeFlow: () => void;
  startRevoke: (token: ListedToken, opener: HTMLElement | null) => void;
  /** Opens the sheet of a token. */
  showToken: (id: string) => void;
  /** A token's row is to show at once what the list now says, also while rows are held. */
  onTouched: (...ids: string[]) => void;
  /** Selects tokens in the table, or takes them out of the selection. */
  select: (ids: Iterable<string>, on: boolean) => void;
  /** Shows one token in the table, whatever was searched for. */
  onView: (id: string) => void;
  /** Where focus goes when the flow is closed: what was pressed to open it, or the token's row. */
  returnFocus: () => HTMLElement | null;
}
