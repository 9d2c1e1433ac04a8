import { tokenNameOf } from "./token-name.ts";
import { useNavigate } from "react-router";
import type { Created } from "#app/api/create-token.ts";
import { forgetPending, releasePending, type PendingCreation } from "#app/features/secret/pending-secrets.ts";
import { dayAndTime, localZone, zoneText } from "#app/features/token-form/expiry.ts";
import { acknowledgeOperation, isSameExpiry, useRefreshTokens } from "#app/features/tokens/token-creation.ts";
import { useNotify } from "#app/layout/notify.ts";
import { paths } from "#app/paths.ts";
import { visibleText } from "#app/ui/visible-text.ts";
import { openPage } from "./open-page.ts";
import { showSecret } from "./show-secret.tsx";
import { FROM_LIST, type FlowContext } from "./token-flow.ts";
import { useWhoMustAsk } from "./use-asker.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface ShownCreation {
  created: Created;
  pending: PendingCreation;
  /** Somebody went away from it before. */
  again?: boolean;
}

/**
 * Gives what shows a new token's secret until it is stored, and then says that the token is there. The page below may be
 * another one by then: what follows goes to the one that shows the token, if it is open.
 */
export function useSecretShown({
  returnFocus,
  cluster,
}: Pick<FlowContext, "returnFocus" | "cluster">): (shown: ShownCreation) => void {
  const notify = useNotify();
  const refresh = useRefreshTokens();
  const whoMustAsk = useWhoMustAsk();
  const say = useSay();
  const navigate = useNavigate();

  return ({ created: { token, secret }, pending, again }) => {
    const { kind, wanted, operationKey, slug } = pending;
    // What was asked of another cluster has no name here.
    const what = slug === cluster.slug ? tokenNameOf(kind, cluster) : "Token";
    const name = () => `"${visibleText(token.description, 80).trim() || token.id}"`;
    const view = {
      label: "View",
      alternative: `Open ${what}s and search for its ID`,
      onSelect: () => {
        const page = openPage(pending);
        if (page !== undefined) page.onView(token.id);
        else void navigate(paths.token(kind, slug, token.id), { state: FROM_LIST });
      },
    };
    void showSecret({
      what,
      description: token.description,
      tokenId: token.id,
      secret,
      // What was asked of another cluster may have others.
      say: slug === cluster.slug ? say : undefined,
      expiresAt: token.expiresAt,
      warning: isSameExpiry(token.expiresAt, wanted.expiresAt)
        ? undefined
        : `You asked for another expiry: ${expiryWords(wanted.expiresAt)}.`,
      again,
      acknowledge: async (answer) => {
        // It is shown again where it can be revoked.
        if (answer === "revoke" && openPage(pending) === undefined) return;
        // The gateway takes it from anybody, and does nothing unless it is who began it.
        const startedBy = await whoMustAsk(pending, false);
        if (startedBy !== undefined) throw new Error(`${startedBy} has to say it.`);
        await acknowledgeOperation(operationKey);
      },
      returnFocus,
    }).then(({ answer, acknowledged }) => {
      refresh(kind, pending);
      const page = openPage(pending);
      page?.onTouched(token.id);
      if (answer === "revoke" && page === undefined) {
        releasePending([operationKey]);
        notify({
          tone: "warning",
          title: `${say("Not revoked yet")}: ${name()}`,
          detail: token.id,
          action: view,
        });
        return;
      }
      forgetPending(operationKey);
      if (answer === "revoke") page?.startRevoke(token, null);
      else notify({ tone: "success", title: `Created ${name()}`, action: view });
      return acknowledged.then((done) => {
        if (done) return;
        notify({
          tone: "warning",
          title: "The gateway could not be told that the secret is stored.",
          detail: "Its sealed copy goes by itself, 5 minutes after the token was created.",
        });
      });
    });
  };
}

function expiryWords(expiresAt: string | undefined): string {
  if (expiresAt === undefined) return "never";
  const zone = localZone();
  const millis = Date.parse(expiresAt);
  return `${dayAndTime(millis, zone)}, ${zoneText(millis, zone)}`;
}
