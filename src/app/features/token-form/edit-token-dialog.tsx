import { useEffect, useId, useRef, useState, type ReactNode } from "react";
import type { Permission } from "#contract/permission.ts";
import { textFault } from "#contract/text.ts";
import { isSuspended, type Token, type UpdateToken } from "#contract/token.ts";
import { Button } from "#app/ui/button.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { Skeleton } from "#app/ui/skeleton.tsx";
import { TextField } from "#app/ui/text-field.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import {
  contentOf,
  goneWords,
  updateBetween,
  type ChangeProblem,
  type SavedOutcome,
  type TokenReading,
} from "./change-flow.ts";
import {
  ChangeButtons,
  ChangeOutcome,
  Description,
  DescriptionChange,
  PermissionList,
  ProblemNotice,
  TokenFacts,
  type Fact,
} from "./change-parts.tsx";
import { diffPermissions, isEmptyDiff } from "./permission-diff.ts";
import { MergeView } from "./merge-view.tsx";
import { mergeContent, type EditableContent } from "./permission-merge.ts";
import { PermissionPicker } from "./permission-picker.tsx";
import { focusFirstWrong } from "./focus-first-wrong.ts";
import { useChange, type SendChange } from "./use-change.ts";
import { useLeaveWarning } from "./use-leave-warning.ts";
import styles from "./edit-token-dialog.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface EditTokenDialogProps {
  /** What it is called, as a title says it: "Database Token". */
  tokenName: string;
  /** The token by which it was asked for. */
  tokenId: string;
  /** As it was read for this; undefined until it is. What is shown stays compared with the first one. */
  opened: TokenReading | undefined;
  /** Why it could not be read. */
  problem: ChangeProblem | undefined;
  isReading: boolean;
  onRetry: () => void;
  /** Status and so on: shown, not editable. */
  facts: (token: Token) => readonly Fact[];
  /** Shown, not editable, with the way to another one. */
  expiry: (token: Token) => Fact;
  databases: readonly string[] | undefined;
  databasesProblem: string | undefined;
  /** What stops working when the token keeps no more than these permissions. */
  renderLosses: (token: Token, kept: readonly Permission[]) => ReactNode;
  /** Why its permissions cannot be changed. */
  permissionsRefusal: string | undefined;
  /** Sends what is to change of a token that is still as it was read. */
  save: (
    base: TokenReading,
    update: UpdateToken,
    options: Parameters<SendChange>[0],
  ) => ReturnType<SendChange>;
  onSaved: (saved: SavedOutcome, base: TokenReading, update: UpdateToken) => void;
  onClose: () => void;
  /** Opens what changes the expiry, or why it cannot. */
  rotate: (() => void) | string;
  /** Opens what makes a new token, where this one is gone. */
  create: ((from: EditableContent) => void) | undefined;
  returnFocus: () => HTMLElement | null;
  /** Who reads this. A tick counts for them alone. */
  consenter: string;
  holdPage: () => () => void;
}

/** What stands in the dialog. One of these at a time. */
type View =
  | { view: "form" }
  | { view: "review" }
  /** Somebody else changed it: both changes, brought together. `description`: what was chosen where both changed it. */
  | { view: "merge"; theirs: TokenReading; description: string | undefined }
  | { view: "gone"; how: "revoked" | "absent" }
  /** It was saved and reads back otherwise. */
  | { view: "differs"; wish: EditableContent; found: TokenReading };

const words = {
  notDone: "The changes were not saved.",
  unknown: "It is not known whether the changes were saved.",
};

