import { useMemo } from "react";
import { FilterSelect, FiltersPopover } from "#app/table/filters-popover.tsx";
import { Checkbox } from "#app/ui/checkbox.tsx";
import { Menu, MenuItem, MenuSeparator } from "#app/ui/menu.tsx";
import { Popover } from "#app/ui/popover.tsx";
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

export { SortMenu } from "#app/table/sort-menu.tsx";

// Said of a list that is there: what is said of one that is not must not wait for a gateway that may be gone.
export { NothingFoundYet } from "#app/table/no-rows.tsx";
export { EmptyList } from "./empty-list.tsx";
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

const EXPIRY_DAYS = [7, 30, 90] as const;

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
    <FiltersPopover {...rest} hasFilters={hasFilters(view)} onClear={() => onChange(withoutFilters(view))}>
      <FilterSelect
        label="Status"
        any="Any status"
        value={view.status}
        options={tokenStatuses.map((value) => ({ value, label: statusNames[value] }))}
        onChange={(status) => onChange({ status })}
      />
      {databases !== undefined && (
        <>
          <FilterSelect
            label="Access"
            any="Any access"
            value={view.access}
            options={accessFilters.map((value) => ({ value, label: accessNames[value] }))}
            onChange={(access) => onChange({ access })}
          />
          <FilterSelect
            label="Database"
            any="Any database"
            value={view.database}
            options={known(databases, view.database).map((value) => ({ value, label: visibleText(value) }))}
            onChange={(database) => onChange({ database })}
          />
        </>
      )}
      {rest.open &&
        ownerKeys
          .filter((key) => keys.includes(key))
          .map((key) => <OwnerFilter key={key} by={key} view={view} index={index} onChange={onChange} />)}
      <FilterSelect
        label="Expiry"
        any="Any expiry"
        value={view.expiry === undefined ? undefined : String(view.expiry)}
        options={[
          { value: "never", label: expiryName("never") },
          ...days.toSorted((a, b) => a - b).map((n) => ({ value: String(n), label: expiryName(n) })),
        ]}
        onChange={(value) =>
          onChange({ expiry: value === undefined || value === "never" ? value : Number(value) })
        }
      />
    </FiltersPopover>
  );
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
