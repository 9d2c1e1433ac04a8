import { TokenOptionsMenu, type TokenActions } from "#app/features/tokens/token-menus.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import { showsRow } from "#app/table/row-element.ts";
import { removalOf } from "./token-name.ts";
import { useCopyRevokeCommand } from "./use-copy-revoke-command.ts";
import type { FlowContext, TokenFlow } from "./token-flow.ts";

export interface RowOptionsProps {
  open: boolean;
  anchor: HTMLElement;
  /** What was pressed, where focus goes back to. */
  opener: HTMLElement;
  tokenId: string;
  /** Undefined when it is not in the list any more. */
  token: ListedToken | undefined;
  context: FlowContext;
  /** Whether single-letter keys are on. */
  keysOn: boolean;
  /** Why a token cannot be taken away. */
  refusalOf: (token: ListedToken | undefined) => string | undefined;
  openFlow: (asked: TokenFlow, opener: HTMLElement | null) => void;
  copyId: (id: string) => void;
  rowElement: (id: string) => HTMLElement | null;
  onClose: () => void;
  actionsOf: (
    token: ListedToken,
    context: FlowContext,
  ) => Pick<TokenActions, "edit" | "clone" | "rotate" | "suspend" | "restore">;
}

/** The options menu of a row, with everything that it offers: no item comes later and moves others under the pointer. */
export function RowOptions(props: RowOptionsProps) {
  const { open, anchor, opener, tokenId, token, context, openFlow } = props;
  const copyCommand = useCopyRevokeCommand();
  return (
    <TokenOptionsMenu
      open={open}
      anchor={anchor}
      onClose={props.onClose}
      token={token}
      returnFocus={() => (showsRow(opener, tokenId) ? opener : props.rowElement(tokenId))}
      keysOn={props.keysOn}
      actions={{
        removal: context.commandsOnly ? "command" : removalOf(context.kind, context.cluster),
        revoke: context.commandsOnly
          ? () => copyCommand([tokenId])
          : (props.refusalOf(token) ??
            (() => {
              if (token !== undefined) context.startRevoke(token, opener);
            })),
        ...(token !== undefined &&
          props.actionsOf(token, { ...context, openFlow: (asked) => openFlow(asked, opener) })),
        details: () => context.showToken(tokenId),
        copyId: () => props.copyId(tokenId),
      }}
    />
  );
}
