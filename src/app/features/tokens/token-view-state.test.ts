import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tokenStatuses } from "#contract/token.ts";
import { accessFilters, sortKeys, type TokenView } from "./token-index.ts";
import { defaultView, formatTokenView, parseTokenView, sortKeysFor } from "./token-view-state.ts";

const owners = fc.option(fc.array(fc.string({ minLength: 1, unit: "grapheme" }), { minLength: 1 }), {
  nil: undefined,
});
const view: fc.Arbitrary<TokenView> = fc.record({
  text: fc.string({ unit: "grapheme" }),
  inactive: fc.boolean(),
  status: fc.constantFrom(undefined, ...tokenStatuses),
  access: fc.constantFrom(undefined, ...accessFilters),
  database: fc.option(fc.string({ minLength: 1, unit: "grapheme" }), { nil: undefined }),
  owner: owners,
  organization: owners,
  expiry: fc.oneof(fc.constantFrom(undefined, "never" as const), fc.integer({ min: 1, max: 9999 })),
  sort: fc.record({ by: fc.constantFrom(...sortKeys), descending: fc.boolean() }),
});

describe("the view in the URL", () => {
  it("comes back as it went", () => {
    fc.assert(
      fc.property(view, (v) => {
        const url = new URL(`http://localhost/?${formatTokenView(v).toString()}`);
        expect(parseTokenView(url.searchParams, sortKeys)).toEqual(v);
      }),
    );
  });

  it("is empty at the defaults", () => {
    expect(formatTokenView(defaultView).toString()).toBe("");
  });

  it.each([
    "sort=-nonsense",
    "status=odd",
    "expiry=-3d",
    "expiry=0d",
    "access=all",
    "inactive=yes",
    "db=",
    "owner=",
  ])("takes %s as not said", (query) => {
    expect(parseTokenView(new URLSearchParams(query), sortKeys)).toEqual(defaultView);
  });

  it("leaves out what management tokens do not have", () => {
    const params = new URLSearchParams("sort=databases&access=write&db=logs&q=ci&expiry=never");
    expect(parseTokenView(params, sortKeysFor("management", true))).toEqual({
      ...defaultView,
      text: "ci",
      expiry: "never",
    });
  });

  it("names owners one by one, and only where tokens have such", () => {
    const params = new URLSearchParams("owner=ada&owner=bob&org=main&sort=-owner");
    const named = { owner: ["ada", "bob"], organization: ["main"] };
    const sort = { by: "owner", descending: true };
    expect(parseTokenView(params, sortKeysFor("database", true))).toEqual({ ...defaultView, ...named, sort });
    expect(parseTokenView(params, sortKeysFor("database", false))).toEqual(defaultView);
  });
});
