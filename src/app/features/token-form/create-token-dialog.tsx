import { useDeferredValue, useEffect, useId, useRef, useState, type FormEvent } from "react";
import { adminPermission, type Permission } from "#contract/permission.ts";
import { Button } from "#app/ui/button.tsx";
import { Dialog } from "#app/ui/dialog.tsx";
import { Icon } from "#app/ui/icon.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { RequestId } from "#app/ui/request-id.tsx";
import { SelectField } from "#app/ui/select-field.tsx";
import { TextField } from "#app/ui/text-field.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import {
  descriptionFault,
  editingStep,
  stepAfter,
  wantedToken,
  type CreateProblem,
  type CreateStep,
  type FormOutcome,
  type FormValue,
  type WantedToken,
} from "./create-flow.ts";
import { ExpiryField } from "./expiry-field.tsx";
import { INITIAL_EXPIRY, localZone, NO_EXPIRY } from "./expiry.ts";
import { focusFirstWrong } from "./focus-first-wrong.ts";
import { PermissionPicker } from "./permission-picker.tsx";
import { useCountdown } from "./use-countdown.ts";
import { useLeaveWarning } from "./use-leave-warning.ts";
import styles from "./create-token-dialog.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface CreateTokenDialogProps {
  kind: "database" | "management";
  /** What it is called, as a title says it: "Database Token". */
  tokenName: string;
  /** What the form begins with. */
  from?: Pick<FormValue, "description" | "permissions" | "organizationId"> | undefined;
  /** Those that it may belong to, where there are several to choose from. */
  organizations: readonly { id: string; name: string }[];
  /** Why no end can be chosen. */
  expiryRefusal: string | undefined;
  /** Why its permissions cannot be chosen: it may then do everything. */
  permissionsRefusal: string | undefined;
  /** Names of the cluster's databases; undefined while unknown. */
  databases: readonly string[] | undefined;
  databasesProblem: string | undefined;
  /** Whether an active token has exactly this description. */
  isInUse: (description: string) => boolean;
  /** Milliseconds of the server's clock. */
  now: number;
  /** Sends, or with `checkOnly` only asks again, and resolves with what is true. */
  create: (
    wanted: WantedToken,
    options: { onChecking: () => void; checkOnly?: UnknownFailure },
  ) => Promise<FormOutcome>;
  onClose: () => void;
  /** Keeps the page from being left while an outcome would be lost; gives what ends that. */
  holdPage: () => () => void;
  returnFocus: () => HTMLElement | null;
}

type UnknownFailure = Extract<CreateStep, { step: "unknown" }>["failure"];

