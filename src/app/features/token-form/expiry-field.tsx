import { useId, useState } from "react";
import { classNames } from "#app/ui/class-names.ts";
import { Icon } from "#app/ui/icon.tsx";
import { TextField } from "#app/ui/text-field.tsx";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import {
  dayAndTime,
  expiryChoices,
  expiryWords,
  localFields,
  localZone,
  NEVER_EXPIRES,
  readExpiry,
  zoneText,
  type ExpiryChoice,
  type ExpiryReading,
  type ExpiryValue,
} from "./expiry.ts";
import styles from "./expiry-field.module.css";
import { useSay } from "#app/ui/vocabulary.ts";

export interface ExpiryFieldProps {
  value: ExpiryValue;
  onChange: (next: ExpiryValue) => void;
  /** Milliseconds of the server's clock. */
  now: number;
  /** IANA name; the browser's own without it. */
  zone?: string | undefined;
  /** The form was sent: what is missing is wrong now. */
  sent: boolean;
  /** What the server said of it. */
  problem?: string | undefined;
  disabled?: boolean;
  /** Why no end can be chosen. */
  refusal?: string | undefined;
}

const names: Record<ExpiryChoice, string> = {
  never: "Never",
  "7": "7 days",
  "30": "30 days",
  "90": "90 days",
  year: "1 year",
  exact: "Date and time",
};

/** When a token ends: a preset, or a day and time of the browser's zone, with the instant that it means in words. */
export function ExpiryField({
  value,
  onChange,
  now,
  zone: givenZone,
  sent,
  problem,
  disabled,
  refusal,
}: ExpiryFieldProps) {
  const id = useId();
  const zone = givenZone ?? localZone();
  const reading = readExpiry(value, { now, zone });
  const wrong = reading.kind === "wrong" && (sent || !reading.missing) ? reading : undefined;

  // What a preset means moves on each minute, and is read out once: when it is chosen.
  const say = useSay();
  const [said, setSaid] = useState({ value, words: "" });
  if (said.value !== value) setSaid({ value, words: say(expiryWords(reading, zone)) });

  const choose = (choice: ExpiryChoice) => {
    // What the preset meant is where an exact time starts from.
    const fields =
      choice === "exact" && value.date === "" && reading.kind === "instant"
        ? localFields(reading.millis, zone)
        : { date: value.date, time: value.time };
    onChange({ choice, ...fields });
  };

  if (refusal !== undefined) {
    return (
      <fieldset className={styles.field}>
        <legend className={styles.legend}>Expires</legend>
        <p className={styles.meaning}>Never. {refusal}</p>
      </fieldset>
    );
  }
  return (
    <fieldset className={styles.field} disabled={disabled} aria-describedby={`${id}-meaning`}>
      <legend className={styles.legend}>Expires</legend>
      <div className={styles.choices}>
        {expiryChoices.map((choice) => (
          <label key={choice} className={styles.choice}>
            <input
              type="radio"
              name={id}
              value={choice}
              checked={value.choice === choice}
              onChange={() => choose(choice)}
            />
            <span>{names[choice]}</span>
          </label>
        ))}
      </div>
      {value.choice === "exact" && (
        <div className={styles.exact}>
          <TextField
            label="Day"
            type="date"
            value={value.date}
            min={localFields(now, zone).date}
            max="9999-12-31"
            onChange={(date) => onChange({ ...value, date })}
            error={wrong?.field === "date" ? wrong.reason : undefined}
          />
          <TextField
            label="Time"
            type="time"
            value={value.time}
            onChange={(time) => onChange({ ...value, time })}
            error={wrong?.field === "time" ? wrong.reason : undefined}
          />
        </div>
      )}
      <div id={`${id}-meaning`} className={styles.meaning}>
        <Meaning reading={reading} zone={zone} />
      </div>
      <VisuallyHidden>
        <span role="status">{said.words}</span>
      </VisuallyHidden>
      <div role="alert" className={styles.problem}>
        {problem !== undefined && (
          <>
            <Icon name="circle-alert" />
            <span>{problem}</span>
          </>
        )}
      </div>
    </fieldset>
  );
}

function Meaning({ reading, zone }: { reading: ExpiryReading; zone: string }) {
  const say = useSay();
  switch (reading.kind) {
    case "never":
      return (
        <p className={classNames(styles.line, styles.warning)}>
          <Icon name="triangle-alert" />
          <span>{say(NEVER_EXPIRES)}</span>
        </p>
      );
    case "instant":
      return (
        <>
          <p>
            <time dateTime={reading.instant} title={reading.instant}>
              {dayAndTime(reading.millis, zone)}
            </time>
            , {zoneText(reading.millis, zone)}
          </p>
          {reading.note !== undefined && (
            <p className={classNames(styles.line, styles.warning)}>
              <Icon name="triangle-alert" />
              <span>{reading.note}</span>
            </p>
          )}
        </>
      );
    case "wrong":
      return <p>Local time in {zone}</p>;
  }
}