/** Changes description and permissions of one token; it shows what that means before anything is sent. */
export function EditTokenDialog(props: EditTokenDialogProps) {
  const { tokenId, opened, problem, databases, databasesProblem, renderLosses, save, onSaved } = props;
  const { onClose, rotate, create } = props;
  const say = useSay();
  /** Replaces what was opened, once both sides of a conflict have been brought together. */
  const [ground, setGround] = useState<TokenReading>();
  const [edits, setEdits] = useState<Partial<EditableContent>>({});
  const [view, setView] = useState<View>({ view: "form" });
  const [consent, setConsent] = useState<string>();
  /** What is to be done once the changes may be thrown away. */
  const [leaving, setLeaving] = useState<{ go: () => void }>();
  /** A permission that is typed and not added, and what of it was refused. */
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState<string>();
  /** Counts refusals: focus goes to the field then. */
  const [refusals, setRefusals] = useState(0);
  const change = useChange(words, props.holdPage);
  const top = useRef<HTMLDivElement>(null);
  const description = useRef<HTMLInputElement>(null);

  const base = ground ?? opened;
  const from = base && contentOf(base.token);
  const wish = from && { ...from, ...edits };
  const update = from && wish && updateBetween(from, wish);
  const isTyped = view.view === "form" && typed.trim() !== "";
  const isChanged = (update !== undefined || isTyped) && view.view !== "gone" && view.view !== "differs";

  // Another view begins at its top, where focus goes as well: what was pressed to get there is gone.
  const shown = view.view;
  const before = useRef(shown);
  useEffect(() => {
    if (before.current === shown) return;
    before.current = shown;
    const target = shown === "form" ? description.current : top.current;
    target?.focus({ preventScroll: true });
    top.current?.scrollIntoView({ block: "start" });
  }, [shown]);

  useEffect(() => {
    if (refusals > 0) focusFirstWrong(top.current);
  }, [refusals]);

  const isOpen = base !== undefined;
  const wasOpen = useRef(isOpen);
  useEffect(() => {
    // The buttons were all that there was before.
    if (isOpen && !wasOpen.current) description.current?.focus({ preventScroll: true });
    wasOpen.current = isOpen;
  }, [isOpen]);

  const leave = (go: () => void) => {
    if (isChanged) setLeaving({ go });
    else go();
  };
  // While it is being saved there is nothing to decide yet: the page stays, and nothing is asked.
  useLeaveWarning(isChanged, props.holdPage, () => {
    if (!change.running) leave(onClose);
  });
  const go = (next: View) => {
    setConsent(undefined);
    change.reset();
    setView(next);
  };
  const begin = (base: TokenReading, wanted: EditableContent, update: UpdateToken) =>
    change.begin(
      (options) => save(base, update, options),
      (outcome) => {
        switch (outcome.kind) {
          case "saved":
            if (outcome.readBack === "differs") {
              go({ view: "differs", wish: wanted, found: outcome.saved });
            } else {
              onSaved(outcome, base, update);
            }
            return;
          case "conflict":
            // What is wanted so far is one side of it, also after an earlier one.
            setGround(base);
            setEdits(wanted);
            go({ view: "merge", theirs: outcome.current, description: undefined });
            return;
          case "gone":
            go({ view: "gone", how: outcome.how });
            return;
        }
      },
    );

  const fault = edits.description === undefined ? undefined : textFault(edits.description);
  const nothing =
    fault !== undefined
      ? `The description ${fault}.`
      : update === undefined && !isTyped
        ? "Nothing has been changed."
        : undefined;
  const emptied =
    update?.permissions?.length === 0 && base !== undefined && base.token.permissions.length > 0;
  const understood = consent === props.consenter;
  const tick = emptied && (
    <Checkbox
      label="Take all permissions away"
      hint="The token then still authenticates and may do nothing."
      checked={understood}
      disabled={change.running}
      onChange={(ticked) => setConsent(ticked ? props.consenter : undefined)}
    />
  );

  let body: ReactNode;
  let footer: ReactNode;
  if (base === undefined || from === undefined || wish === undefined) {
    body = problem === undefined ? <Loading /> : <ProblemNotice tone="red" problem={problem} />;
    footer = (
      <>
        <Button onClick={onClose}>Cancel</Button>
        {problem !== undefined && (
          <Button variant="primary" busy={props.isReading} onClick={props.onRetry}>
            Retry
          </Button>
        )}
      </>
    );
  } else {
    switch (view.view) {
      case "form":
        body = (
          <>
            {/* A description alone is saved from here: what it replaces stands beside it, and it can be undone. */}
            <EditForm
              base={base}
              wish={wish}
              fault={fault}
              running={change.running || change.step.step === "unknown"}
              descriptionRef={description}
              onChange={(changed) => {
                if (change.step.step === "asking") change.reset();
                setEdits({ ...edits, ...changed });
              }}
              databases={databases}
              databasesProblem={databasesProblem}
              facts={props.facts(base.token)}
              expiry={props.expiry(base.token)}
              rotate={typeof rotate === "string" ? rotate : () => leave(rotate)}
              permissionsRefusal={props.permissionsRefusal}
              onTyped={setTyped}
              refused={refused}
            />
            <ChangeOutcome step={change.step} />
          </>
        );
        footer = (
          <ChangeButtons
            change={change}
            back={{ label: "Cancel", onPress: () => leave(onClose) }}
            verb={update?.permissions === undefined ? "Save Changes" : "Review Changes"}
            running="Saving…"
            disabledReason={nothing}
            onPress={() => {
              setRefused(typed);
              if (isTyped) setRefusals(refusals + 1);
              else if (update?.permissions !== undefined) go({ view: "review" });
              else if (update !== undefined) begin(base, wish, update);
            }}
            onClose={onClose}
          />
        );
        break;
      case "review":
        body = (
          <>
            <h3>What changes</h3>
            <ChangeSummary from={from} wish={wish} renderLosses={(kept) => renderLosses(base.token, kept)} />
            {tick}
            <ChangeOutcome step={change.step} />
          </>
        );
        footer = (
          <ChangeButtons
            change={change}
            back={{ label: "Back", onPress: () => go({ view: "form" }) }}
            verb="Save Changes"
            running="Saving…"
            disabledReason={
              nothing ?? (emptied && !understood ? "Tick that all permissions are taken away." : undefined)
            }
            onPress={() => update !== undefined && begin(base, wish, update)}
            onClose={onClose}
          />
        );
        break;
      case "merge": {
        const { theirs } = view;
        const merge = mergeContent(from, wish, contentOf(theirs.token));
        const blocked = isSuspended(theirs.token);
        const result = {
          description:
            view.description ?? (merge.description.kind === "conflict" ? undefined : merge.description.text),
          // Nothing is given to a token whose permissions are kept for it.
          permissions: blocked ? theirs.token.permissions : merge.permissions,
        };
        const wanted =
          result.description === undefined ? undefined : { ...result, description: result.description };
        const left = wanted && updateBetween(contentOf(theirs.token), wanted);
        const empties = left?.permissions?.length === 0;
        body = (
          <>
            <MergeView
              merge={merge}
              theirs={theirs.token}
              blocked={blocked}
              description={view.description}
              onDescription={(description) => setView({ ...view, description })}
              result={result}
              running={change.running}
              renderLosses={renderLosses}
            />
            {empties && (
              <Checkbox
                label="Take all permissions away"
                hint="The token then still authenticates and may do nothing."
                checked={understood}
                disabled={change.running}
                onChange={(ticked) => setConsent(ticked ? props.consenter : undefined)}
              />
            )}
            <ChangeOutcome step={change.step} />
          </>
        );
        footer = (
          <ChangeButtons
            change={change}
            back={{
              label: "Back to Editing",
              onPress: () => {
                // Goes on from what is there now, with what both sides want of it.
                setGround(theirs);
                setEdits({
                  description: result.description ?? wish.description,
                  permissions: result.permissions,
                });
                go({ view: "form" });
              },
            }}
            verb="Save Result"
            running="Saving…"
            disabledReason={
              wanted === undefined
                ? "Choose a description first."
                : left === undefined
                  ? blocked
                    ? say("It is suspended: restore it first to change its permissions.")
                    : "The token is as the result wants it already."
                  : empties && !understood
                    ? "Tick that all permissions are taken away."
                    : undefined
            }
            onPress={() => wanted && left && begin(theirs, wanted, left)}
            onClose={onClose}
          />
        );
        break;
      }
      case "gone":
        body = (
          <>
            <Notice tone="amber" title={goneWords(view.how)}>
              Nothing was saved. What you wanted it to be is shown here.
            </Notice>
            <TokenFacts token={{ id: tokenId, description: wish.description }} facts={[]} />
            <PermissionList heading="Permissions" permissions={wish.permissions} empty="None" />
          </>
        );
        footer = (
          <>
            <Button onClick={onClose}>Close</Button>
            {create !== undefined && (
              <Button variant="primary" onClick={() => create(wish)}>
                {`Add ${props.tokenName} Like This`}
              </Button>
            )}
          </>
        );
        break;
      case "differs":
        body = (
          <>
            <Notice tone="amber" title="Saved, but the token reads back otherwise.">
              Somebody changed it right after, or the server keeps it differently. This is what it is now, and
              how that differs from what you saved.
            </Notice>
            {view.found.token.suspendedAt !== undefined && base.token.suspendedAt === undefined && (
              <p>{say("It was suspended meanwhile: the permissions that it had then are kept for it.")}</p>
            )}
            <ChangeSummary
              from={view.wish}
              wish={contentOf(view.found.token)}
              renderLosses={(kept) =>
                renderLosses({ ...view.found.token, permissions: [...view.wish.permissions] }, kept)
              }
            />
          </>
        );
        footer = (
          <Button variant="primary" onClick={onClose}>
            Close
          </Button>
        );
        break;
    }
  }

  return (
    <>
      <Dialog
        open
        placement="side"
        size="wide"
        title="Edit Token"
        closable={!change.running}
        onClose={() => leave(onClose)}
        initialFocus={description}
        returnFocus={props.returnFocus}
        footer={footer}
      >
        <div ref={top} tabIndex={-1} className={styles.body}>
          {body}
        </div>
      </Dialog>
      {leaving !== undefined && (
        <DiscardDialog
          words={change.step.step === "unknown" ? leaveUnknown : throwAway}
          onKeep={() => setLeaving(undefined)}
          onDiscard={leaving.go}
        />
      )}
    </>
  );
}

