import { useMemo } from "react";
import { Button } from "#app/ui/button.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { Menu, MenuItem, MenuRadioGroup, MenuRadioItem, MenuSeparator } from "#app/ui/menu.tsx";
import { Popover } from "#app/ui/popover.tsx";
import { SelectField, type SelectOption } from "#app/ui/select-field.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { Removal } from "#contract/cluster.ts";
import { tokenStatuses } from "#contract/token.ts";
import { numberText } from "#app/ui/number-text.ts";
import { optionsName } from "./token-cells.tsx";
import { accessByResource } from "./permission-chips.ts";
import styles from "./token-menus.module.css";
import {
  accessFilters,
  ownerKeys,
  type ListedToken,
  type OwnerKey,
  type SortKey,
  type TokenIndex,
  type TokenView,
} from "./token-index.ts";
import { ownersOf } from "./token-index-owners.ts";
import { hasFilters, withoutFilters } from "./token-view-state.ts";
import { accessNames, columnNames, expiryName, statusNames } from "./token-words.ts";
import { useSay } from "#app/ui/vocabulary.ts";

// Everything here opens on demand and is loaded while the page is idle; see lazy-module.ts.

// Said of a list that is there: what is said of one that is not must not wait for a gateway that may be gone.
export { EmptyList, NothingYet } from "./empty-list.tsx";
export { UnreadableNotice } from "./unreadable-notice.tsx";

interface AnchoredProps {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
}

/** What the options menu may offer for one token; a string is the reason why not. */
export interface TokenActions {
  /** "command": there is a command for it only. */
  removal: Removal | "command";
  revoke: (() => void) | string;
  /** Absent where no token of this kind has it. */
  edit?: (() => void) | string;
  clone?: (() => void) | string;
  rotate?: (() => void) | string;
  suspend?: (() => void) | string;
  restore?: (() => void) | string;
  details: () => void;
  copyId: () => void;
}

export interface TokenOptionsMenuProps extends AnchoredProps {
  token: ListedToken | undefined;
  actions: TokenActions;
  /** Whether single-letter keys are on. */
  keysOn: boolean;
  returnFocus: () => HTMLElement | null;
}

