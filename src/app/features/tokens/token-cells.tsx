import type { ReactNode } from "react";
import type { Permission } from "#contract/permission.ts";
import { toMillis } from "#contract/instant.ts";
import { isSuspended, tokenStatus } from "#contract/token.ts";
import { SMALL_QUIET_ICON_BUTTON } from "#app/ui/button.tsx";
import { Chip } from "#app/ui/chip.tsx";
import { Icon } from "#app/ui/icon.tsx";
import { StatusDot, type StatusTone } from "#app/ui/status-dot.tsx";
import { drawUserText, UserText } from "#app/ui/user-text.tsx";
import { visibleText } from "#app/ui/visible-text.ts";
import type { CellTone, RowPlace } from "#app/table/columns.ts";
import { drawSelectBox } from "#app/table/select-box.tsx";
import { accessByResource, chipsThatFit, type ChipRoom } from "./permission-chips.ts";
import { dayText, EXPIRING_DAYS, exactText, relativeText } from "./time-text.ts";
import styles from "./token-cells.module.css";
import { MILLIS_PER_DAY, type ListedToken } from "./token-index.ts";

/** What the cells of a tokens table need besides their token. */
export interface TokenScene {
  /** Milliseconds of the server's clock, which decides what is expired. */
  now: number;
  /** The management token that this session acts with. */
  credentialId: string | undefined;
  /** For the names of databases. */
  room: ChipRoom;
}

/** What the buttons in a row ask for. */
export const tokenPresses = ["options", "databases", "copy-id"] as const;
export type TokenPress = (typeof tokenPresses)[number];

/** UTF-16 units: more than the widest column shows. */
export const LONGEST_LINE = 300;
export const LONGEST_TOOLTIP = 2000;
const LONGEST_NAME = 200;

// Every keystroke draws all rows in sight. What looks alike in many of them is made once: React leaves an element
// alone that is the very same as before.
const NO_DESCRIPTION = "No description";
const NO_DATABASES = <span className={styles.absent}>None</span>;
const IN_USE = (
  <span className={styles.badge} translate="yes">
    In use by you
  </span>
);
const OPTIONS_ICON = <Icon name="ellipsis-vertical" />;

interface State {
  tone: StatusTone;
  word: string;
  /** What the tooltip says before an instant of the token, and which. */
  since?: readonly [words: string, instant: "expiresAt" | "revokedAt" | "suspendedAt"];
  /** Without its tooltip. */
  drawn?: ReactNode;
}

const active: State = { tone: "green", word: "Active" };
const expiring: State = { tone: "amber", word: "Expiring", since: ["Active until", "expiresAt"] };
const expired: State = { tone: "neutral", word: "Expired", since: ["Expired", "expiresAt"] };
const revoked: State = { tone: "red", word: "Revoked", since: ["Revoked", "revokedAt"] };
const suspended: State = { tone: "paused", word: "Suspended", since: ["Suspended", "suspendedAt"] };
const deactivated: State = { tone: "paused", word: "Deactivated", since: ["Last changed", "suspendedAt"] };

function stateOf(token: ListedToken, now: number): State {
  const status = tokenStatus(token, now);
  if (status === "revoked") return revoked;
  if (status === "expired") return expired;
  if (isSuspended(token)) return token.isDeactivated ? deactivated : suspended;
  return isExpiring(token, now) ? expiring : active;
}

/** The state of a token; `attended` adds the tooltip with the exact time. */
export function drawStatus(
  token: ListedToken,
  { now }: Omit<TokenScene, "room">,
  { attended }: RowPlace,
): ReactNode {
  const state = stateOf(token, now);
  const draw = (title?: string) => (
    <StatusDot tone={state.tone} title={title}>
      {state.word}
    </StatusDot>
  );
  return attended ? draw(titleOf(state, token)) : (state.drawn ??= draw());
}

function titleOf(state: State, token: ListedToken): string | undefined {
  const [words, name] = state.since ?? [];
  const instant = name && token[name];
  if (instant === undefined) return undefined;
  const by = state === suspended && token.suspendedBy;
  return `${words} ${exactText(instant)}${by ? ` by ${visibleText(by, LONGEST_NAME)}` : ""}`;
}

function isExpiring(token: ListedToken, now: number): boolean {
  return token.expiresAt !== undefined && toMillis(token.expiresAt) - now < EXPIRING_DAYS * MILLIS_PER_DAY;
}

export function drawDescription(token: ListedToken, { credentialId }: TokenScene): ReactNode {
  const { id, description } = token;
  if (id === credentialId)
    return (
      <span className={styles.description}>
        <UserText text={description} empty={NO_DESCRIPTION} limit={LONGEST_LINE} />
        {IN_USE}
      </span>
    );
  return description === "" ? NO_DESCRIPTION : drawUserText(description, LONGEST_LINE);
}

export function descriptionTooltip({ description }: ListedToken): string | undefined {
  return visibleText(description, LONGEST_TOOLTIP) || undefined;
}

