// What is shown is read by real shells here.
// oxlint-disable no-restricted-imports
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
// oxlint-enable no-restricted-imports
import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import type { Permission } from "#contract/permission.ts";
import {
  commandsFor,
  revokeManagementTokensCommand,
  type CommandGroup,
  type CommandTarget,
  type CommandToken,
} from "./commands.ts";
import { shellWord, visibleJson } from "./shell-quote.ts";

const ID = "00000000-0000-4000-8000-000000000001";
const target: CommandTarget = {
  kind: "database",
  product: "own",
  accountId: "11111111-1111-4111-8111-111111111111",
  clusterId: "22222222-2222-4222-8222-222222222222",
  origin: "http://localhost:4600",
  canSuspend: true,
  isOffered: true,
};
const COLLECTION = `${target.origin}/api/v0/accounts/${target.accountId}/clusters/${target.clusterId}/tokens`;
const URL_OF_TOKEN = `${COLLECTION}/${ID}`;

const emptyFolder = mkdtempSync(join(tmpdir(), "commands-"));
afterAll(() => rmSync(emptyFolder, { recursive: true }));

/** What a real shell makes of each line: the words that the command gets, its own name first. */
function wordsIn(shell: string, lines: readonly string[]): string[][] {
  const report = (name: string) => `${name}() { printf '%s\\0' $(($# + 1)) ${name} "$@"; }`;
  // Without programs to find, and in an empty folder: when the quoting is wrong, what is typed here is run.
  const script = ["PATH=/nonexistent", report("influxctl"), report("curl"), report("word"), ...lines].join(
    "\n",
  );
  const output = execFileSync(shell, ["-s"], {
    input: script,
    cwd: emptyFolder,
    env: { MANAGEMENT_TOKEN: "secret of the environment", PATH: process.env["PATH"] },
    encoding: "utf8",
  });
  const fields = output.split("\0").slice(0, -1);
  const commands: string[][] = [];
  while (fields.length > 0) commands.push(fields.splice(0, Number(fields.shift())));
  return commands;
}

const shells = ["sh", "bash"];

function lineOf(groups: readonly CommandGroup[], action: CommandGroup["action"], tool: "influxctl" | "curl") {
  return groups.find((group) => group.action === action)?.commands.find((each) => each.tool === tool)?.line;
}

const hostile = [
  "CI writer",
  "",
  'it\'s "quoted" `id` $(id) $HOME ${HOME} \\ \\n %s',
  "'",
  "''; echo taken over #",
  "-rf",
  "--read-database=*",
  "two\nlines\n",
  "\n",
  "tab\tbell\u0007escape\u001b[31m return\r\n",
  "\u202egpj.exe\u202c \u200b \u00a0 \u2028",
  "*?[a-z]~!!{a,b}",
  "@/etc/passwd",
  "Größe 温度 👩‍👩‍👧",
  " edges ",
  "\u007f\u0085",
];