export function TokenOptionsMenu({ token, actions, keysOn, ...rest }: TokenOptionsMenuProps) {
  const say = useSay();
  return (
    <Menu {...rest} label={token === undefined ? "Options" : `Options for ${optionsName(token)}`}>
      <MenuItem icon="info" keepFocusOnSelect onSelect={actions.details}>
        Show Details
      </MenuItem>
      <MenuItem icon="copy" onSelect={actions.copyId}>
        Copy Token ID
      </MenuItem>
      <MenuSeparator />
      {actions.edit !== undefined && (
        <MenuItem icon="pencil" {...chosen(actions.edit)}>
          Edit Token
        </MenuItem>
      )}
      {actions.clone !== undefined && (
        <MenuItem icon="copy-plus" {...chosen(actions.clone)}>
          Clone Token
        </MenuItem>
      )}
      {actions.rotate !== undefined && (
        <MenuItem icon="rotate" {...chosen(actions.rotate)}>
          Rotate Token
        </MenuItem>
      )}
      {actions.suspend !== undefined && (
        <MenuItem icon="pause" {...chosen(actions.suspend)}>
          {say("Suspend Token")}
        </MenuItem>
      )}
      {actions.restore !== undefined && (
        <MenuItem icon="rotate" {...chosen(actions.restore)}>
          {say("Restore Token")}
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem icon="ban" destructive shortcut={keysOn ? "r" : undefined} {...chosen(actions.revoke)}>
        {removalNames[actions.removal]}
      </MenuItem>
    </Menu>
  );
}

/** What opens a dialog keeps the focus from going back to the table first; a string is why it cannot be chosen. */
function chosen(action: (() => void) | string) {
  return typeof action === "string"
    ? { onSelect: ignore, disabledReason: action }
    : { onSelect: action, keepFocusOnSelect: true };
}

function ignore(): void {}

const removalNames = {
  revoke: "Revoke Token",
  delete: "Delete Token",
  command: "Copy Revoke Command",
} as const;

export interface SortMenuProps extends AnchoredProps {
  view: TokenView;
  keys: readonly SortKey[];
  onChange: (change: Partial<TokenView>) => void;
}

export function SortMenu({ view, keys, onChange, ...rest }: SortMenuProps) {
  const { by, descending } = view.sort;
  return (
    <Menu {...rest} label="Sort">
      <MenuRadioGroup
        label="Sort by"
        value={by}
        onChange={(value) => {
          const key = keys.find((candidate) => candidate === value);
          if (key !== undefined) onChange({ sort: { by: key, descending } });
        }}
      >
        {keys.map((key) => (
          <MenuRadioItem key={key} value={key} keepOpen>
            {columnNames[key]}
          </MenuRadioItem>
        ))}
      </MenuRadioGroup>
      <MenuSeparator />
      <MenuRadioGroup
        label="Order"
        value={descending ? "descending" : "ascending"}
        onChange={(value) => onChange({ sort: { by, descending: value === "descending" } })}
      >
        <MenuRadioItem value="ascending">Ascending</MenuRadioItem>
        <MenuRadioItem value="descending">Descending</MenuRadioItem>
      </MenuRadioGroup>
    </Menu>
  );
}

const EXPIRY_DAYS = [7, 30, 90] as const;
const ANY = "";

export interface FilterPopoverProps extends AnchoredProps {
  view: TokenView;
  /** Names to choose from; undefined where tokens have no databases. */
  databases: readonly string[] | undefined;
  /** What tokens can be sorted by: owners can be filtered by where they are among it. */
  keys: readonly SortKey[];
  index: TokenIndex;
  onChange: (change: Partial<TokenView>) => void;
}

export function FilterPopover({ view, databases, keys, index, onChange, ...rest }: FilterPopoverProps) {
  const days = typeof view.expiry === "number" ? [...new Set([...EXPIRY_DAYS, view.expiry])] : EXPIRY_DAYS;
  return (
    <Popover {...rest} label="Filters" align="start">
      <div className={styles.filters}>
        <SelectField
          label="Status"
          value={view.status ?? ANY}
          options={withAny(
            "Any status",
            tokenStatuses.map((value) => ({ value, label: statusNames[value] })),
          )}
          onChange={(value) => onChange({ status: value === ANY ? undefined : value })}
        />
        {databases !== undefined && (
          <>
            <SelectField
              label="Access"
              value={view.access ?? ANY}
              options={withAny(
                "Any access",
                accessFilters.map((value) => ({ value, label: accessNames[value] })),
              )}
              onChange={(value) => onChange({ access: value === ANY ? undefined : value })}
            />
            <SelectField
              label="Database"
              value={view.database ?? ANY}
              options={withAny(
                "Any database",
                known(databases, view.database).map((value) => ({ value, label: visibleText(value) })),
              )}
              onChange={(value) => onChange({ database: value === ANY ? undefined : value })}
            />
          </>
        )}
        {rest.open &&
          ownerKeys
            .filter((key) => keys.includes(key))
            .map((key) => <OwnerFilter key={key} by={key} view={view} index={index} onChange={onChange} />)}
        <SelectField
          label="Expiry"
          value={view.expiry === undefined ? ANY : String(view.expiry)}
          options={withAny("Any expiry", [
            { value: "never", label: expiryName("never") },
            ...days.toSorted((a, b) => a - b).map((n) => ({ value: String(n), label: expiryName(n) })),
          ])}
          onChange={(value) =>
            onChange({ expiry: value === ANY ? undefined : value === "never" ? "never" : Number(value) })
          }
        />
        <div className={styles.filterButtons}>
          <Button
            variant="quiet"
            onClick={() => onChange(withoutFilters(view))}
            disabledReason={hasFilters(view) ? undefined : "No filter is set."}
          >
            Clear filters
          </Button>
          <Button variant="primary" onClick={rest.onClose}>
            Done
          </Button>
        </div>
      </div>
    </Popover>
  );
}

function withAny<T extends string>(
  label: string,
  options: readonly SelectOption<T>[],
): SelectOption<T | "">[] {
  return [{ value: ANY, label }, ...options];
}

/** A link may name a database that no token names any more. */
function known(databases: readonly string[], chosen: string | undefined): readonly string[] {
  return chosen === undefined || databases.includes(chosen) ? databases : [chosen, ...databases];
}

interface OwnerFilterProps extends Pick<FilterPopoverProps, "view" | "index" | "onChange"> {
  by: OwnerKey;
}

/** One or several of those whom tokens belong to, with how many tokens each has. */
function OwnerFilter({ by, view, index, onChange }: OwnerFilterProps) {
  const owners = useMemo(() => ownersOf(index, by), [index, by]);
  const chosen = view[by] ?? [];
  const names = owners.map(({ name }) => name);
  // A link may name one that no token belongs to any more.
  const gone = chosen.filter((name) => !names.includes(name)).map((name) => ({ name, count: 0 }));
  return (
    <fieldset className={styles.owners}>
      <legend>{columnNames[by]}</legend>
      <div className={styles.ownerList}>
        {[...gone, ...owners].map(({ name, count }) => (
          <Checkbox
            key={name}
            label={`${visibleText(name, LONGEST_NAME)} (${numberText(count)})`}
            checked={chosen.includes(name)}
            onChange={(on) => {
              const next = on ? [...chosen, name] : chosen.filter((other) => other !== name);
              onChange({ [by]: next.length === 0 ? undefined : next });
            }}
          />
        ))}
        {gone.length + owners.length === 0 && <span>Not known for these tokens.</span>}
      </div>
    </fieldset>
  );
}

/** UTF-16 units. */
const LONGEST_NAME = 100;

export interface DatabasesPopoverProps extends AnchoredProps {
  token: ListedToken | undefined;
}

export function DatabasesPopover({ token, ...rest }: DatabasesPopoverProps) {
  const access = accessByResource(token?.permissions ?? []);
  return (
    <Popover {...rest} label="Databases of this token">
      <ul className={styles.access} tabIndex={0} aria-label={`${access.length} databases`}>
        {access.map(({ key, name, words }) => (
          <li key={key}>
            <span className={styles.accessName}>
              <UserText text={name} />
            </span>
            <span className={styles.accessWords}>{words}</span>
          </li>
        ))}
      </ul>
    </Popover>
  );
}