export function descriptionTone(token: ListedToken, { credentialId }: TokenScene): CellTone | undefined {
  return token.description === "" && token.id !== credentialId ? "quiet" : undefined;
}

/** The first and last characters of an id: enough to tell two apart, short enough for a column. */
export function shortId(id: string): string {
  return id.length <= 16 ? id : `${id.slice(0, 8)}…${id.slice(-4)}`;
}

export function drawId(token: ListedToken, _scene: TokenScene, { tabIndex, attended }: RowPlace): ReactNode {
  const id = visibleText(token.id);
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      className={styles.id}
      title={attended ? `${id} – click to copy` : undefined}
      aria-label={`Copy token ID ${id}`}
      data-press={"copy-id" satisfies TokenPress}
    >
      {token.tokenPrefix !== undefined && (
        <span className={styles.prefix}>{visibleText(token.tokenPrefix, 40)}…</span>
      )}
      {visibleText(shortId(token.id))}
    </button>
  );
}

const NO_PERMISSIONS: readonly Permission[] = [];

/** What is drawn of permissions, kept while they are: tokens that share them share it. One for each kind of place. */
const drawnPermissions = new WeakMap<readonly Permission[], Record<string, ReactNode>>();

export function drawDatabases(token: ListedToken, { room }: TokenScene, place: RowPlace): ReactNode {
  const permissions = token.permissions ?? NO_PERMISSIONS;
  let drawn = drawnPermissions.get(permissions);
  if (drawn === undefined) drawnPermissions.set(permissions, (drawn = {}));
  return (drawn[`${room}${place.tabIndex}${place.attended}`] ??= drawPermissions(permissions, room, place));
}

function drawPermissions(
  permissions: readonly Permission[],
  room: ChipRoom,
  { tabIndex, attended }: RowPlace,
): ReactNode {
  const access = accessByResource(permissions);
  if (access.length === 0) return NO_DATABASES;
  const { count, fit } = chipsThatFit(access, room);
  const chips = access.slice(0, count).map((each) => ({ ...each, name: visibleText(each.name) }));
  const more = access.length - count;
  const parts = (
    <>
      {chips.map(({ name, code, words }, at) => (
        // By place: the next row's chips are then other words in the same elements.
        <Chip
          key={at}
          fits={fit}
          code={code}
          codeLabel={words}
          title={attended ? `${name}: ${words}` : undefined}
        >
          {name}
        </Chip>
      ))}
      {more > 0 && (
        <button
          type="button"
          tabIndex={tabIndex}
          className={styles.more}
          aria-haspopup="dialog"
          aria-label={`${more} more databases`}
          data-press={"databases" satisfies TokenPress}
        >
          +{more}
        </button>
      )}
    </>
  );
  return fit ? parts : <span className={styles.databases}>{parts}</span>;
}

export function drawCreated({ createdAt }: ListedToken): ReactNode {
  return dayText(createdAt);
}

export function createdTooltip({ createdAt }: ListedToken, { now }: TokenScene): string {
  return instantTitle(createdAt, now);
}

export function drawExpires(token: ListedToken, { now }: TokenScene): ReactNode {
  const { expiresAt } = token;
  if (expiresAt === undefined) return "Never";
  return expiresSoon(token, now) ? relativeText(toMillis(expiresAt), now) : dayText(expiresAt);
}

export function expiresTooltip({ expiresAt }: ListedToken, { now }: TokenScene): string | undefined {
  return expiresAt && instantTitle(expiresAt, now);
}

export function expiresTone(token: ListedToken, { now }: TokenScene): CellTone | undefined {
  if (token.expiresAt === undefined) return "quiet";
  return expiresSoon(token, now) ? "soon" : undefined;
}

function expiresSoon(token: ListedToken, now: number): boolean {
  return tokenStatus(token, now) === "active" && isExpiring(token, now);
}

function instantTitle(instant: string, now: number): string {
  return `${exactText(instant)}, ${relativeText(toMillis(instant), now)}`;
}

/** What a row is called where its description stands alone; its id when that says nothing. */
export function optionsName(token: ListedToken): string {
  return visibleText(token.description, LONGEST_NAME).trim() || visibleText(token.id);
}

export function drawSelect(token: ListedToken, _scene: TokenScene, place: RowPlace): ReactNode {
  return drawSelectBox(`Select ${optionsName(token)}`, place);
}

export function drawOptions(token: ListedToken, _scene: TokenScene, { tabIndex }: RowPlace): ReactNode {
  return (
    <button
      type="button"
      tabIndex={tabIndex}
      className={SMALL_QUIET_ICON_BUTTON}
      title="Options"
      aria-label={`Options for ${optionsName(token)}`}
      aria-haspopup="menu"
      aria-expanded={false}
      data-press={"options" satisfies TokenPress}
    >
      {OPTIONS_ICON}
    </button>
  );
}
