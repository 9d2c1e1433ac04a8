import { createHash } from "node:crypto";
import type { Page } from "@playwright/test";
import type { SeenRequest } from "./fault-proxy.ts";
import type { GatewayProcess } from "./gateway-process.ts";

/**
 * What stays true whatever breaks: after a scenario the screen is compared with the database, and both with what went
 * over the wire. Each rule is one of those in the documentation, by its name there.
 */

/** A token as the database has it. */
export interface StoredToken {
  id: string;
  description: string;
  /** "action:resource", in order. */
  permissions: readonly string[];
  isRevoked: boolean;
  /** What is kept of a suspended one; undefined when it is not suspended. */
  kept: readonly string[] | undefined;
  /** SHA-256 of its secret in hex. */
  secretHash: string | undefined;
}

export interface ShownDialog {
  text: string;
  /** Names of the buttons that can be pressed. */
  buttons: readonly string[];
}

/** What a person at the screen has before them, and what the page keeps where nobody looks. */
export interface ShownScreen {
  /** The rows that are drawn, by what their options button and their Status say. */
  rows: readonly { description: string; status: string }[];
  /** Everything that can be read. */
  text: string;
  dialogs: readonly ShownDialog[];
  /** What stands in fields. */
  typed: readonly string[];
  /** How many tokens the page says there are, when it says that it knows all. */
  total: number | undefined;
  /** Markup, address, history, and every kind of storage. */
  everything: string;
}

export interface Evidence {
  before: readonly StoredToken[];
  after: readonly StoredToken[];
  screen: ShownScreen;
  /** Requests of this scenario, from the browser and from the gateway to the InfluxDB behind it. */
  browserLeg: readonly SeenRequest[];
  upstreamLeg: readonly SeenRequest[];
  /** How often somebody pressed what sends the change. */
  presses: number;
  /** Secrets that anybody's answer held. */
  secrets: readonly string[];
  /** Secrets that were shown to the person at the screen, once for each time. */
  shownSecrets: readonly string[];
  /** Ids of tokens that somebody else made meanwhile. */
  madeElsewhere: readonly string[];
  /** What was typed into a form, and whether what it was for was done. */
  typed: string | undefined;
  isDone: boolean;
  /** Files of the gateway and what it printed. */
  bytes: Buffer;
}

export const invariants = ["I1", "I2", "I3", "I4", "I5", "I6", "I7", "I8", "I9"] as const;
export type Invariant = (typeof invariants)[number];

const STALE = /Not refreshed since|The list is not complete|could not be read/;
const UNKNOWN = /It is not known whether/;
const DONE = /\b(Saved|Suspended|Created) "([^"]+)"/g;
const NOT_DONE = /\b(was|were) not (revoked|created|saved|suspended)\./;
/** What sends a change, in any dialog. */
const SENDS =
  /^(Revoke Token|Revoke \d+ Tokens?|Create Token|Create Replacement|Save Changes|Suspend Token|Restore Token)/;
/** Faults after which the page has no answer, or one that is no list. */
const NO_LIST: readonly SeenRequest["fault"][] = [
  "answer",
  "reset-before-forwarding",
  "forward-then-reset",
  "cut",
  "hang",
];

/** The descriptions that stand in quotation marks after a word. One may hold such marks itself: known ones go first. */
function saidOf(word: string, text: string, tokens: readonly { description: string }[]): string[] {
  const known = tokens.map(({ description }) => description).sort((a, b) => b.length - a.length);
  return [...text.matchAll(new RegExp(`${word} "([^"]+)"`, "g"))].map(({ 1: upToMark = "", index }) => {
    const rest = text.slice(index + word.length + 2);
    return known.find((description) => rest.startsWith(`${description}"`)) ?? upToMark;
  });
}