for (const shell of shells) {
  test(`${shell} reads a quoted word as the text it stands for, whatever that is`, () => {
    expect(
      wordsIn(
        shell,
        hostile.map((text) => `word ${shellWord(text)}`),
      ),
    ).toEqual(hostile.map((text) => ["word", text]));
    const text = fc.string({ unit: "binary" }).filter((each) => !each.includes("\0"));
    const tricky = fc.string({
      unit: fc.constantFrom(
        ...Array.from("'\"\\$`!-= \n\r\t\u001b*?[]{}~#&;|<>()%@é\u202e\u200d"),
        "$(",
        "'\\''",
      ),
    });
    // Many at a time, since a shell takes longer to start than to read.
    fc.assert(
      fc.property(fc.array(fc.oneof(text, tricky), { minLength: 50, maxLength: 80 }), (texts) => {
        expect(
          wordsIn(
            shell,
            texts.map((each) => `word ${shellWord(each)}`),
          ),
        ).toEqual(texts.map((each) => ["word", each]));
      }),
      { numRuns: 12 },
    );
  });

  test(`${shell} gives influxctl each management token to revoke, one or many`, () => {
    const uuids = Array.from(
      { length: 40 },
      (_, at) => `00000000-0000-4000-8000-${String(at).padStart(12, "0")}`,
    );
    for (const ids of [uuids.slice(0, 1), uuids.slice(0, 2), uuids, ["it's; echo $HOME #", "b\n", "*"]]) {
      const { line = "" } = revokeManagementTokensCommand(ids);
      expect(wordsIn(shell, [line])).toEqual([["influxctl", "management", "revoke", ...ids]]);
    }
    const { line = "" } = revokeManagementTokensCommand(["a", "--force"]);
    expect(wordsIn(shell, [line])).toEqual([["influxctl", "management", "revoke", "--", "a", "--force"]]);
  });

  test(`${shell} gives influxctl and curl what the token is, whatever it is called`, () => {
    for (const description of hostile) {
      const token: CommandToken = {
        id: ID,
        description,
        permissions: [
          { action: "read", resource: "*" },
          { action: "write", resource: "it's" },
          { action: "write", resource: "-x" },
        ],
      };
      const groups = commandsFor(token, target);
      const [update, patch] = wordsIn(shell, [
        lineOf(groups, "describe", "influxctl") ?? "",
        lineOf(groups, "describe", "curl") ?? "",
      ]);
      // A flag and its value are one word or two: both are the same to what reads them.
      const flag = description.startsWith("-")
        ? [`--description=${description}`]
        : ["--description", description];
      expect(update).toEqual([
        "influxctl",
        "token",
        "update",
        ...flag,
        "--read-database",
        "*",
        "--write-database",
        "it's",
        "--write-database=-x",
        ID,
      ]);
      expect(patch?.slice(0, -1)).toEqual([
        "curl",
        "--request",
        "PATCH",
        URL_OF_TOKEN,
        "--header",
        "Authorization: Bearer secret of the environment",
        "--header",
        "Content-Type: application/json",
        "--data",
      ]);
      expect(JSON.parse(patch?.at(-1) ?? "")).toEqual({ description });
      const [replace] = wordsIn(shell, [lineOf(groups, "replace", "curl") ?? ""]);
      expect(replace?.slice(0, 4)).toEqual(["curl", "--request", "POST", COLLECTION]);
      expect(JSON.parse(replace?.at(-1) ?? "")).toEqual({ description, permissions: token.permissions });
      const management = commandsFor({ id: ID, description }, { ...target, kind: "management" });
      const [create] = wordsIn(shell, [lineOf(management, "replace", "influxctl") ?? ""]);
      expect(create).toEqual(["influxctl", "management", "create", ...flag]);
    }
  });
}

test("the lines of a plain token, word for word", () => {
  const token: CommandToken = {
    id: ID,
    description: "CI writer",
    permissions: [
      { action: "read", resource: "builds" },
      { action: "write", resource: "*" },
    ],
  };
  const lines = commandsFor(token, target).flatMap(({ commands }) => commands.map(({ line }) => line));
  expect(lines).toEqual([
    "influxctl token list",
    `curl --request GET \\\n  ${URL_OF_TOKEN} \\\n  --header "Authorization: Bearer $MANAGEMENT_TOKEN"`,
    `influxctl token update \\\n  --description 'CI writer' \\\n  --read-database builds \\\n  --write-database '*' \\\n  ${ID}`,
    `curl --request PATCH \\\n  ${URL_OF_TOKEN} \\\n  --header "Authorization: Bearer $MANAGEMENT_TOKEN" \\\n  --header 'Content-Type: application/json' \\\n  --data '{"description":"CI writer"}'`,
    `influxctl token update \\\n  --read-database builds \\\n  --write-database '*' \\\n  ${ID}`,
    `curl --request PATCH \\\n  ${URL_OF_TOKEN} \\\n  --header "Authorization: Bearer $MANAGEMENT_TOKEN" \\\n  --header 'Content-Type: application/json' \\\n  --data '{"permissions":[{"action":"read","resource":"builds"},{"action":"write","resource":"*"}]}'`,
    `curl --request POST \\\n  ${URL_OF_TOKEN}/suspension \\\n  --header "Authorization: Bearer $MANAGEMENT_TOKEN"`,
    `curl --request POST \\\n  ${COLLECTION} \\\n  --header "Authorization: Bearer $MANAGEMENT_TOKEN" \\\n  --header 'Content-Type: application/json' \\\n  --data '{"description":"CI writer","permissions":[{"action":"read","resource":"builds"},{"action":"write","resource":"*"}]}'`,
    `influxctl token revoke ${ID}`,
    `curl --request DELETE \\\n  ${URL_OF_TOKEN} \\\n  --header "Authorization: Bearer $MANAGEMENT_TOKEN"`,
  ]);
});

