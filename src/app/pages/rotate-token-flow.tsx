import { reasonOf, tokenNameOf } from "./token-name.ts";
import { useEffect, useId, useRef, useState, type ReactNode, type RefObject } from "react";
import { isForAll } from "#contract/permission.ts";
import type { Rotation } from "#contract/rotation.ts";
import { isSuspended } from "#contract/token.ts";
import { ProgressList } from "#app/features/rotate/progress-list.tsx";
import {
  placeNow,
  progressOf,
  revokeOldRefusal,
  type RotationPlace,
  type TokenKnowledge,
} from "#app/features/rotate/rotation-place.ts";
import {
  useRotationEnd,
  useRotations,
  useRotationStep,
  type RotationProblem,
} from "#app/features/rotate/rotation-queries.ts";
import { secretAgain, type SecretAgain } from "#app/features/rotate/secret-again.ts";
import {
  AbandonView,
  CreatingView,
  RotationOutcome,
  RotationWords,
} from "#app/features/rotate/rotation-view.tsx";
import styles from "#app/features/rotate/rotate.module.css";
import { TokenCard } from "#app/features/rotate/token-card.tsx";
import { holdPage } from "#app/features/session/page-hold.ts";
import { DiscardDialog } from "#app/features/token-form/discard-dialog.tsx";
import { RotateForm, RotateFormOutcome } from "#app/features/token-form/rotate-form.tsx";
import { useLeaveWarning } from "#app/features/token-form/use-leave-warning.ts";
import { accessByResource } from "#app/features/tokens/permission-chips.ts";
import { relativeText } from "#app/features/tokens/time-text.ts";
import { drawStatus } from "#app/features/tokens/token-cells.tsx";
import type { ListedToken } from "#app/features/tokens/token-index.ts";
import type { TokenActions } from "#app/features/tokens/token-menus.tsx";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Skeleton } from "#app/ui/skeleton.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { toMillis } from "#contract/instant.ts";
import { actorIdentity } from "./actor-identity.ts";
import { useCluster } from "./cluster-context.ts";
import { knownRotation, replacementCandidates, type KnownRotation } from "./rotation-tokens.ts";
import { instantWords } from "./token-facts.tsx";
import type { FlowContext } from "./token-flow.ts";
import { useRotateStart, type StartSettled } from "./use-rotate-start.ts";
import { useRotationSecret } from "./use-rotation-secret.ts";
import { useSay } from "#app/ui/vocabulary.ts";

export interface RotateTokenFlowProps {
  context: FlowContext;
  /** The token to rotate, or a rotation to go on with. */
  asked: { token: ListedToken } | { rotationId: string; abandon: boolean };
  /** What may be done with a token beside revoking it. */
  actionsOf: (
    token: ListedToken,
    context: Pick<FlowContext, "kind" | "cluster" | "now" | "openFlow">,
  ) => Pick<TokenActions, "suspend" | "restore">;
}

/** What the dialog says of the last thing that was asked for. */
interface Said {
  title: string;
  problem: RotationProblem | undefined;
  tone: "red" | "amber" | "info";
}

type Running = "starting" | "step" | "asking_secret";

