import { memo, useEffect, useRef } from "react";
import { canonical } from "#contract/canonical.ts";
import { adminPermission } from "#contract/permission.ts";
import { isSuspended, tokenStatus } from "#contract/token.ts";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenActions } from "#app/features/tokens/token-menus.tsx";
import { WaitingNews } from "#app/features/tokens/waiting-news.tsx";
import { CreateTokenFlow } from "./create-token-flow.tsx";
import { EditTokenFlow } from "./edit-token-flow.tsx";
import { RestoreTokenFlow } from "./restore-token-flow.tsx";
import { RevokeFromList, RevokeManyBars, type RevokeManyBarsProps } from "./revoke-many-entry.tsx";
import { RevokeManyFlow } from "./revoke-many-flow.tsx";
import { RotateTokenFlow } from "./rotate-token-flow.tsx";
import { RowOptions as RowOptionsMenu, type RowOptionsProps } from "./row-options.tsx";
import { RotationsEntry, type RotationsEntryProps } from "./rotations-entry.tsx";
import { RotationsFlow } from "./rotations-dialog-flow.tsx";
import { SuspendTokenFlow } from "./suspend-token-flow.tsx";
import { reasonOf } from "./token-name.ts";
import { useSheetFocus } from "./sheet-focus.ts";
import type { FlowContext, TokenFlow } from "./token-flow.ts";
import { TokenSheet } from "./token-sheet.tsx";
import { UnseenSecrets } from "./unseen-secrets.tsx";

export { RevokeNote } from "./rotations-entry.tsx";

export function RowOptions(props: Omit<RowOptionsProps, "actionsOf">) {
  return <RowOptionsMenu {...props} actionsOf={tokenActions} />;
}

export interface HeaderActionsProps extends RotationsEntryProps {
  /** Why nothing may be revoked here. */
  refusal: string | undefined;
}

/** What stands beside the page's primary action. */
export const HeaderActions = memo(function HeaderActions({ context, openFlow, refusal }: HeaderActionsProps) {
  return (
    <>
      <RotationsEntry context={context} openFlow={openFlow} />
      <RevokeFromList refusal={refusal} openFlow={openFlow} />
    </>
  );
});

export interface TableFloatsProps extends RevokeManyBarsProps {
  /** Changes that wait, since somebody is on the rows. */
  waiting: number;
  onShowWaiting: () => void;
}

export function TableFloats({ waiting, onShowWaiting, ...bars }: TableFloatsProps) {
  return (
    <>
      <WaitingNews count={waiting} onShow={onShowWaiting} />
      <RevokeManyBars {...bars} />
    </>
  );
}

export interface TokenFlowsProps {
  flow: TokenFlow | undefined;
  context: FlowContext;
  /** The token whose sheet the address names. */
  sheetId: string | undefined;
  closeSheet: () => void;
}

/** Everything that a tokens page asks and shows on top of its table. Loaded while the page is idle. */
export const TokenFlows = memo(function TokenFlows({ flow, context, sheetId, closeSheet }: TokenFlowsProps) {
  const { inSheet, inFlow } = useSheetFocus(context);
  const isShown = useIsShown();
  const back = flow !== undefined && "back" in flow ? flow.back : undefined;
  return (
    <>
      <UnseenSecrets context={context} creating={flow?.flow === "create"} />
      {sheetId !== undefined && (
        <TokenSheet
          key={sheetId}
          tokenId={sheetId}
          context={inSheet}
          actionsOf={tokenActions}
          closeSheet={closeSheet}
        />
      )}
      <OpenFlow
        flow={flow}
        isShown={isShown}
        context={back === undefined ? inFlow : { ...inFlow, closeFlow: () => context.openFlow(back) }}
      />
    </>
  );
});

interface OpenFlowProps {
  flow: TokenFlow | undefined;
  context: FlowContext;
  /** Whether the page is there still. */
  isShown: () => boolean;
}

