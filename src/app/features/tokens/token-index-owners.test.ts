import { expect, it, vi } from "vitest";
import { credentialIdOf, organizationsOf, ownersOf, withOrganization } from "./token-index-owners.ts";
import { createTokenIndex, createTokenIndexBuilder, storeOf } from "./token-index.ts";
import { token } from "./tokens-for-tests.ts";

const tokens = [
  token("a", { owner: "user 10", ownerId: "01", organization: "main" }),
  token("b", { owner: "user 9", ownerId: "02", organization: "main", suspendedAt: "2026-01-01T00:00:00Z" }),
  token("c", { owner: "user 9", ownerId: "02" }),
  token("d", { ownerId: "03" }),
  token("e"),
];

it("counts the tokens of each owner, by id where there is no name, in natural order", () => {
  const index = createTokenIndex(tokens);
  expect(ownersOf(index, "owner")).toEqual([
    { name: "03", count: 1 },
    { name: "user 9", count: 2 },
    { name: "user 10", count: 1 },
  ]);
  expect(ownersOf(index, "organization")).toEqual([{ name: "main", count: 2 }]);
});

it("does not count tokens that are gone, nor name those who had only such", () => {
  const index = createTokenIndex(tokens).apply({ changed: [], removed: ["a", "b"] });
  expect(ownersOf(index, "owner")).toEqual([
    { name: "03", count: 1 },
    { name: "user 9", count: 1 },
  ]);
  expect(ownersOf(index, "organization")).toEqual([]);
});

it("finds the token that is marked, and not one whose name says so", () => {
  const marked = token("m", { isCredential: true, owner: "ada" });
  const pretender = token("p", { owner: '"isCredential":true' });
  expect(credentialIdOf(createTokenIndex([pretender, marked, ...tokens]))).toBe("m");
  expect(credentialIdOf(createTokenIndex([pretender, ...tokens]))).toBeUndefined();
  const index = createTokenIndex([marked]);
  expect(credentialIdOf(index.apply({ changed: [token("m")], removed: [] }))).toBeUndefined();
});

it("names the organizations of tokens that are there, by id where no name is known", () => {
  const index = createTokenIndex([
    token("a", { organization: "main", organizationId: "01" }),
    token("b", { organizationId: "01" }),
    token("c", { organizationId: "02" }),
    token("d", { organization: "gone", organizationId: "03" }),
  ]).apply({ changed: [], removed: ["d"] });
  const known = [
    { id: "02", name: "02" },
    { id: "01", name: "main" },
  ];
  expect(organizationsOf(index)).toEqual(known);
  expect(withOrganization(known, "01")).toEqual(known);
  expect(withOrganization(known, "04")).toEqual([...known, { id: "04", name: "04" }]);
});

it("looks at each text once for the mark while a list comes in", () => {
  const builder = createTokenIndexBuilder();
  const { others } = storeOf(builder.snapshot()).family;
  const read = vi.spyOn(others, "at");
  const reads = [1, 2, 3].map((part) => {
    builder.add(Array.from({ length: 10 }, (_, n) => token(`${part}-${n}`, { owner: `${part}-${n}` })));
    read.mockClear();
    expect(credentialIdOf(builder.snapshot())).toBeUndefined();
    return read.mock.calls.length;
  });
  expect(reads).toEqual([10, 10, 10]);
  builder.add([token("m", { isCredential: true })]);
  expect(credentialIdOf(builder.snapshot())).toBe("m");
  expect(credentialIdOf(builder.snapshot())).toBe("m");
});