test("influxctl is not offered where it would take something away", () => {
  const update = (permissions: Permission[]) =>
    commandsFor({ id: ID, description: "x", permissions }, target)
      .flatMap(({ commands }) => commands)
      .filter(({ tool, line }) => tool === "influxctl" && line?.includes(" update ") !== false);
  for (const permissions of [
    [],
    [{ action: "delete", resource: "a" }],
    [{ action: "read", resource: "a", resourceType: "bucket" }],
    [{ action: "read", resource: "a", note: "a field of a later version" }],
  ]) {
    const commands = update(permissions).filter(({ note }) => note !== "Lists all tokens.");
    expect(commands.filter(({ line }) => line?.includes("update"))).toEqual([]);
    expect(commands.filter(({ line, note }) => line === undefined && note !== undefined)).toHaveLength(2);
  }
  // curl keeps all of it.
  const kept = [{ action: "read", resource: "a", note: "later" }];
  const line = lineOf(commandsFor({ id: ID, description: "x", permissions: kept }, target), "permit", "curl");
  expect(JSON.parse(wordsIn("sh", [line ?? ""])[0]?.at(-1) ?? "")).toEqual({ permissions: kept });
});

test("what is suspended can be restored, and is not copied as one that may do nothing", () => {
  const actions = (token: Partial<CommandToken>, more: Partial<CommandTarget> = {}) =>
    commandsFor({ id: ID, description: "x", ...token }, { ...target, ...more }).map(({ action }) => action);
  const some: Permission[] = [{ action: "read", resource: "a" }];
  const suspendedAt = "2026-01-01T00:00:00Z";
  expect(actions({ permissions: some })).toEqual([
    "look_up",
    "describe",
    "permit",
    "suspend",
    "replace",
    "revoke",
  ]);
  expect(actions({ permissions: [] })).toEqual(["look_up", "describe", "permit", "replace", "revoke"]);
  expect(actions({ permissions: [], suspendedAt })).toEqual([
    "look_up",
    "describe",
    "permit",
    "restore",
    "revoke",
  ]);
  // Given permissions since: both.
  expect(actions({ permissions: some, suspendedAt })).toContain("suspend");
  expect(actions({ permissions: some, suspendedAt })).toContain("restore");
  // Deactivated by its product, which leaves it what it may do.
  const deactivated = actions({ permissions: some, suspendedAt, isDeactivated: true });
  expect(deactivated).toContain("restore");
  expect(deactivated).not.toContain("suspend");
  const without = { canSuspend: false };
  expect(actions({ permissions: some }, without)).not.toContain("suspend");
  expect(actions({ permissions: [], suspendedAt }, without)).not.toContain("restore");
  const restore = lineOf(
    commandsFor({ id: "it's", description: "x", permissions: [], suspendedAt }, target),
    "restore",
    "curl",
  );
  expect(wordsIn("sh", [restore ?? ""])[0]?.slice(0, 4)).toEqual([
    "curl",
    "--request",
    "DELETE",
    `${COLLECTION}/it's/suspension`,
  ]);
});

