import { Button } from "#app/ui/button.tsx";
import { Menu, MenuItem, MenuRadioGroup, MenuRadioItem, MenuSeparator } from "#app/ui/menu.tsx";
import { Popover } from "#app/ui/popover.tsx";
import { SelectField, type SelectOption } from "#app/ui/select-field.tsx";
import { UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import { ALL_DATABASES } from "#contract/permission.ts";
import { tokenStatuses } from "#contract/token.ts";
import { optionsName } from "./token-cells.tsx";
import { accessByResource } from "./permission-chips.ts";
import styles from "./token-menus.module.css";
import { accessFilters, type ListedToken, type SortKey, type TokenView } from "./token-index.ts";
import { hasFilters, withoutFilters } from "./token-view-state.ts";
import { accessNames, columnNames, expiryName, statusNames } from "./token-words.ts";

// Everything here opens on demand and is loaded while the page is idle; see lazy-module.ts.

interface AnchoredProps {
  open: boolean;
  anchor: HTMLElement | null;
  onClose: () => void;
}

/** What the options menu may offer for one token; a string is the reason why not. */
export interface TokenActions {
  revoke: (() => void) | string;
  edit?: string;
  rotate?: string;
  suspend?: string;
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
  const { revoke } = actions;
  return (
    <Menu {...rest} label={token === undefined ? "Options" : `Options for ${optionsName(token)}`}>
      <MenuItem icon="copy" onSelect={actions.copyId}>
        Copy Token ID
      </MenuItem>
      {actions.edit !== undefined && (
        <MenuItem icon="pencil" onSelect={ignore} disabledReason={actions.edit}>
          Edit Token
        </MenuItem>
      )}
      {actions.rotate !== undefined && (
        <MenuItem icon="rotate" onSelect={ignore} disabledReason={actions.rotate}>
          Rotate Token
        </MenuItem>
      )}
      {actions.suspend !== undefined && (
        <MenuItem icon="pause" onSelect={ignore} disabledReason={actions.suspend}>
          Suspend Token
        </MenuItem>
      )}
      <MenuSeparator />
      <MenuItem
        icon="ban"
        destructive
        shortcut={keysOn ? "r" : undefined}
        keepFocusOnSelect
        onSelect={typeof revoke === "string" ? ignore : revoke}
        disabledReason={typeof revoke === "string" ? revoke : undefined}
      >
        Revoke Token
      </MenuItem>
    </Menu>
  );
}

function ignore(): void {}

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
  onChange: (change: Partial<TokenView>) => void;
}

export function FilterPopover({ view, databases, onChange, ...rest }: FilterPopoverProps) {
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

export interface DatabasesPopoverProps extends AnchoredProps {
  token: ListedToken | undefined;
}

export function DatabasesPopover({ token, ...rest }: DatabasesPopoverProps) {
  const access = accessByResource(token?.permissions ?? []);
  return (
    <Popover {...rest} label="Databases of this token">
      <ul className={styles.access} tabIndex={0} aria-label={`${access.length} databases`}>
        {access.map(({ resource, words }) => (
          <li key={resource}>
            <span className={styles.accessName}>
              {resource === ALL_DATABASES ? "All databases" : <UserText text={resource} />}
            </span>
            <span className={styles.accessWords}>{words}</span>
          </li>
        ))}
      </ul>
    </Popover>
  );
}

/** The actions that the menu names and this version does not have yet. */
export const LATER = {
  edit: "Not in this version.",
  rotate: "Not in this version.",
  suspend: "Not in this version.",
} as const;
