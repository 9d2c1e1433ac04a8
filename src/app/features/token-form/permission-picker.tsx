import { useEffect, useEffectEvent, useId, useRef, useState, type KeyboardEvent } from "react";
import { isForAll, reachOf, resourceName, type Permission } from "#contract/permission.ts";
import { Button, IconButton } from "#app/ui/button.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { classNames } from "#app/ui/class-names.ts";
import { Icon } from "#app/ui/icon.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { VisuallyHidden } from "#app/ui/visually-hidden.tsx";
import {
  databaseChoices,
  databaseOf,
  extraWords,
  permissionRows,
  resourceOf,
  rowTarget,
  withAction,
  withoutExtras,
  withoutRow,
  type DatabaseChoice,
  type PermissionRow,
} from "./permission-choices.ts";
import styles from "./permission-picker.module.css";

export interface PermissionPickerProps {
  value: readonly Permission[];
  onChange: (next: Permission[]) => void;
  /** Names of the cluster's databases; undefined while unknown. */
  databases: readonly string[] | undefined;
  /** Why they are not known. */
  databasesProblem?: string | undefined;
  /** Why nothing can be changed now. */
  disabledReason?: string | undefined;
  /** What is typed and not added: "" for nothing. */
  onTyped?: ((text: string) => void) | undefined;
  /** What was typed and not added when the form was sent: wrong as long as it stands there. */
  refused?: string | undefined;
}

const NOT_ADDED = "has not been added. Choose it from the list, or empty this field.";

/** UTF-16 units of a name or an action that is shown. */
const SHOWN = 100;

/**
 * The permissions of a token, a row for each database. What they hold beyond Read and Write stays as it is: it can be
 * taken away, never altered.
 */
export function PermissionPicker({
  value,
  onChange,
  databases,
  databasesProblem,
  disabledReason,
  onTyped,
  refused,
}: PermissionPickerProps) {
  // Rows whose last tick was taken away stay, in their place, so that it can be put back.
  const [order, setOrder] = useState<readonly string[]>(() => permissionRows(value).map(({ key }) => key));
  const [said, setSaid] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const search = useRef<HTMLInputElement>(null);

  const granted = new Map(permissionRows(value).map((row) => [row.key, row]));
  const keys = [...order, ...[...granted.keys()].filter((key) => !order.includes(key))];
  const rows = keys.map(
    (key) => granted.get(key) ?? { key, target: rowTarget(key), read: false, write: false, extras: [] },
  );
  const disabled = disabledReason !== undefined;

  const add = (resource: string) => {
    setOrder(keys.includes(resource) ? keys : [...keys, resource]);
    setSaid(`${nameText(resource)} added with Read`);
    onChange(withAction(value, resource, "read", true));
  };
  const remove = (key: string) => {
    const at = keys.indexOf(key);
    setOrder(keys.filter((other) => other !== key));
    setSaid(`${nameText(key)} removed`);
    onChange(withoutRow(value, key));
    // The row that takes its place, or the one before it; without any, where more can be added.
    const neighbour = list.current?.children.item(at + 1) ?? list.current?.children.item(at - 1);
    (neighbour?.querySelector<HTMLElement>("[data-remove]") ?? search.current)?.focus();
  };

  return (
    <div className={styles.picker}>
      {rows.length === 0 ? (
        <p className={styles.none}>No permissions. The token can then do nothing.</p>
      ) : (
        <ul ref={list} className={styles.rows} aria-label="Permissions">
          {rows.map((row) => (
            <li key={row.key}>
              <Row
                row={row}
                isKnown={
                  databases === undefined ||
                  isForAll(row.target) ||
                  reachOf(row.target) === "other" ||
                  databases.includes(row.target.resource)
                }
                disabled={disabled}
                onToggle={(action, on) => {
                  setOrder(keys);
                  onChange(withAction(value, row.key, action, on));
                }}
                onRemoveExtras={() => {
                  setOrder(keys);
                  setSaid(`Other permissions of ${nameText(row.key)} removed`);
                  onChange(withoutExtras(value, row.key));
                }}
                onRemove={() => remove(row.key)}
              />
            </li>
          ))}
        </ul>
      )}
      <AddPermission
        databases={databases}
        databasesProblem={databasesProblem}
        disabledReason={disabledReason}
        taken={new Set(rows.flatMap(({ target }) => databaseOf(target) ?? []))}
        inputRef={search}
        onAdd={add}
        onTyped={onTyped}
        refused={refused}
      />
      <VisuallyHidden>
        <span role="status">{said}</span>
      </VisuallyHidden>
    </div>
  );
}

