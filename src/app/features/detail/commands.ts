import type { Product } from "#contract/cluster.ts";
import { ALL_DATABASES, type Permission } from "#contract/permission.ts";
import { isSuspended } from "#contract/token.ts";
import { shellWord, visibleJson } from "./shell-quote.ts";

export interface CommandTarget {
  kind: "database" | "management";
  product: Product;
  accountId: string;
  clusterId: string;
  /** The address of this gateway, without a slash at its end. */
  origin: string;
  /** Whether it suspends tokens of this cluster. */
  canSuspend: boolean;
  /** Whether it offers these tokens at all: otherwise there is nothing to ask it with curl. */
  isOffered: boolean;
}

export interface CommandToken {
  id: string;
  description: string;
  permissions?: readonly Permission[] | undefined;
  revokedAt?: string | undefined;
  suspendedAt?: string | undefined;
  isDeactivated?: boolean | undefined;
}

/** A line to paste into a POSIX shell, or why there is none. */
export interface Command {
  tool: "influxctl" | "curl";
  line: string | undefined;
  /** Where there is no line: the reason. Beside one: what to know of it. */
  note: string | undefined;
}

export interface CommandGroup {
  action: "look_up" | "describe" | "permit" | "suspend" | "restore" | "replace" | "revoke";
  title: string;
  commands: readonly Command[];
}

/** The system takes 128 KiB in one argument. */
const LONGEST_LINE = 120_000;

/**
 * What this page does with a token, as commands that do the same. No secret is ever in them: curl takes the management
 * token from the variable MANAGEMENT_TOKEN when it runs.
 */
export function commandsFor(token: CommandToken, target: CommandTarget): CommandGroup[] {
  const groups = allCommandsFor(token, target);
  if (target.isOffered) return groups;
  return groups
    .map((group) => ({ ...group, commands: group.commands.filter(({ tool }) => tool !== "curl") }))
    .filter(({ commands }) => commands.length > 0);
}

function allCommandsFor(token: CommandToken, target: CommandTarget): CommandGroup[] {
  const { kind } = target;
  const url = tokenUrl(token.id, target);
  const influxctl = influxctlFor(target.product);
  const lookUp: CommandGroup = {
    action: "look_up",
    title: "Look it up",
    commands: [
      ...influxctl([kind === "database" ? "token" : "management", "list"], "Lists all tokens."),
      curl(["--request", "GET", url]),
    ],
  };
  if (token.revokedAt !== undefined) return [lookUp];
  const revoke: CommandGroup = {
    action: "revoke",
    title: "Revoke it",
    commands: [
      ...influxctl([kind === "database" ? "token" : "management", "revoke", ...idWords(token.id)]),
      curl(["--request", "DELETE", url]),
    ],
  };
  const permissions = token.permissions ?? [];
  const { description } = token;
  if (kind === "management") {
    return [
      lookUp,
      {
        action: "replace",
        title: "Create a replacement",
        commands: [
          ...influxctl(["management", "create", ...flagWords("description", description)], NEW_SECRET),
          curl(["--request", "POST", collectionUrl(target)], { description }, NEW_SECRET),
        ],
      },
      revoke,
    ];
  }
  return [
    lookUp,
    {
      action: "describe",
      title: "Set its description",
      commands: [
        ...influxctlUpdate(influxctl, token, flagWords("description", token.description)),
        curl(["--request", "PATCH", url], { description: token.description }),
      ],
    },
    {
      action: "permit",
      title: "Set its permissions, as they are now",
      commands: [
        ...influxctlUpdate(influxctl, token, []),
        curl(["--request", "PATCH", url], { permissions }),
      ],
    },
    ...suspensionOf(token, target),
    // Its permissions are those of a suspended one: none.
    ...(isSuspended(token)
      ? []
      : [
          {
            action: "replace" as const,
            title: "Create a replacement, with the same permissions",
            commands: [
              curl(["--request", "POST", collectionUrl(target)], { description, permissions }, NEW_SECRET),
            ],
          },
        ]),
    revoke,
  ];
}

const NEW_SECRET = "Prints its secret, this once. It never expires, unless that is said as well.";

/**
 * One command that revokes these management tokens, for clusters whose API has no call for it: influxctl takes any number
 * of ids and asks before it revokes (docs.influxdata.com, influxctl management revoke). At least one id.
 */
export function revokeManagementTokensCommand(ids: readonly string[]): Command {
  const [first = [], ...rest] = ids.map((id) => [shellWord(id)]);
  // After this an id is no flag, however it begins.
  const end = ids.some((id) => id.startsWith("-")) ? ["--"] : [];
  return command(
    "influxctl",
    [["influxctl", "management", "revoke", ...end, ...first], ...rest],
    ids.length > 1 ? `Revokes ${ids.length} tokens.` : undefined,
  );
}

/** What is done with management tokens that no API offers. Look-ups first. */
export function managementCommands(): CommandGroup[] {
  return [
    {
      action: "look_up",
      title: "List them",
      commands: [command("influxctl", [["influxctl", "management", "list"], ["--format json"]])],
    },
    {
      action: "replace",
      title: "Create one",
      commands: [
        command(
          "influxctl",
          [["influxctl", "management", "create"], ["--description 'What uses it'"]],
          NEW_SECRET,
        ),
      ],
    },
    {
      action: "revoke",
      title: "Revoke one",
      commands: [command("influxctl", [["influxctl", "management", "revoke", "TOKEN_ID"]])],
    },
  ];
}

