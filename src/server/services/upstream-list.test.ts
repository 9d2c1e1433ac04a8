import { expect, test } from "vitest";
import type { Token } from "#contract/token.ts";
import { answerText, rowsOfParts } from "./list-for-tests.ts";
import type { ListForm } from "./token-service.ts";
import { listAnswerOf } from "./upstream-list.ts";

const ids = { accountId: "account", clusterId: "cluster" };
const token = (index: number): Token => ({
  id: `token-${index}`,
  description: `東京 ${index}`,
  permissions: [{ action: "read", resource: "a", hint: { deep: [1] } }],
  createdAt: "2030-01-01T00:00:00Z",
});
const answer = (rows: readonly unknown[], held: string[] = [], form: ListForm = "with_cluster") =>
  listAnswerOf(rows, { form, held, acceptsChanges: true }, ids);

test("a list of several blocks is all its rows in their order; an empty one is empty", async () => {
  const rows = Array.from({ length: 2345 }, (_, index) => token(index));
  expect(JSON.parse(await answerText(await answer(rows)))).toEqual(rows.map((row) => ({ ...ids, ...row })));
  expect(JSON.parse(await answerText(await answer(rows, [], "without_cluster")))).toEqual(rows);
  expect(await answerText(await answer([]))).toBe("[]");
});

test("a list in columns is all its rows in their order, those too that are no tokens, and holds no secret", async () => {
  const rows: unknown[] = Array.from({ length: 2345 }, (_, index) => token(index));
  rows[1234] = { id: 1, token: "secret", accountId: "theirs", more: null };
  rows[2000] = ["apiv1_secret"];
  const text = await answerText(await answer(rows, [], "columns"));
  expect(text.split(",\n")).toHaveLength(24);
  const expected = [...rows];
  expected[1234] = { id: 1, more: null };
  expected[2000] = null;
  expect(rowsOfParts(JSON.parse(text))).toEqual(expected);
  expect(text).not.toContain("secret");
  expect(await answerText(await answer([], [], "columns"))).toBe("[]");
});

test("the tag is that of the rows in their order: whoever holds it, under whatever it is listed, has this list", async () => {
  const rows = [token(1), token(2)];
  const { tag } = await answer(rows);
  expect(await answer(rows, ['"other"', tag])).toEqual({ kind: "unchanged", tag });
  expect(await answer(rows, ["*"])).toEqual({ kind: "unchanged", tag });
  for (const changed of [[token(1)], [token(2), token(1)], [token(1), { ...token(2), description: "x" }]]) {
    expect((await answer(changed, [tag])).kind).toBe("whole");
  }
  // What nobody gets to see does not make it another list.
  expect((await answer([token(1), { ...token(2), token: "s" }], [tag])).kind).toBe("unchanged");
});

test("rows that are no tokens stay in their place, but for what is secret", async () => {
  const rows = [
    7,
    "apiv1_secret",
    ["apiv1_secret"],
    { id: 1, token: "secret", hash: "secret", accessToken: "secret", accountId: "theirs", more: null },
  ];
  const text = await answerText(await answer(rows));
  expect(JSON.parse(text)).toEqual([null, null, null, { ...ids, id: 1, more: null }]);
  expect(text).not.toContain("secret");
});