/** The guided path of a rotation. It may be left at each step, and is taken up where it was. */
export function RotateTokenFlow({ context, asked, actionsOf }: RotateTokenFlowProps) {
  const { kind, cluster, now, closeFlow, openFlow, startRevoke, returnFocus } = context;
  const say = useSay();
  const { rotations, problem: unread, isReading, read } = useRotations(cluster);
  const actor = actorIdentity(useCluster().actor);
  const start = useRotateStart(context, "token" in asked ? asked.token.description : "");
  const takeStep = useRotationStep();
  const present = useRotationSecret(context);
  const formId = useId();
  const closeButton = useRef<HTMLButtonElement>(null);
  const abandonButton = useRef<HTMLButtonElement>(null);

  const [followed, setFollowed] = useState<Rotation>();
  const isRunning = useRef(false);
  const [running, setRunning] = useState<Running>();
  const [said, setSaid] = useState<Said>();
  const [abandoning, setAbandoning] = useState("abandon" in asked && asked.abandon);
  const [leaving, setLeaving] = useState(false);

  const recorded = rotations?.find((rotation) =>
    followed !== undefined
      ? rotation.id === followed.id
      : "rotationId" in asked
        ? rotation.id === asked.rotationId
        : rotation.kind === kind && rotation.oldTokenId === asked.token.id,
  );
  // Once it has ended the list does not have it, and this is still about it.
  if (recorded !== undefined && recorded !== followed) setFollowed(recorded);
  const rotation = recorded ?? followed;
  const known = rotation === undefined ? undefined : knownRotation(rotation, context);
  const end = useRotationEnd(cluster, rotation?.id);
  const place =
    known && placeNow(known.place, { isListed: recorded !== undefined || rotations === undefined, end });

  /** Runs one thing at a time, and keeps the page meanwhile. */
  const run = async (what: Running, task: () => Promise<void>) => {
    // Enter twice, or a double click: the first one counts.
    if (isRunning.current) return;
    isRunning.current = true;
    setRunning(what);
    setSaid(undefined);
    const release = holdPage();
    try {
      await task();
    } finally {
      isRunning.current = false;
      release();
      setRunning(undefined);
    }
  };

  const goOn = async (settled: StartSettled | undefined) => {
    if (settled === undefined) return;
    if (settled.kind === "secret_lost") {
      setSaid({
        title: "The answer got lost, and the secret of the replacement with it",
        problem: undefined,
        tone: "amber",
      });
      return;
    }
    const stored = await present({
      started: settled.started,
      expiresAsAsked: settled.expiresAsAsked,
      again: false,
      returnFocus: () => closeButton.current,
    });
    if (stored.answer === "revoke") setAbandoning(true);
    else if (stored.problem !== undefined) setSaid(notRecorded(stored.problem));
  };

  const step = (name: "acknowledged" | "finished" | "abandoned") =>
    run("step", async () => {
      if (rotation === undefined) return;
      const problem = await takeStep(cluster, rotation, name);
      if (problem === undefined) return;
      setSaid(
        name === "acknowledged"
          ? notRecorded(problem)
          : {
              title:
                name === "finished" ? "It was not recorded as finished" : "The rotation was not abandoned",
              problem,
              tone: "red",
            },
      );
    });

  const showAgain = () =>
    run("asking_secret", async () => {
      if (rotation === undefined) return;
      let found: SecretAgain;
      try {
        found = await secretAgain(cluster.slug, rotation, actor);
      } catch {
        setSaid({
          title: "The gateway could not be asked for the secret",
          problem: undefined,
          tone: "amber",
        });
        return;
      }
      if (found.kind !== "secret") {
        setSaid({ title: withoutSecret(found.kind), problem: undefined, tone: "amber" });
        return;
      }
      const stored = await present({
        started: found.started,
        expiresAsAsked: found.expiresAsAsked,
        again: true,
        returnFocus: () => closeButton.current,
      });
      if (stored.answer === "revoke") setAbandoning(true);
      else if (stored.problem !== undefined) setSaid(notRecorded(stored.problem));
    });

  const busy = running !== undefined;
  const isForm = known === undefined && "token" in asked && rotations !== undefined;
  const leave = () => {
    if (busy) return;
    if (isForm && start.isChanged && start.step.step === "editing") setLeaving(true);
    else closeFlow();
  };
  useLeaveWarning(isForm && (start.isChanged || start.step.step !== "editing"), holdPage, leave);
  const title = `Rotate ${tokenNameOf(kind, cluster)}`;
  const close = (
    <Button ref={closeButton} onClick={leave} disabled={busy}>
      {place === undefined && start.step.step !== "unknown" ? "Cancel" : "Close"}
    </Button>
  );
  let body: ReactNode;
  let footer: ReactNode = close;
  const oldToken = known === undefined ? undefined : tokenOf(known.old);
  const replacement = known === undefined ? undefined : tokenOf(known.replacement);

  if (known === undefined || place === undefined) {
    if (rotations === undefined) {
      // Before it is known that the token is not being rotated already, nothing is to be typed.
      body =
        unread === undefined ? (
          <Skeleton width="70%" />
        ) : (
          <RotationOutcome tone="red" title="The rotations in progress could not be read" problem={unread} />
        );
      footer = (
        <>
          {close}
          {unread !== undefined && (
            <Button variant="primary" busy={isReading} onClick={read}>
              Try again
            </Button>
          )}
        </>
      );
    } else if ("rotationId" in asked) {
      body = <p className={styles.lead}>This rotation is over: somebody finished or abandoned it.</p>;
    } else {
      const { token } = asked;
      const row = context.list?.index.rowOf(token.id);
      const latest = row === undefined ? token : (context.list?.index.tokenAt(row) ?? token);
      body = (
        <>
          <p className={styles.lead}>
            {say(
              "A replacement with the same permissions is created. Both tokens are active until you have changed all clients over and revoke the old one.",
            )}
          </p>
          <div className={styles.outcome}>
            <RotateForm
              id={formId}
              value={start.value}
              onChange={start.change}
              step={start.step}
              sent={start.sent}
              attempts={start.attempts}
              permissions={<p className={styles.permissions}>{permissionWords(latest, kind)}</p>}
              expiryRefusal={kind === "database" ? reasonOf(cluster.capabilities.setExpiry) : undefined}
              now={now}
              onSubmit={() => {
                const wanted = busy ? undefined : start.read();
                if (wanted === undefined) return;
                void run("starting", async () => goOn(await start.begin(token.id, wanted)));
              }}
            />
          </div>
        </>
      );
      footer = (
        <>
          {close}
          {start.step.step === "unknown" ? (
            <Button
              variant="primary"
              busy={busy}
              onClick={() => void run("starting", async () => goOn(await start.checkAgain()))}
            >
              Check again
            </Button>
          ) : (
            <Button
              type="submit"
              form={formId}
              variant="primary"
              busy={busy}
              disabledReason={start.secondsLeft > 0 ? "The server asked for a pause." : undefined}
            >
              {start.step.step === "checking"
                ? "Checking…"
                : busy
                  ? "Creating…"
                  : start.secondsLeft > 0
                    ? `Create Replacement in ${start.secondsLeft} s`
                    : "Create Replacement"}
            </Button>
          )}
        </>
      );
    }
  } else if (abandoning && !hasEnded(place)) {
    const hasReplacement =
      known.rotation.newTokenId !== undefined &&
      place !== "without_replacement" &&
      place !== "creating" &&
      known.replacement.known !== "unlisted";
    body = (
      <>
        <AbandonView
          replacement={
            hasReplacement
              ? "active"
              : place === "without_replacement"
                ? "revoked"
                : known.replacement.known === "unlisted"
                  ? "unlisted"
                  : "unknown"
          }
        />
        <Cards known={known} context={context} />
      </>
    );
    footer = (
      <>
        <Button ref={closeButton} onClick={() => setAbandoning(false)} disabled={busy}>
          Go back
        </Button>
        <Button
          ref={abandonButton}
          variant={hasReplacement ? "secondary" : "primary"}
          busy={busy}
          onClick={() => void step("abandoned")}
        >
          {hasReplacement ? "Keep Both Tokens" : "Abandon Rotation"}
        </Button>
        {hasReplacement && (
          <Button
            variant="danger"
            disabledReason={replacement === undefined ? "The list does not have it yet." : undefined}
            onClick={(event) => {
              if (replacement !== undefined) startRevoke(replacement, event.currentTarget);
            }}
          >
            {say("Revoke Replacement")}
          </Button>
        )}
      </>
    );
  } else if (place === "creating") {
    const candidates = replacementCandidates(known.rotation, context);
    body = (
      <CreatingView
        since={instantWords(known.rotation.startedAt, now)}
        called={known.rotation.newDescription}
        candidates={candidates?.map((token) => ({
          id: token.id,
          description: token.description,
          created: instantWords(token.createdAt, now),
          revokedWords: token.revokedAt === undefined ? undefined : say("This token is revoked already."),
        }))}
        onRevoke={(id, button) => {
          const candidate = candidates?.find((token) => token.id === id);
          if (candidate !== undefined) startRevoke(candidate, button);
        }}
      />
    );
    footer = (
      <>
        <Button variant="quiet" className={styles.aside} onClick={() => setAbandoning(true)} disabled={busy}>
          Abandon…
        </Button>
        {close}
      </>
    );
  } else {
    body = (
      <>
        <RotationWords
          place={place}
          since={relativeText(toMillis(known.rotation.acknowledgedAt ?? known.rotation.startedAt), now)}
          oldSuspended={oldToken !== undefined && isSuspended(oldToken)}
          canSuspend={kind === "database" && cluster.capabilities.suspendDatabaseToken.allowed}
        />
        <Cards known={known} context={context} />
      </>
    );
    const refusal = revokeOldRefusal(place, known.replacement);
    const refused = refusal && say(refusal);
    const pause = oldToken === undefined ? undefined : pauseAction(oldToken, context, known.rotation.id);
    footer = hasEnded(place) ? (
      close
    ) : (
      <>
        <Button
          variant="quiet"
          className={styles.aside}
          onClick={() => setAbandoning(true)}
          disabled={busy || place === "ending"}
        >
          Abandon…
        </Button>
        {close}
        {place === "created" && (
          <>
            <Button busy={running === "asking_secret"} onClick={() => void showAgain()}>
              Show Secret Again
            </Button>
            <Button variant="primary" busy={running === "step"} onClick={() => void step("acknowledged")}>
              I have stored it
            </Button>
          </>
        )}
        {place === "overlap" && pause}
        {place === "ending" ? (
          <Button variant="primary" busy={running === "step"} onClick={() => void step("finished")}>
            Finish Rotation
          </Button>
        ) : (
          <Button
            variant="danger"
            disabledReason={
              refused ??
              (oldToken !== undefined
                ? undefined
                : known.old.known === "unlisted"
                  ? "The list does not show it."
                  : "The list does not have it yet.")
            }
            onClick={(event) => {
              if (oldToken !== undefined) startRevoke(oldToken, event.currentTarget);
            }}
          >
            {say("Revoke Old Token")}
          </Button>
        )}
      </>
    );
  }

  return (
    <>
      <Dialog
        open
        size="wide"
        // A press outside must not lose what was typed.
        tone="danger"
        title={title}
        closable={!busy}
        // One step back.
        onClose={() => (abandoning ? setAbandoning(false) : leave())}
        returnFocus={returnFocus}
        footer={footer}
      >
        <FocusKept
          key={`${place} ${abandoning}`}
          on={abandoning && place === "without_replacement" ? abandonButton : closeButton}
        />
        {place !== "over" && <ProgressList steps={progressOf(place)} />}
        {body}
        <div aria-live="assertive" className={styles.outcome}>
          {start.step.step === "checking" && (
            <RotationOutcome
              tone="info"
              title="No clear answer came. Asking what became of it, for some seconds…"
              problem={undefined}
            />
          )}
          {isForm && <RotateFormOutcome step={start.step} />}
          {said !== undefined && <RotationOutcome {...said} />}
        </div>
      </Dialog>
      {leaving && (
        <DiscardDialog
          onKeep={() => setLeaving(false)}
          onDiscard={() => {
            setLeaving(false);
            closeFlow();
          }}
          returnFocus={returnFocus}
        >
          <p>The replacement has not been asked for yet. The token stays as it is.</p>
        </DiscardDialog>
      )}
    </>
  );

  function pauseAction(token: ListedToken, where: FlowContext, rotationId: string): ReactNode {
    const back = { flow: "continue_rotation", rotationId } as const;
    const { suspend, restore } = actionsOf(token, {
      ...where,
      openFlow: (flow) => openFlow("token" in flow ? { ...flow, back } : flow),
    });
    const action = suspend ?? restore;
    if (action === undefined) return null;
    return (
      <Button {...(typeof action === "string" ? { disabledReason: action } : { onClick: action })}>
        {say(suspend === undefined ? "Restore Old Token" : "Suspend Old Token")}
      </Button>
    );
  }
}

