import { expect, test } from "vitest";
import { hashSecret } from "#server/secrets.ts";
import { judge, type Row, type State, type Told } from "./oracle.ts";

const READ = '{"action":"read","resource":"orders"}';
const WRITE = '{"action":"write","resource":"stock"}';
const row: Row = {
  id: "one",
  description: "one",
  permissions: [READ, WRITE],
  kept: undefined,
  isRevoked: false,
  secretHash: hashSecret("secret of one"),
};
const revoked: Row = { ...row, isRevoked: true };
const state = (...rows: Row[]): State => new Map(rows.map((one) => [one.id, one]));
const wanted = { description: "new", permissions: [READ] };
const made: Row = { ...row, ...wanted, id: "new", secretHash: hashSecret("secret of new") };

const revoke = (outcome: Told["outcome"]): Told => ({
  words: "A revokes one",
  outcome,
  effect: { kind: "revoke", id: "one" },
});
const create = (outcome: Told["outcome"], secret?: string): Told => ({
  words: "A creates new",
  outcome,
  effect: { kind: "create", content: wanted, most: 1 },
  ...(outcome === "done" ? { made: { id: "new", secret } } : {}),
});
const update = (
  outcome: Told["outcome"],
  base: { description: string; permissions: readonly string[] } | undefined,
  permissions: readonly string[],
): Told => ({
  words: "A saves one",
  outcome,
  effect: { kind: "update", id: "one", base, wish: { description: "one", permissions } },
});

const before = state(row);
const without = state({ ...row, permissions: [WRITE] });

const right: [string, State, Told[]][] = [
  ["a revocation that is done", state(revoked), [revoke("done")]],
  ["one that is not", before, [revoke("not_done")]],
  ["one of which nobody knows, done", state(revoked), [revoke("unknown")]],
  ["one of which nobody knows, not done", before, [revoke("unknown")]],
  ["a creation with its secret", state(row, made), [create("done", "secret of new")]],
  ["a creation whose secret is said to be lost", state(row, made), [create("done")]],
  ["a permission that was taken away", without, [update("done", row, [WRITE])]],
  ["a token that is gone for who changes it", state(revoked), [revoke("done"), update("gone", row, [WRITE])]],
];
test.for(right)("nothing is wrong with %s", ([, after, told]) => {
  expect(judge(before, after, told)).toEqual([]);
});

const wrong: [string, State, Told[], RegExp][] = [
  ["a revocation that is said to be done", before, [revoke("done")], /told done, and it is not \(I1\)/],
  [
    "one that is said not to be",
    state(revoked),
    [revoke("not_done")],
    /told not done, and the token changed/,
  ],
  ["a token that nobody revoked", state(revoked), [], /changed, and nobody did it/],
  ["a token that is no more", state(), [revoke("done")], /gone from the database/],
  ["a creation that is said to be done", before, [create("done", "secret of new")], /it is not there/],
  ["one that is said not to be", state(row, made), [create("not_done")], /told not done, and it is there/],
  ["one that was made twice", state(row, made, { ...made, id: "2" }), [create("unknown")], /made 2 times/],
  [
    "a secret that is another's",
    state(row, made),
    [create("done", "secret of one")],
    /not the token's \(I3\)/,
  ],
  ["a token that nobody made", state(row, made), [], /made by nobody/],
  [
    "a token with other permissions",
    state(row, { ...made, permissions: [] }),
    [create("unknown")],
    /other perm/,
  ],
  [
    "a permission that the form had not seen",
    without,
    [update("done", { ...row, permissions: [WRITE] }, [WRITE])],
    /which nobody took away \(I4\)/,
  ],
  ["a permission that went with another change", without, [update("done", row, [READ, WRITE])], /I4/],
  [
    "a change that is half made",
    state({ ...row, description: "1" }),
    [update("unknown", row, [WRITE])],
    /neither/,
  ],
  ["a token that is said to be gone", before, [update("gone", row, [WRITE])], /gone, and it is active/],
  [
    "two changes of the same base",
    without,
    [update("done", row, [WRITE]), update("done", row, [READ])],
    /saved over the same base \(I4\)/,
  ],
];
test.for(wrong)("found: %s", ([, after, told, words]) => {
  expect(judge(before, after, told).join("\n")).toMatch(words);
});