/** Only this gateway knows of suspending, and keeps what a suspended token may do. */
function suspensionOf(token: CommandToken, target: CommandTarget): CommandGroup[] {
  if (!target.canSuspend) return [];
  const url = shellWord(`${tokenPath(token.id, target)}/suspension`);
  const groups: CommandGroup[] = [];
  if ((token.permissions ?? []).length > 0 && !isSuspended(token)) {
    groups.push({ action: "suspend", title: "Suspend it", commands: [curl(["--request", "POST", url])] });
  }
  if (token.suspendedAt !== undefined) {
    const note = isSuspended(token) ? undefined : "Takes away what it was given since.";
    groups.push({
      action: "restore",
      title: "Restore it",
      commands: [curl(["--request", "DELETE", url], undefined, note)],
    });
  }
  return groups;
}

type Influxctl = (words: readonly string[], note?: string) => Command[];

/** The vendor's command line is for the products with its Management API; the own cluster stands in for one of them. */
function influxctlFor(product: Product): Influxctl {
  switch (product) {
    case "own":
    case "dedicated":
    case "clustered":
      return (words, note) => [command("influxctl", [["influxctl", ...words]], note)];
    case "v2":
    case "core":
    case "enterprise":
      return () => [];
  }
}

/** `token update` replaces all permissions, so each of its lines names every one that the token has. */
function influxctlUpdate(
  influxctl: Influxctl,
  { id, permissions = [] }: CommandToken,
  description: readonly string[],
): Command[] {
  const refusal = influxctlRefusal(permissions);
  if (refusal !== undefined) {
    return influxctl([]).map(({ tool }) => ({ tool, line: undefined, note: refusal }));
  }
  const flags = permissions.flatMap(({ action, resource }) => flagWords(`${action}-database`, resource));
  return influxctl(
    ["token", "update", ...description, ...flags, ...idWords(id)],
    description.length > 0
      ? "Names the permissions as well: an update takes away what it leaves out."
      : undefined,
  );
}

/** Why influxctl cannot name these permissions. */
function influxctlRefusal(permissions: readonly Permission[]): string | undefined {
  if (permissions.length === 0) return "influxctl has no way to say that a token has no permissions.";
  const known = (permission: Permission) =>
    (permission.action === "read" || permission.action === "write") &&
    Object.keys(permission).every((key) => key === "action" || key === "resource");
  return permissions.every(known)
    ? undefined
    : "influxctl knows only read and write: it would take the other permissions away.";
}

function flagWords(name: string, value: string): string[] {
  // As a word of its own it could be taken for a flag.
  if (value.startsWith("-")) return [`--${name}=${shellWord(value)}`];
  return [`--${name} ${value === ALL_DATABASES ? "'*'" : shellWord(value)}`];
}

function idWords(id: string): string[] {
  return id.startsWith("-") ? [`-- ${shellWord(id)}`] : [shellWord(id)];
}

function tokenUrl(id: string, target: CommandTarget): string {
  return shellWord(tokenPath(id, target));
}

function tokenPath(id: string, target: CommandTarget): string {
  return `${collectionPath(target)}/${encodeURIComponent(id)}`;
}

function collectionUrl(target: CommandTarget): string {
  return shellWord(collectionPath(target));
}

function collectionPath({ kind, origin, accountId, clusterId }: CommandTarget): string {
  const account = `${origin}/api/v0/accounts/${encodeURIComponent(accountId)}`;
  return kind === "database"
    ? `${account}/clusters/${encodeURIComponent(clusterId)}/tokens`
    : `${account}/management-tokens`;
}

function curl(request: readonly string[], body?: unknown, note?: string): Command {
  const lines = [
    ["curl", ...request.slice(0, -1)],
    request.slice(-1),
    // Double quotes: the shell puts the token in when the line runs.
    ['--header "Authorization: Bearer $MANAGEMENT_TOKEN"'],
  ];
  if (body !== undefined) {
    lines.push(["--header 'Content-Type: application/json'"], [`--data ${shellWord(visibleJson(body))}`]);
  }
  return command("curl", lines, note);
}

/** One line of text per inner list, joined for the shell; flags with their values stay together. */
function command(tool: Command["tool"], lines: readonly (readonly string[])[], note?: string): Command {
  const line = wrapped(lines);
  return line.length > LONGEST_LINE
    ? { tool, line: undefined, note: "It would be longer than a command line may be." }
    : { tool, line, note };
}

const WIDE = 72;

/** Short commands stay on a line; others have one for each flag. */
function wrapped(lines: readonly (readonly string[])[]): string {
  const onOne = lines.map((words) => words.join(" ")).join(" ");
  if (onOne.length <= WIDE) return onOne;
  const [first = [], ...rest] = lines;
  const at = first.findIndex((word) => word.startsWith("--"));
  const isCurl = first[0] === "curl";
  const head = isCurl || at === -1 ? [first.join(" ")] : [first.slice(0, at).join(" "), ...first.slice(at)];
  return [...head, ...rest.map((words) => words.join(" "))].join(" \\\n  ");
}