/** When the button that was pressed went with its step, whoever uses keys goes on from another one. */
function FocusKept({ on }: { on: RefObject<HTMLElement | null> }) {
  useEffect(() => {
    const keep = () => {
      const { activeElement } = document;
      const dialog = activeElement?.closest("[role=dialog]") ?? null;
      if (dialog === null || dialog === activeElement) on.current?.focus();
    };
    keep();
    // A question on top of this that closes gives focus back to a button that may be gone. What a person does comes after.
    const until = new AbortController();
    const stop = () => until.abort();
    for (const input of ["pointerdown", "keydown"]) {
      document.addEventListener(input, stop, { capture: true, signal: until.signal });
    }
    document.addEventListener("focusin", keep, { signal: until.signal });
    return stop;
  }, [on]);
  return null;
}

function notRecorded(problem: RotationProblem): Said {
  return {
    title: "It could not be recorded that the secret is stored. Say it again.",
    problem,
    tone: "amber",
  };
}

function hasEnded(place: RotationPlace): place is "finished" | "abandoned" | "over" {
  return place === "finished" || place === "abandoned" || place === "over";
}

function withoutSecret(kind: Exclude<SecretAgain["kind"], "secret">): string {
  switch (kind) {
    case "other_tab":
      return "Only the tab that created it can show it, for five minutes";
    case "other_actor":
      return "Only who created it can see it, for five minutes: it was created here under another sign-in";
    case "running":
      return "The replacement is still being created: ask again in a moment";
    case "gone":
      return "The gateway has its secret no longer: it is kept for five minutes, or until it is stored";
    case "unclear":
      return "The gateway does not tell this sign-in what became of its secret";
  }
}