/** In place of what is being read. */
function Loading() {
  return (
    <div className={styles.loading} aria-busy>
      <VisuallyHidden>The token is being read.</VisuallyHidden>
      <Skeleton width="40%" />
      <Skeleton width="90%" />
      <Skeleton width="70%" />
    </div>
  );
}

interface EditFormProps {
  base: TokenReading;
  wish: EditableContent;
  fault: string | undefined;
  running: boolean;
  descriptionRef: React.RefObject<HTMLInputElement | null>;
  onChange: (changed: Partial<EditableContent>) => void;
  databases: readonly string[] | undefined;
  databasesProblem: string | undefined;
  facts: readonly Fact[];
  expiry: Fact;
  rotate: (() => void) | string;
  permissionsRefusal: string | undefined;
  onTyped: (text: string) => void;
  refused: string | undefined;
}

function EditForm(props: EditFormProps) {
  const say = useSay();
  const { base, wish, fault, running, descriptionRef, onChange, databases, databasesProblem } = props;
  const { facts, expiry, rotate } = props;
  const permissionsId = useId();
  const isRenamed = wish.description !== base.token.description;
  const hasLineBreaks = /[\n\r]/.test(base.token.description);
  return (
    <>
      <TextField
        ref={descriptionRef}
        label="Description"
        value={wish.description}
        disabled={running}
        error={fault === undefined ? undefined : `It ${fault}.`}
        hint={
          isRenamed || hasLineBreaks ? (
            <>
              {isRenamed && (
                <div>
                  Before: <Description text={base.token.description} />
                </div>
              )}
              {hasLineBreaks && "This description has line breaks. Changing it here takes them away."}
            </>
          ) : undefined
        }
        onChange={(description) => onChange({ description })}
      />
      <section className={styles.permissions} aria-labelledby={permissionsId}>
        <h3 id={permissionsId}>Permissions</h3>
        {isSuspended(base.token) && props.permissionsRefusal === undefined ? (
          <p className={styles.quiet}>
            {say(
              "This token is suspended: its permissions are kept for it. Restore it first to change them.",
            )}
          </p>
        ) : props.permissionsRefusal !== undefined ? (
          <>
            <PermissionList heading="As they are" permissions={base.token.permissions} empty="None" />
            <p className={styles.quiet}>{props.permissionsRefusal}</p>
          </>
        ) : (
          <PermissionPicker
            value={wish.permissions}
            onChange={(permissions) => onChange({ permissions })}
            databases={databases}
            databasesProblem={databasesProblem}
            disabledReason={running ? "The changes are being saved." : undefined}
            onTyped={props.onTyped}
            refused={props.refused}
          />
        )}
      </section>
      <div className={styles.fixed}>
        <TokenFacts
          token={{ id: base.token.id }}
          facts={[
            ...facts,
            {
              label: expiry.label,
              value: (
                <span className={styles.expiry}>
                  <span>{expiry.value}</span>
                  <Button
                    size="small"
                    variant="quiet"
                    icon="rotate"
                    disabledReason={
                      typeof rotate === "string" ? rotate : running ? "Wait a moment." : undefined
                    }
                    onClick={typeof rotate === "string" ? undefined : rotate}
                  >
                    Rotate to change it
                  </Button>
                </span>
              ),
            },
          ]}
        />
      </div>
    </>
  );
}