const rules: Readonly<Record<Invariant, (evidence: Evidence) => string[]>> = {
  I1: ({ before, after, screen }) => {
    const revoked = new Set(after.filter(({ isRevoked }) => isRevoked).map(({ description }) => description));
    const claimed = [
      ...screen.rows.filter(({ status }) => status === "Revoked").map(({ description }) => description),
      ...saidOf("Revoked", screen.text, [...before, ...after]),
    ];
    const isGone = (description: string) => !after.some((token) => token.description === description);
    return claimed
      .filter((description) => !revoked.has(description) && !isGone(description))
      .map((description) => `"${description}" is said to be revoked, and the database has it active`)
      .concat(
        claimed
          .filter(
            (description) =>
              isGone(description) && !before.some((token) => token.description === description),
          )
          .map((description) => `"${description}" is said to be revoked, and there never was such a token`),
      );
  },

  I2: ({ after, screen, isDone }) => [
    ...screen.dialogs
      .filter(({ text }) => UNKNOWN.test(text))
      .flatMap(({ buttons }) => buttons.filter((name) => SENDS.test(name)))
      .map((name) => `the outcome is not known, and "${name}" offers to send it again`),
    ...[...screen.text.matchAll(DONE)]
      .filter(([, deed, description]) => {
        const token = after.find((one) => one.description === description);
        return deed === "Suspended" ? token?.kept === undefined : token === undefined;
      })
      .map(([claim]) => `the screen says ${claim}, and the database does not`),
    ...screen.dialogs
      .filter(({ text }) => isDone && NOT_DONE.test(text))
      .map(() => "the screen says that it was not done, and the database has it"),
  ],

  I3: ({ before, after, screen, shownSecrets, madeElsewhere }) => {
    const known = new Set(before.map(({ id }) => id));
    const shown = shownSecrets.map((secret) => createHash("sha256").update(secret).digest("hex"));
    const unaccounted = after.filter(
      ({ id, secretHash }) =>
        !known.has(id) &&
        !madeElsewhere.includes(id) &&
        (secretHash === undefined || !shown.includes(secretHash)) &&
        !screen.text.includes(id) &&
        !UNKNOWN.test(screen.text),
    );
    return [
      ...unaccounted.map(
        ({ description }) => `a token "${description}" exists that the screen does not account for`,
      ),
      ...(new Set(shown).size === shown.length ? [] : ["a secret was shown a second time"]),
      ...shown
        .filter((hash) => !after.some(({ secretHash }) => secretHash === hash))
        .map(() => "a secret was shown that no token has"),
    ];
  },

  I4: ({ before, after }) =>
    before.flatMap(({ id, description, permissions, kept }) => {
      const now = after.find((token) => token.id === id);
      if (now === undefined) return [`the token "${description}" is gone from the database`];
      const held = new Set([...now.permissions, ...(now.kept ?? [])]);
      return [...permissions, ...(kept ?? [])]
        .filter((permission) => !held.has(permission))
        .map((permission) => `"${description}" lost ${permission}, which nobody saw being taken away`);
    }),

  I5: ({ browserLeg, upstreamLeg, presses }) => {
    const found: string[] = [];
    const targets = new Map<string, Set<string>>();
    const keys = new Map<string, string>();
    for (const { method, url, headers } of browserLeg.filter(isMutation)) {
      const key = String(headers["idempotency-key"]);
      const target = `${method} ${url}`;
      if (headers["idempotency-key"] === undefined) found.push(`${target} was sent without a key`);
      if ((keys.get(key) ?? target) !== target)
        found.push(`one key for ${target} and ${String(keys.get(key))}`);
      keys.set(key, target);
      targets.set(target, (targets.get(target) ?? new Set()).add(key));
    }
    for (const [target, { size }] of targets) {
      if (size > presses)
        found.push(`${target} was sent as ${String(size)} operations for ${String(presses)} presses`);
    }
    const upstream = new Map<string, number>();
    for (const { method, url } of upstreamLeg.filter(isMutation)) {
      const target = `${method} ${url}`;
      upstream.set(target, (upstream.get(target) ?? 0) + 1);
    }
    for (const [target, count] of upstream) {
      if (count > presses) {
        found.push(`${target} went to the upstream ${String(count)} times for ${String(presses)} presses`);
      }
    }
    return found;
  },

  I6: ({ before, after, screen }) =>
    screen.total === undefined ||
    [before.length, after.length].includes(screen.total) ||
    STALE.test(screen.text)
      ? []
      : [
          `the page counts ${String(screen.total)} tokens as all, and the database has ${String(after.length)}`,
        ],

  I7: ({ browserLeg, screen }) => {
    const last = browserLeg.findLast(({ method, url }) => method === "GET" && /\/tokens(\?|$)/.test(url));
    const failed = last !== undefined && NO_LIST.includes(last.fault);
    return failed && screen.rows.length > 0 && !STALE.test(screen.text)
      ? ["the list could not be read, and the rows that are shown do not say how old they are"]
      : [];
  },

  I8: ({ typed, isDone, screen }) =>
    typed === undefined || isDone || screen.typed.includes(typed) || screen.text.includes(typed)
      ? []
      : [`what was typed is gone: ${typed}`],

  I9: ({ secrets, screen, bytes }) =>
    secrets.flatMap((secret) => [
      ...(screen.everything.includes(secret)
        ? ["a secret is left in the page, its address or its storage"]
        : []),
      ...(bytes.includes(secret) ? ["a secret is left in the gateway's files, or in what it printed"] : []),
    ]),
};