function nameText(key: string): string {
  return visibleText(resourceName(rowTarget(key)), SHOWN);
}

interface RowProps {
  row: PermissionRow;
  /** Whether the cluster has such a database, or may have. */
  isKnown: boolean;
  disabled: boolean;
  onToggle: (action: "read" | "write", on: boolean) => void;
  onRemoveExtras: () => void;
  onRemove: () => void;
}

function Row({ row, isKnown, disabled, onToggle, onRemoveExtras, onRemove }: RowProps) {
  const { key, target, read, write, extras } = row;
  const name = nameText(key);
  const isAll = isForAll(target);
  return (
    <div role="group" aria-label={name} className={styles.row}>
      <span className={styles.name}>
        {isAll ? <strong>{name}</strong> : <UserText text={resourceName(target)} flow="wrap" limit={SHOWN} />}
      </span>
      <span className={styles.actions}>
        <Checkbox
          label="Read"
          checked={read}
          disabled={disabled}
          onChange={(checked) => onToggle("read", checked)}
        />
        <Checkbox
          label="Write"
          checked={write}
          disabled={disabled}
          onChange={(checked) => onToggle("write", checked)}
        />
        <IconButton
          label={`Remove ${name}`}
          icon="x"
          size="small"
          data-remove=""
          disabled={disabled}
          onClick={onRemove}
        />
      </span>
      {extras.length > 0 && (
        <div className={styles.extras}>
          <span>
            {"Also, kept as it is: "}
            {extras.map((extra, index) => (
              <span key={index}>
                {index > 0 && "; "}
                <UserText text={extraWords(extra)} flow="wrap" limit={400} />
              </span>
            ))}
          </span>
          <Button size="small" disabled={disabled} onClick={onRemoveExtras}>
            {`Remove these from ${name}`}
          </Button>
        </div>
      )}
      {isAll && (
        <p className={styles.warning}>
          <Icon name="triangle-alert" />
          <span>Reaches every database of this cluster, also those that are made later.</span>
        </p>
      )}
      {!isKnown && <p className={styles.note}>This cluster has no database of this name now.</p>}
      {!read && !write && extras.length === 0 && (
        <p className={styles.note}>Grants nothing, and will be left out.</p>
      )}
    </div>
  );
}

interface AddPermissionProps {
  databases: readonly string[] | undefined;
  databasesProblem: string | undefined;
  disabledReason: string | undefined;
  taken: ReadonlySet<string>;
  inputRef: React.RefObject<HTMLInputElement | null>;
  onAdd: (resource: string) => void;
  onTyped: ((text: string) => void) | undefined;
  refused: string | undefined;
}