interface ChangeSummaryProps {
  from: EditableContent;
  wish: EditableContent;
  renderLosses: (kept: readonly Permission[]) => ReactNode;
}

/** What a change grants, takes away and leaves. */
function ChangeSummary({ from, wish, renderLosses }: ChangeSummaryProps) {
  const diff = diffPermissions(from.permissions, wish.permissions);
  return (
    <>
      {wish.description !== from.description && (
        <DescriptionChange before={from.description} after={wish.description} />
      )}
      <PermissionList heading="Taken away" tone="taken" permissions={diff.taken}>
        {renderLosses(wish.permissions)}
      </PermissionList>
      <PermissionList heading="Granted" tone="granted" permissions={diff.granted} />
      <PermissionList
        heading="Unchanged"
        permissions={diff.unchanged}
        empty={isEmptyDiff(diff) ? "No permissions" : "No other permissions"}
      />
    </>
  );
}

interface DiscardWords {
  title: string;
  description: string;
  keep: string;
  discard: string;
}

const throwAway: DiscardWords = {
  title: "Throw your changes away?",
  description: "What you changed here has not been saved.",
  keep: "Keep Editing",
  discard: "Throw Away",
};

const leaveUnknown: DiscardWords = {
  title: "Leave without knowing?",
  description: "Your changes may have been saved, or not. Check again, or look at the token later.",
  keep: "Stay",
  discard: "Leave",
};

interface DiscardDialogProps {
  words: DiscardWords;
  onKeep: () => void;
  onDiscard: () => void;
}

function DiscardDialog({ words, onKeep, onDiscard }: DiscardDialogProps) {
  const keep = useRef<HTMLButtonElement>(null);
  return (
    <Dialog
      open
      closable
      tone="danger"
      title={words.title}
      description={words.description}
      onClose={onKeep}
      initialFocus={keep}
      footer={
        <>
          <Button ref={keep} onClick={onKeep}>
            {words.keep}
          </Button>
          <Button variant="danger" onClick={onDiscard}>
            {words.discard}
          </Button>
        </>
      }
    />
  );
}