/** The form of a new token. What was typed in it stays until the token is there or somebody throws it away. */
export function CreateTokenDialog(props: CreateTokenDialogProps) {
  const { kind, databases, databasesProblem, isInUse, now, create, onClose, holdPage, returnFocus } = props;
  const { expiryRefusal, permissionsRefusal } = props;
  const say = useSay();
  const [empty] = useState<FormValue>(() => ({
    description: "",
    expiry: expiryRefusal === undefined ? INITIAL_EXPIRY : NO_EXPIRY,
    permissions: permissionsRefusal === undefined ? [] : [adminPermission],
  }));
  const [value, setValue] = useState(props.from === undefined ? empty : { ...empty, ...props.from });
  const [step, setStep] = useState<CreateStep>(editingStep);
  const [sent, setSent] = useState(false);
  /** A permission that is typed and not added. */
  const [typed, setTyped] = useState("");
  const [refused, setRefused] = useState<string>();
  /** Counts what may have made a field wrong: focus goes to the first one then. */
  const [attempts, setAttempts] = useState(0);
  const [leaving, setLeaving] = useState(false);
  const discarded = useRef(false);
  const sending = useRef(false);
  /** What the attempt under way asked for, for asking again. */
  const asked = useRef<WantedToken>(undefined);
  const form = useRef<HTMLFormElement>(null);
  const description = useRef<HTMLInputElement>(null);
  const keepEditing = useRef<HTMLButtonElement>(null);
  const id = useId();

  const running = step.step === "creating" || step.step === "checking";
  const editing = step.step === "editing";
  const problem = editing ? step.problem : undefined;
  const secondsLeft = useCountdown(editing ? step.wait : undefined);
  const settled = useDeferredValue(value.description);
  const duplicate = settled !== "" && isInUse(settled);
  const descriptionError =
    (sent || value.description !== "" ? fault(value.description, sent) : undefined) ??
    (problem?.field === "description" ? problem.detail : undefined);

  useEffect(() => {
    if (attempts > 0) focusFirstWrong(form.current);
  }, [attempts]);
  const changed = value !== empty || typed !== "";

  const change = (changes: Partial<FormValue>) => {
    setValue({ ...value, ...changes });
    // What the server said of a field was about what stood there.
    if (problem?.field !== undefined && problem.field in fieldsOf(changes)) setStep(editingStep);
  };

  async function attempt(wanted: WantedToken, checkOnly?: UnknownFailure): Promise<void> {
    // Enter twice, or a double click: the first one counts.
    if (sending.current) return;
    sending.current = true;
    asked.current = wanted;
    const onChecking = () => setStep({ step: "checking" });
    setStep({ step: checkOnly === undefined ? "creating" : "checking" });
    const outcome = await create(
      wanted,
      checkOnly === undefined ? { onChecking } : { onChecking, checkOnly },
    );
    sending.current = false;
    if (outcome.kind === "done") return;
    setStep(stepAfter(outcome, Date.now()));
    setAttempts((count) => count + 1);
  }

  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!editing || secondsLeft > 0) return;
    setSent(true);
    setRefused(typed);
    const wanted = wantedToken(kind, value, { now, zone: localZone() });
    if (wanted === undefined || typed.trim() !== "") setAttempts(attempts + 1);
    else void attempt(wanted);
  };

  const leave = () => {
    if (running) return;
    // Not known, it is asked about when the form is opened next.
    if (changed && editing) setLeaving(true);
    else onClose();
  };
  useLeaveWarning(changed || !editing, holdPage, leave);

  return (
    <>
      <Dialog
        open
        placement="side"
        size="wide"
        title={`Add ${props.tokenName}`}
        closable={!running}
        onClose={leave}
        initialFocus={description}
        returnFocus={returnFocus}
        footer={
          <>
            {step.step === "unknown" ? (
              <>
                <Button onClick={onClose}>Close</Button>
                <Button
                  variant="primary"
                  onClick={() => asked.current !== undefined && void attempt(asked.current, step.failure)}
                >
                  Check again
                </Button>
              </>
            ) : (
              <>
                <Button disabled={running} onClick={leave}>
                  Cancel
                </Button>
                <Button
                  variant="primary"
                  type="submit"
                  form={id}
                  busy={running}
                  disabledReason={secondsLeft > 0 ? "The server asked for a pause." : undefined}
                >
                  {step.step === "creating"
                    ? "Creating…"
                    : step.step === "checking"
                      ? "Checking…"
                      : secondsLeft > 0
                        ? `Create Token in ${secondsLeft} s`
                        : "Create Token"}
                </Button>
              </>
            )}
          </>
        }
      >
        <form ref={form} id={id} noValidate className={styles.form} onSubmit={submit}>
          {kind === "management" && (
            <p className={styles.sentence}>
              A management token may do everything in this account: create, change and revoke every token in
              it.
            </p>
          )}
          <div className={styles.field}>
            <TextField
              ref={description}
              label="Description"
              value={value.description}
              disabled={!editing}
              onChange={(next) => change({ description: next })}
              error={descriptionError}
              hint={say(
                "What uses it, and where: whoever has to revoke it one day knows then what will stop.",
              )}
            />
            <div role="status" className={styles.warning}>
              {duplicate && (
                <>
                  <Icon name="triangle-alert" />
                  <span>Another active token has this description. They will only differ in their ID.</span>
                </>
              )}
            </div>
          </div>
          {props.organizations.length > 1 && (
            <SelectField
              label="Organization"
              value={value.organizationId ?? ""}
              disabled={!editing}
              options={[
                { value: "", label: "That of its buckets" },
                ...props.organizations.map(({ id: key, name }) => ({
                  value: key,
                  label: visibleText(name, 100),
                })),
              ]}
              onChange={(chosen) => change({ organizationId: chosen === "" ? undefined : chosen })}
            />
          )}
          <div data-wrong={problem?.field === "expiresAt" || undefined}>
            <ExpiryField
              value={value.expiry}
              onChange={(expiry) => change({ expiry })}
              now={now}
              sent={sent}
              disabled={!editing}
              problem={problem?.field === "expiresAt" ? problem.detail : undefined}
              refusal={expiryRefusal}
            />
          </div>
          {kind === "database" && (
            <section
              className={styles.permissions}
              aria-labelledby={`${id}-permissions`}
              data-wrong={problem?.field === "permissions" || undefined}
            >
              <h3 id={`${id}-permissions`} className={styles.heading}>
                Permissions
              </h3>
              {permissionsRefusal === undefined ? (
                <PermissionPicker
                  value={value.permissions}
                  onChange={(permissions: Permission[]) => change({ permissions })}
                  databases={databases}
                  databasesProblem={databasesProblem}
                  disabledReason={editing ? undefined : "The token is being created."}
                  onTyped={setTyped}
                  refused={refused}
                />
              ) : (
                <p className={styles.sentence}>It may do everything. {permissionsRefusal}</p>
              )}
              <div role="alert" className={styles.warning}>
                {problem?.field === "permissions" && (
                  <>
                    <Icon name="circle-alert" />
                    <UserText text={problem.detail} flow="wrap" limit={2000} />
                  </>
                )}
              </div>
            </section>
          )}
        </form>
        <div aria-live="assertive" className={styles.outcome}>
          {step.step === "checking" && (
            <Notice
              tone="info"
              title="No clear answer came. Asking the gateway what is true, for some seconds…"
            />
          )}
          {problem !== undefined && <ProblemNotice tone="red" problem={problem} />}
          {step.step === "unknown" && <ProblemNotice tone="amber" problem={step.problem} />}
        </div>
      </Dialog>
      {leaving && (
        <Dialog
          open
          title="Discard what you have entered?"
          closable
          onClose={() => setLeaving(false)}
          initialFocus={keepEditing}
          // With the form gone, to where the form was opened.
          returnFocus={() => (discarded.current ? returnFocus() : null)}
          footer={
            <>
              <Button ref={keepEditing} onClick={() => setLeaving(false)}>
                Keep editing
              </Button>
              <Button
                variant="primary"
                onClick={() => {
                  discarded.current = true;
                  setLeaving(false);
                  onClose();
                }}
              >
                Discard
              </Button>
            </>
          }
        >
          <p>What stands in the form will be lost.</p>
        </Dialog>
      )}
    </>
  );
}

/** While it is being typed nothing is missing yet. */
function fault(description: string, sent: boolean): string | undefined {
  return description.trim() === "" && !sent ? undefined : descriptionFault(description);
}

function fieldsOf({ expiry, ...rest }: Partial<FormValue>): object {
  return expiry === undefined ? rest : { ...rest, expiresAt: expiry };
}

interface ProblemNoticeProps {
  tone: "red" | "amber";
  problem: CreateProblem;
}

function ProblemNotice({ tone, problem }: ProblemNoticeProps) {
  return (
    <div ref={showWhole}>
      <Notice tone={tone} title={problem.title}>
        {problem.field === undefined ? (
          <UserText text={problem.detail} flow="wrap" limit={2000} />
        ) : (
          "The reason stands at its field."
        )}
        <RequestId id={problem.requestId} />
      </Notice>
    </div>
  );
}

/** In a long form the outcome stands below what is in sight. */
function showWhole(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}
