import { useEffect, useRef, type ReactNode } from "react";
import { TextField } from "#app/ui/text-field.tsx";
import { ProblemNotice } from "./change-parts.tsx";
import { descriptionFault, type CreateStep, type FormValue } from "./create-flow.ts";
import { ExpiryField } from "./expiry-field.tsx";
import { focusFirstWrong } from "./focus-first-wrong.ts";
import styles from "./rotate-form.module.css";

/** What stands in the form: permissions are the old token's. */
export type RotateFormValue = Omit<FormValue, "permissions">;

export interface RotateFormProps {
  /** For the button that submits it, which stands elsewhere. */
  id: string;
  value: RotateFormValue;
  onChange: (changes: Partial<RotateFormValue>) => void;
  /** Where the last attempt to create the replacement stands. */
  step: CreateStep;
  /** The form was sent: what is missing is wrong now. */
  sent: boolean;
  /** Counts what may have made a field wrong: focus goes to the first one then. */
  attempts: number;
  /** What both may do. */
  permissions: ReactNode;
  /** Why no end can be chosen. */
  expiryRefusal: string | undefined;
  /** Milliseconds of the server's clock. */
  now: number;
  onSubmit: () => void;
}

/** What a replacement is to be: permissions are taken over, and its end is chosen anew. */
export function RotateForm(props: RotateFormProps) {
  const { id, value, onChange, step, sent, attempts, permissions, now, onSubmit } = props;
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (attempts > 0) focusFirstWrong(form.current);
  }, [attempts]);
  const disabled = step.step !== "editing";
  const problem = step.step === "editing" ? step.problem : undefined;
  const said = (field: "description" | "expiresAt") =>
    problem?.field === field ? problem.detail : undefined;
  // One that the old token has is no mistake of who looks at it.
  const fault = sent || value.description.trim() !== "" ? descriptionFault(value.description) : undefined;
  return (
    <form
      ref={form}
      id={id}
      className={styles.form}
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        onSubmit();
      }}
    >
      <TextField
        label="Description of the replacement"
        value={value.description}
        onChange={(description) => onChange({ description })}
        disabled={disabled}
        error={fault ?? said("description")}
        hint="Called the same, the two are told apart by when they were created."
      />
      <div data-wrong={problem?.field === "expiresAt" || undefined}>
        <ExpiryField
          value={value.expiry}
          onChange={(expiry) => onChange({ expiry })}
          now={now}
          sent={sent}
          disabled={disabled}
          problem={said("expiresAt")}
          refusal={props.expiryRefusal}
        />
      </div>
      <div>
        <span className={styles.label}>Permissions</span>
        {permissions}
      </div>
    </form>
  );
}

/** What became of the last attempt, where it left the form open. */
export function RotateFormOutcome({ step }: { step: CreateStep }) {
  const problem = step.step === "editing" || step.step === "unknown" ? step.problem : undefined;
  if (problem === undefined) return null;
  // The permissions have no field of their own here.
  const isAtField = problem.field === "description" || problem.field === "expiresAt";
  return (
    <ProblemNotice
      tone={step.step === "unknown" ? "amber" : "red"}
      problem={isAtField ? { ...problem, detail: "The reason stands at its field." } : problem}
    />
  );
}