function isMutation({ method, url }: SeenRequest): boolean {
  return method !== "GET" && /\/(tokens|rotations)\b/.test(url);
}

/** What is wrong, a sentence each, by the name of the rule; empty when everything is as it must be. */
export function violations(evidence: Evidence, only: readonly Invariant[] = invariants): string[] {
  return only.flatMap((name) => rules[name](evidence).map((sentence) => `${name}: ${sentence}`));
}

function permissionList(json: unknown): string[] {
  const list: unknown = typeof json === "string" ? JSON.parse(json) : [];
  if (!Array.isArray(list)) return [];
  return list
    .map((one: unknown) =>
      typeof one === "object" && one !== null ? Object.values(one).map(String).join(":") : "",
    )
    .toSorted();
}

/** All database tokens of the own cluster. */
export async function storedTokens(gateway: GatewayProcess): Promise<StoredToken[]> {
  const rows = await gateway.databaseRows(
    `SELECT id, description, t.permissions, revoked_at, secret_hash,
       coalesce(suspended_permissions, k.permissions) AS kept
     FROM database_tokens t LEFT JOIN kept_permissions k ON k.token_id = t.id ORDER BY id`,
  );
  return rows.map(({ id, description, permissions, revoked_at: revokedAt, secret_hash: hash, kept }) => ({
    id: String(id),
    description: String(description),
    permissions: permissionList(permissions),
    isRevoked: revokedAt !== null,
    kept: kept === null ? undefined : permissionList(kept),
    secretHash: typeof hash === "string" ? hash : undefined,
  }));
}

/** Reads the screen as it is at this moment. */
export async function shownScreen(page: Page): Promise<ShownScreen> {
  return page.evaluate(() => {
    const text = (element: Element) => (element instanceof HTMLElement ? element.innerText : "").trim();
    const isShown = (element: Element) => element.getClientRects().length > 0;
    const table = document.querySelector("[role=table], table");
    const heads = [...(table?.querySelectorAll("[role=columnheader], th") ?? [])].map((one) => text(one));
    const at = heads.findIndex((head) => head.startsWith("Status"));
    const rows = [...(table?.querySelectorAll("[role=row], tr") ?? [])].flatMap((row) => {
      const options = row.querySelector("button[aria-label^='Options for ']")?.getAttribute("aria-label");
      if (options === null || options === undefined) return [];
      const cell = row.querySelectorAll("[role=cell], td").item(at);
      return [{ description: options.slice("Options for ".length), status: text(cell) }];
    });
    const dialogs = [...document.querySelectorAll("[role=dialog], [role=alertdialog]")]
      .filter(isShown)
      .map((dialog) => ({
        text: text(dialog),
        buttons: [...dialog.querySelectorAll("button")]
          .filter(
            (button) =>
              isShown(button) && !button.disabled && button.getAttribute("aria-disabled") !== "true",
          )
          .map((button) => button.getAttribute("aria-label") ?? text(button)),
      }));
    const typed = [...document.querySelectorAll("input, textarea")].map((field) =>
      field instanceof HTMLInputElement || field instanceof HTMLTextAreaElement ? field.value : "",
    );
    const all = text(document.body);
    const total = /^([\d,]+) tokens, [\d,]+ active$/m.exec(all)?.[1];
    const everything = JSON.stringify([
      location.href,
      history.state,
      document.title,
      window.name,
      Object.entries(localStorage),
      Object.entries(sessionStorage),
      performance.getEntries().map(({ name }) => name),
    ]);
    return {
      rows,
      text: all,
      dialogs,
      typed,
      total: total === undefined ? undefined : Number(total.replaceAll(",", "")),
      everything: everything + document.documentElement.outerHTML,
    };
  });
}