test("a management token can be looked up, made again and revoked, a revoked one looked up", () => {
  const management = commandsFor({ id: "M 1", description: "x" }, { ...target, kind: "management" });
  expect(management.map(({ action }) => action)).toEqual(["look_up", "replace", "revoke"]);
  expect(lineOf(management, "revoke", "influxctl")).toBe("influxctl management revoke 'M 1'");
  expect(lineOf(management, "revoke", "curl")).toContain(
    `/accounts/${target.accountId}/management-tokens/M%201`,
  );
  const revoked = commandsFor(
    { id: ID, description: "x", permissions: [], revokedAt: "2026-01-01T00:00:00Z" },
    target,
  );
  expect(revoked.map(({ action }) => action)).toEqual(["look_up"]);
});

test("an id that looks like a flag stays an argument, an address is one word", () => {
  const groups = commandsFor({ id: "--force", description: "x" }, target);
  expect(wordsIn("sh", [lineOf(groups, "revoke", "influxctl") ?? ""])).toEqual([
    ["influxctl", "token", "revoke", "--", "--force"],
  ]);
  const odd = commandsFor({ id: "a'b$(id)/..", description: "x" }, target);
  expect(wordsIn("sh", [lineOf(odd, "look_up", "curl") ?? ""])[0]?.[3]).toMatch(
    /\/tokens\/a'b%24\(id\)%2F\.\.$/,
  );
});

test("other products have no influxctl, and what is too long is said to be", () => {
  const v2 = commandsFor({ id: ID, description: "x", permissions: [] }, { ...target, product: "v2" });
  expect(v2.flatMap(({ commands }) => commands).some(({ tool }) => tool === "influxctl")).toBe(false);
  const long = commandsFor({ id: ID, description: "x".repeat(200_000), permissions: [] }, target);
  expect(long.find(({ action }) => action === "describe")?.commands.map(({ line }) => line)).toEqual([
    undefined,
    undefined,
  ]);
});

test("everything in a line can be seen, and JSON stays what it is", () => {
  const text = fc.string({ unit: "binary" }).filter((each) => !each.includes("\0") && each.isWellFormed());
  fc.assert(
    fc.property(text, (each) => {
      const unseen = /(?![ \n])[\p{C}\p{Z}\p{Default_Ignorable_Code_Point}]/u;
      expect(unseen.test(shellWord(each))).toBe(false);
      expect(unseen.test(visibleJson({ each }))).toBe(false);
      expect(JSON.parse(visibleJson({ each }))).toEqual({ each });
    }),
  );
});

test("revokes one management token on one line, several with a line for each, and says how many", () => {
  expect(revokeManagementTokensCommand([ID])).toEqual({
    tool: "influxctl",
    line: `influxctl management revoke ${ID}`,
    note: undefined,
  });
  const other = ID.replace(/1$/, "2");
  expect(revokeManagementTokensCommand([ID, other])).toEqual({
    tool: "influxctl",
    line: `influxctl management revoke ${ID} \\\n  ${other}`,
    note: "Revokes 2 tokens.",
  });
  const tooMany = revokeManagementTokensCommand(Array.from({ length: 4000 }, () => ID));
  expect([tooMany.line, tooMany.note]).toEqual([undefined, "It would be longer than a command line may be."]);
});

test("has no call for what no API offers", () => {
  const groups = commandsFor(
    { id: "7f6d2c1a-0000-4000-8000-000000000001", description: "Ann" },
    {
      ...target,
      kind: "management",
      product: "dedicated",
      isOffered: false,
    },
  );
  expect(groups.map(({ action }) => action)).toContain("revoke");
  const tools = groups.flatMap(({ commands }) => commands.map(({ tool }) => tool));
  expect(new Set(tools)).toEqual(new Set(["influxctl"]));
});
