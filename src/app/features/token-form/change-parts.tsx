import { useId, type ReactNode, type RefObject } from "react";
import { isForAll, resourceName, type Permission } from "#contract/permission.ts";
import { Button } from "#app/ui/button.tsx";
import { classNames } from "#app/ui/class-names.ts";
import { CopyButton } from "#app/ui/copy-button.tsx";
import { Notice } from "#app/ui/notice.tsx";
import { RequestId } from "#app/ui/request-id.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { ChangeProblem, ChangeStep } from "./change-flow.ts";
import { extraWords, permissionRows } from "./permission-choices.ts";
import type { Change } from "./use-change.ts";
import styles from "./change-parts.module.css";

/** UTF-16 units of a description that is shown. */
const SHOWN = 1000;

/** Label and value, in order. */
export interface Fact {
  label: string;
  value: ReactNode;
}

/** Which token this is about. */
export function TokenFacts({
  token,
  facts,
}: {
  token: { id: string; description?: string };
  facts: readonly Fact[];
}) {
  const { id, description } = token;
  return (
    <dl className={styles.facts}>
      {description !== undefined && (
        <FactRow label="Description">
          <Description text={description} />
        </FactRow>
      )}
      <FactRow label="Token ID">
        <span className={styles.withCopy}>
          <span className={styles.id}>{visibleText(id)}</span>
          <CopyButton value={id} label="Copy token ID" />
        </span>
      </FactRow>
      {facts.map(({ label, value }) => (
        <FactRow key={label} label={label}>
          {value}
        </FactRow>
      ))}
    </dl>
  );
}

function FactRow({ label, children }: { label: string; children: ReactNode }) {
  return (
    <>
      <dt>{label}</dt>
      <dd>{children}</dd>
    </>
  );
}

export function Description({ text }: { text: string }) {
  return <UserText text={text} empty="No description" flow="wrap" limit={SHOWN} />;
}

export interface PermissionListProps {
  heading: string;
  permissions: readonly Permission[];
  /** `taken`: red, since a client may depend on it. */
  tone?: "plain" | "taken" | "granted";
  /** What stands there without any; without it nothing is drawn then. */
  empty?: string;
  children?: ReactNode;
}

/** Permissions in words, a line for each resource, under a heading. */
export function PermissionList({
  heading,
  permissions,
  tone = "plain",
  empty,
  children,
}: PermissionListProps) {
  const id = useId();
  if (permissions.length === 0 && empty === undefined) return null;
  return (
    <section className={classNames(styles.block, styles[tone])} aria-labelledby={id}>
      <h3 id={id} className={styles.heading}>
        {heading}
      </h3>
      {permissions.length === 0 ? (
        <p className={styles.none}>{empty}</p>
      ) : (
        <ul className={styles.permissions}>
          {permissionRows(permissions).map(({ key, target, read, write, extras }) => (
            <li key={key}>
              <span className={styles.resource}>
                {isForAll(target) ? (
                  <strong>{resourceName(target)}</strong>
                ) : (
                  <UserText text={resourceName(target)} flow="wrap" />
                )}
              </span>
              <span className={styles.actions}>
                <UserText
                  text={[
                    ...(read ? ["read"] : []),
                    ...(write ? ["write"] : []),
                    ...extras.map(extraWords),
                  ].join(" and ")}
                  flow="wrap"
                  limit={400}
                />
              </span>
            </li>
          ))}
        </ul>
      )}
      {children}
    </section>
  );
}

/** How a description changes. */
export function DescriptionChange({ before, after }: { before: string; after: string }) {
  const id = useId();
  return (
    <section className={styles.block} aria-labelledby={id}>
      <h3 id={id} className={styles.heading}>
        Description
      </h3>
      <dl className={styles.change}>
        <FactRow label="Before">
          <Description text={before} />
        </FactRow>
        <FactRow label="After">
          <Description text={after} />
        </FactRow>
      </dl>
    </section>
  );
}

/** What became of the last attempt, or of the one that runs. */
export function ChangeOutcome({ step }: { step: ChangeStep }) {
  return (
    <div aria-live="assertive" className={styles.outcome}>
      {step.step === "checking" && (
        <Notice
          tone="info"
          title="No clear answer came. Reading the token to see what is true, for some seconds…"
        />
      )}
      {step.step === "asking" && step.problem !== undefined && (
        <ProblemNotice tone="red" problem={step.problem} />
      )}
      {step.step === "unknown" && <ProblemNotice tone="amber" problem={step.problem} />}
    </div>
  );
}

export function ProblemNotice({
  tone,
  problem,
  action,
}: {
  tone: "red" | "amber";
  problem: ChangeProblem;
  action?: ReactNode;
}) {
  return (
    <div ref={showWhole}>
      <Notice tone={tone} title={problem.title} action={action}>
        <UserText text={problem.detail} flow="wrap" limit={2000} />
        <RequestId id={problem.requestId} />
      </Notice>
    </div>
  );
}

/** On a small screen the outcome stands below what is in sight. */
function showWhole(element: HTMLElement | null): void {
  element?.scrollIntoView({ block: "nearest" });
}

export interface ChangeButtonsProps {
  change: Change;
  /** The way back, at the left: "Cancel" and what it does. */
  back: { label: string; onPress: () => void };
  backRef?: RefObject<HTMLButtonElement | null>;
  /** "Save Changes", and while it runs "Saving…". */
  verb: string;
  running: string;
  /** Why it cannot be pressed. */
  disabledReason: string | undefined;
  onPress: () => void;
  /** Leaves while it is not known what happened. */
  onClose: () => void;
}

/** The way back and the one that acts; while it is not known what happened only the way to find out. */
export function ChangeButtons(props: ChangeButtonsProps) {
  const { change, back, backRef, verb, running, disabledReason, onPress, onClose } = props;
  const { step, secondsLeft } = change;
  switch (step.step) {
    case "asking":
      return (
        <>
          <Button ref={backRef} onClick={back.onPress}>
            {back.label}
          </Button>
          <Button
            variant="primary"
            disabledReason={secondsLeft > 0 ? "The server asked for a pause." : disabledReason}
            onClick={onPress}
          >
            {secondsLeft > 0 ? `${verb} in ${secondsLeft} s` : verb}
          </Button>
        </>
      );
    case "sending":
    case "checking":
      return (
        <>
          <Button ref={backRef} disabled>
            {back.label}
          </Button>
          <Button variant="primary" busy>
            {step.step === "sending" ? running : "Checking…"}
          </Button>
        </>
      );
    case "unknown":
      return (
        <>
          <Button ref={backRef} onClick={onClose}>
            Close
          </Button>
          <Button variant="primary" onClick={change.checkAgain}>
            Check again
          </Button>
        </>
      );
  }
}