/** Type to filter, arrows and Enter to choose. Focus stays in the field, so that several can be added in a row. */
function AddPermission({
  databases,
  databasesProblem,
  disabledReason,
  taken,
  inputRef,
  onAdd,
  onTyped,
  refused,
}: AddPermissionProps) {
  const id = useId();
  const [text, setTyped] = useState("");
  const [open, setOpen] = useState(false);
  /** Position in the list; -1 for none. */
  const [active, setActive] = useState(-1);
  const listbox = useRef<HTMLDivElement>(null);
  const { choices, more, fault: textFault } = databaseChoices({ databases, taken, text });
  const fault =
    textFault ??
    (refused === text && text.trim() !== "" ? `${nameText(text.trim())} ${NOT_ADDED}` : undefined);
  const shown = open && choices.length > 0;
  const optionId = (at: number) => `${id}-${at}`;

  const setText = (next: string) => {
    setTyped(next);
    onTyped?.(next);
  };
  const close = () => {
    setOpen(false);
    setActive(-1);
  };
  const goBack = useEffectEvent(close);
  useEffect(() => {
    if (!shown) return;
    // Before the dialog around it hears of the key: Escape goes back one step only.
    const onKey = (event: globalThis.KeyboardEvent) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      goBack();
    };
    window.addEventListener("keydown", onKey, { capture: true });
    return () => window.removeEventListener("keydown", onKey, { capture: true });
  }, [shown]);

  const count = choices.length;
  useEffect(() => {
    // The field may stand at the lower edge of what is in sight.
    if (shown && count > 0) listbox.current?.scrollIntoView({ block: "nearest" });
  }, [shown, count]);
  useEffect(() => {
    if (shown && active >= 0) listbox.current?.children.item(active)?.scrollIntoView({ block: "nearest" });
  }, [shown, active]);

  const type = (next: string) => {
    setText(next);
    setOpen(true);
    // What is there already is what Enter takes; a name that is no database yet is chosen on purpose.
    const first = databaseChoices({ databases, taken, text: next }).choices[0];
    setActive(next.trim() !== "" && first !== undefined && first.kind !== "new" ? 0 : -1);
  };
  const choose = (choice: DatabaseChoice | undefined) => {
    if (choice === undefined) return;
    onAdd(resourceOf(choice));
    setText("");
    setOpen(false);
    setActive(-1);
    inputRef.current?.focus();
  };
  const onKeyDown = (event: KeyboardEvent<HTMLInputElement>) => {
    if (event.nativeEvent.isComposing) return;
    switch (event.key) {
      case "ArrowDown":
      case "ArrowUp": {
        event.preventDefault();
        const step = event.key === "ArrowDown" ? 1 : -1;
        if (!shown) {
          setOpen(true);
          setActive(step === 1 ? 0 : count - 1);
        } else if (count > 0) {
          setActive(active === -1 && step === -1 ? count - 1 : (active + step + count) % count);
        }
        return;
      }
      case "Enter":
        // Never the form's own: a key too many must not create a token.
        event.preventDefault();
        if (shown) choose(choices[active]);
        return;
    }
  };

  return (
    <div className={styles.add}>
      <label htmlFor={id} className={styles.addLabel}>
        Add Permission
      </label>
      <div className={styles.search}>
        <Icon name="search" className={styles.glass} />
        <input
          ref={inputRef}
          id={id}
          type="text"
          role="combobox"
          className={styles.input}
          placeholder="Search databases"
          autoComplete="off"
          autoCorrect="off"
          autoCapitalize="off"
          spellCheck={false}
          maxLength={200}
          value={text}
          disabled={disabledReason !== undefined}
          aria-expanded={shown}
          aria-controls={shown ? `${id}-list` : undefined}
          aria-autocomplete="list"
          aria-activedescendant={shown && active >= 0 ? optionId(active) : undefined}
          aria-invalid={fault !== undefined || undefined}
          aria-describedby={`${id}-hint`}
          onChange={(event) => type(event.target.value)}
          onClick={() => setOpen(true)}
          onBlur={close}
          onKeyDown={onKeyDown}
        />
      </div>
      {shown && (
        <div
          ref={listbox}
          id={`${id}-list`}
          role="listbox"
          tabIndex={-1}
          aria-label="Databases"
          className={styles.listbox}
          // Focus stays in the field, also when the scroll bar is pressed.
          onPointerDown={(event) => event.preventDefault()}
          onMouseDown={(event) => event.preventDefault()}
        >
          {choices.map((choice, at) => (
            <div
              key={`${choice.kind} ${resourceOf(choice)}`}
              id={optionId(at)}
              role="option"
              tabIndex={-1}
              aria-selected={at === active}
              className={classNames(styles.option, at === active && styles.active)}
              onPointerMove={() => setActive(at)}
              onClick={() => choose(choice)}
              // Keys go to the field, which names the active option.
              onKeyDown={undefined}
            >
              <Choice choice={choice} databases={databases} />
            </div>
          ))}
        </div>
      )}
      <div id={`${id}-hint`} className={styles.hint}>
        {disabledReason ?? fault ?? hint({ databases, databasesProblem, open: shown, more, choices })}
      </div>
    </div>
  );
}

function Choice({ choice, databases }: { choice: DatabaseChoice; databases: readonly string[] | undefined }) {
  switch (choice.kind) {
    case "all":
      return (
        <>
          <span>All databases</span>
          <span className={styles.aside}>also those that are made later</span>
        </>
      );
    case "database":
      return <UserText text={choice.name} limit={SHOWN} />;
    case "new":
      return (
        <>
          <span className={styles.newName}>
            Add <UserText text={choice.name} limit={SHOWN} />
          </span>
          {databases !== undefined && <span className={styles.aside}>no such database yet</span>}
        </>
      );
  }
}

interface HintInput {
  databases: readonly string[] | undefined;
  databasesProblem: string | undefined;
  open: boolean;
  more: number;
  choices: readonly DatabaseChoice[];
}

function hint({ databases, databasesProblem, open, more, choices }: HintInput): string {
  if (databases === undefined) {
    return databasesProblem === undefined
      ? "The databases are being read. A name can be typed meanwhile."
      : `The databases could not be read; a name can be typed. ${visibleText(databasesProblem, 2000)}`;
  }
  const [first] = choices;
  if (open && first?.kind === "new")
    return "No database has this in its name. Choose the line above to add it anyway.";
  if (open && more > 0) return `${more} more: type to find them.`;
  if (choices.length === 0) return "Everything that there is has been added.";
  return databases.length === 1 ? "1 database" : `${databases.length} databases`;
}