function tokenOf(knowledge: TokenKnowledge<ListedToken>): ListedToken | undefined {
  return knowledge.known === "token" ? knowledge.token : undefined;
}

/** So many are named; the sheet has them all. */
const NAMED = 3;

function permissionWords(token: ListedToken, kind: FlowContext["kind"]): string {
  if (kind === "management") return "Those of a management token: everything in its account.";
  const access = accessByResource(token.permissions ?? []);
  const same = "Those that the old token has when you press Create Replacement.";
  if (access.length === 0) return `${same} The list shows none.`;
  const named = access
    .slice(0, NAMED)
    .map(({ permission, name, words }) => {
      return `${words} on ${isForAll(permission) ? name.toLowerCase() : visibleText(name)}`;
    })
    .join("; ");
  const more = access.length - NAMED;
  return `${same} The list shows ${named}${more > 0 ? `; and on ${more} more` : ""}.`;
}

function Cards({ known, context }: { known: KnownRotation; context: FlowContext }) {
  const { rotation, old, replacement } = known;
  return (
    <div className={styles.cards}>
      <TokenCard
        title="Old token"
        id={rotation.oldTokenId}
        description={tokenOf(old)?.description ?? rotation.oldDescription}
        facts={cardFacts(old, context)}
      />
      <TokenCard
        title="Replacement"
        id={rotation.newTokenId}
        description={tokenOf(replacement)?.description ?? rotation.newDescription}
        facts={cardFacts(replacement, context)}
      />
    </div>
  );
}

function cardFacts(knowledge: TokenKnowledge<ListedToken>, { now, credentialId }: FlowContext) {
  switch (knowledge.known) {
    case "token": {
      const { token } = knowledge;
      return [
        {
          label: "Status",
          value: drawStatus(token, { now, credentialId }, { tabIndex: -1, attended: true }),
        },
        { label: "Created", value: relativeText(toMillis(token.createdAt), now) },
        {
          label: token.expiresAt !== undefined && toMillis(token.expiresAt) <= now ? "Expired" : "Expires",
          value: token.expiresAt === undefined ? "never" : relativeText(toMillis(token.expiresAt), now),
        },
      ];
    }
    case "gone":
      return [{ label: "Status", value: "Not listed any more" }];
    case "unlisted":
      return [{ label: "Status", value: "The list does not show it" }];
    case "nothing":
      return [{ label: "Status", value: "Not in the list yet" }];
  }
}
