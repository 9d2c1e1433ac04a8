import {
  useChangeToken,
  useOpenSuspended,
  type TokenReading,
  type UpdateOutcome,
} from "#app/features/tokens/token-changes.ts";
import type { Token } from "#contract/token.ts";
import { ApiError } from "#app/api/api-error.ts";
import { useNotify } from "#app/layout/notify.ts";
import { doneDetail, doneTitle, failureWords, nameOf, whyNot } from "./token-change-words.ts";
import type { FlowContext } from "./token-flow.ts";
import { useSay } from "#app/ui/vocabulary.ts";

/** What takes a change back that was just made. It works from a toast, after what asked for the change is gone. */
export interface UndoChange {
  /** Gives the old description back, unless the token was changed since it was saved. */
  description: (saved: TokenReading, before: string) => void;
  /** Restores a token; where somebody gave it other permissions meanwhile, that is shown and asked first. */
  suspension: (token: Token) => void;
}

/** `isShown`: whether the page is there still, which a toast outlives. */
export function useUndoChange(context: FlowContext, isShown: () => boolean): UndoChange {
  const { cluster, onTouched, openFlow, showToken } = context;
  const ids = { accountId: cluster.accountId, clusterId: cluster.clusterId };
  const change = useChangeToken(ids);
  const openSuspended = useOpenSuspended(ids);
  const notify = useNotify();
  const say = useSay();

  const warn = (token: Token, detail: string) =>
    notify({
      tone: "warning",
      title: `Not undone: "${nameOf(token)}"`,
      detail,
      action: {
        label: "View",
        alternative: "Search for its ID and open its details",
        onSelect: () => showToken(token.id),
      },
    });
  const report = (token: Token, verb: string, outcome: UpdateOutcome) => {
    onTouched(token.id);
    if (outcome.kind !== "saved") {
      warn(token, whyNot(outcome));
      return;
    }
    notify({
      tone: outcome.readBack === "differs" ? "warning" : "success",
      title: doneTitle(verb, outcome),
      detail: doneDetail(outcome),
    });
  };
  const restore = async (token: Token) => {
    const reading = await openSuspended(token.id);
    const { kept } = reading;
    if (kept === undefined) {
      onTouched(token.id);
      notify({
        tone: "info",
        title: `"${nameOf(reading.token)}" ${say("was restored already, by somebody else")}`,
      });
    } else if (reading.token.isDeactivated === true || reading.token.permissions.length === 0) {
      report(token, say("Restored"), await change({ change: "restore", base: { ...reading, kept } }));
    } else if (isShown()) {
      openFlow({ flow: "restore", token: reading.token });
    } else {
      warn(
        token,
        "Somebody gave it other permissions while it was suspended. Restoring it shows the difference.",
      );
    }
  };

  return {
    description: (saved, before) =>
      void change({ change: "update", base: saved, update: { description: before } }).then(
        (outcome) => report(saved.token, "Gave the old description back to", outcome),
        (error: unknown) => warn(saved.token, errorWords(error)),
      ),
    suspension: (token) => void restore(token).catch((error: unknown) => warn(token, errorWords(error))),
  };
}

function errorWords(error: unknown): string {
  return error instanceof ApiError
    ? failureWords(error.failure)
    : "Something in this page failed. Look at it before you try again.";
}