function OpenFlow({ flow, context, isShown }: OpenFlowProps) {
  switch (flow?.flow) {
    case "rotate":
      return (
        <RotateTokenFlow
          key={flow.token.id}
          context={context}
          asked={{ token: flow.token }}
          actionsOf={tokenActions}
        />
      );
    case "rotations":
      return <RotationsFlow context={context} />;
    case "continue_rotation":
      return (
        <RotateTokenFlow
          key={flow.rotationId}
          context={context}
          asked={{ rotationId: flow.rotationId, abandon: flow.abandon === true }}
          actionsOf={tokenActions}
        />
      );
    case "create":
      return <CreateTokenFlow context={context} from={flow.from} />;
    case "edit":
      return (
        <EditTokenFlow
          key={flow.token.id}
          context={context}
          isShown={isShown}
          asked={flow.token}
          rotate={tokenActions(flow.token, context).rotate ?? "It cannot be rotated."}
        />
      );
    case "suspend":
      return <SuspendTokenFlow key={flow.token.id} context={context} isShown={isShown} asked={flow.token} />;
    case "restore":
      return <RestoreTokenFlow key={flow.token.id} context={context} asked={flow.token} />;
    case undefined:
      return null;
    case "revoke_many":
      return <RevokeManyFlow context={context} source={{ ids: flow.ids }} />;
    case "continue_revoke_run":
      return (
        <RevokeManyFlow
          key={`${flow.runId} ${flow.report === true}`}
          context={context}
          source={{ runId: flow.runId, report: flow.report === true }}
        />
      );
  }
}

/** A toast outlives the page: what it then wants to open there would not be seen. */
function useIsShown(): () => boolean {
  const shown = useRef(false);
  useEffect(() => {
    shown.current = true;
    return () => {
      shown.current = false;
    };
  }, []);
  return () => shown.current;
}

/** What the options menu and the sheet of a token offer beside revoking it, or why not. */
export function tokenActions(
  token: ListedToken,
  context: Pick<FlowContext, "kind" | "cluster" | "now" | "openFlow">,
): Pick<TokenActions, "edit" | "clone" | "rotate" | "suspend" | "restore"> {
  const { kind, cluster, now, openFlow } = context;
  const { capabilities } = cluster;
  const status = tokenStatus(token, now);
  const inactive = status === "active" ? undefined : `This token is ${status}.`;
  const offer = (flow: "edit" | "rotate" | "suspend" | "restore", ...reasons: FlowReason[]) =>
    reasons.find((reason) => reason !== undefined) ?? (() => openFlow({ flow, token }));
  if (kind === "management") {
    return {
      rotate: offer(
        "rotate",
        reasonOf(capabilities.createManagementToken),
        reasonOf(capabilities.revokeManagementToken),
        status === "revoked" ? inactive : undefined,
      ),
    };
  }
  return {
    edit: offer(
      "edit",
      reasonOf(capabilities.updateDatabaseToken),
      status === "revoked" ? inactive : undefined,
    ),
    clone:
      reasonOf(capabilities.createDatabaseToken) ??
      (isSuspended(token) && token.isDeactivated !== true
        ? "Restore it first: the new token gets its permissions."
        : undefined) ??
      (isAdmin(token) ? undefined : reasonOf(capabilities.choosePermissions)) ??
      (() => openFlow({ flow: "create", from: copyOf(token) })),
    rotate: offer(
      "rotate",
      reasonOf(capabilities.createDatabaseToken),
      reasonOf(capabilities.revokeDatabaseToken),
      status === "revoked" ? inactive : undefined,
      isSuspended(token)
        ? token.isDeactivated === true
          ? "Activate it first: what uses it cannot go over to another one while it is out of use."
          : "Restore it first: the replacement gets its permissions."
        : undefined,
      isAdmin(token) ? undefined : reasonOf(capabilities.choosePermissions),
    ),
    // One that was given permissions while it was suspended has both: it may do something, and what it could do is kept.
    ...(isSuspended(token)
      ? {}
      : {
          suspend: offer(
            "suspend",
            reasonOf(capabilities.suspendDatabaseToken),
            inactive,
            cluster.suspension === "suspend" && token.permissions?.length === 0
              ? "It has no permissions to take away."
              : undefined,
          ),
        }),
    ...(token.suspendedAt === undefined
      ? {}
      : { restore: offer("restore", reasonOf(capabilities.suspendDatabaseToken), inactive) }),
  };
}

/** What the form of a new token begins with that is to do the same. */
function copyOf({ description, permissions = [], organizationId }: ListedToken) {
  return { description: `${description.trim()} (copy)`.trim(), permissions, organizationId };
}

/** Where tokens may do everything only, others cannot be made again. */
function isAdmin({ permissions = [] }: ListedToken): boolean {
  const [only, more] = permissions;
  return more === undefined && only !== undefined && canonical(only) === canonical(adminPermission);
}

type FlowReason = string | undefined;
