import fc from "fast-check";
import { expect, test } from "vitest";
import { startDataSchema, type StartData } from "#contract/start-data-schema.ts";
import { parseStartData } from "./start-data.ts";

const yes = { allowed: true } as const;
const start: StartData = {
  session: {
    signedIn: true,
    actor: { kind: "link", label: "</script> & co" },
    now: "2030-01-01T00:00:00Z",
    idleEndsAt: "2030-01-01T00:15:00Z",
    absoluteEndsAt: "2030-01-01T08:00:00Z",
  },
  clusters: [
    {
      slug: "own",
      name: "Own",
      product: "own",
      productName: "Built-in",
      tokenName: "Database Token",
      removal: "revoke",
      listsMayBePartial: false,
      suspension: "suspend",
      hasManagementTokens: true,
      hasOwners: false,
      accountId: "a",
      accountName: "A",
      clusterId: "c",
      isDefault: true,
      takesToken: true,
      access: { state: "credential_needed", reason: "Not signed in there." },
      capabilities: {
        revokeDatabaseToken: yes,
        createDatabaseToken: yes,
        updateDatabaseToken: yes,
        updatePermissions: yes,
        setExpiry: yes,
        choosePermissions: yes,
        createAdminToken: yes,
        suspendDatabaseToken: yes,
        listManagementTokens: yes,
        revokeManagementToken: yes,
        createManagementToken: { allowed: false, reason: "Not here." },
      },
    },
  ],
};

test("what the contract says is taken, without clusters when nobody is signed in", () => {
  expect(parseStartData(JSON.stringify(start))).toEqual(start);
  expect(parseStartData(`{"session":{"signedIn":false}}`)).toEqual({ session: { signedIn: false } });
});

test.each([
  "",
  "{",
  "null",
  "{}",
  `{"session":{}}`,
  JSON.stringify({ ...start, clusters: [{ slug: "own" }] }),
  JSON.stringify({ ...start, session: { ...start.session, now: "soon" } }),
  JSON.stringify({ ...start, more: true }),
  `{"session":{"signedIn":false,"__proto__":7}}`,
])("anything else is nothing: %s", (text) => {
  expect(parseStartData(text)).toBeUndefined();
});

test("nothing is taken that the contract refuses, nor otherwise than it would be parsed", () => {
  const odd = fc.oneof(
    fc.constantFrom<unknown>(
      undefined,
      null,
      3,
      true,
      "",
      "own",
      "2030-02-30T00:00:00Z",
      "2030-01-01T00:00:00Z",
      [],
      {},
    ),
    fc.jsonValue(),
  );
  const mostly = (value: unknown) => fc.oneof({ weight: 30, arbitrary: fc.constant(value) }, odd);
  const some = (fields: Record<string, fc.Arbitrary<unknown>>) =>
    fc.oneof(
      { weight: 30, arbitrary: fc.record(fields) },
      fc.record(fields, { requiredKeys: [] }),
      fc.record({ ...fields, extra: odd }),
    );
  const capability = fc.oneof(
    some({ allowed: mostly(true) }),
    some({ allowed: mostly(false), reason: mostly("No.") }),
  );
  const actor = fc.oneof(
    some({ kind: mostly("link"), label: mostly("Ann") }),
    some({ kind: mostly("management_token"), label: mostly("Ann"), managementTokenId: mostly("t") }),
    some({ kind: mostly("oidc"), label: mostly("Ann"), subject: mostly("s") }),
  );
  const session = fc.oneof(
    some({ signedIn: mostly(false) }),
    some({
      signedIn: mostly(true),
      actor,
      now: mostly("2030-01-01T00:00:00Z"),
      idleEndsAt: mostly("2030-01-01T00:15:00+02:00"),
      absoluteEndsAt: mostly("2030-01-01T08:00:00.5Z"),
    }),
  );
  const cluster = some({
    slug: mostly("own"),
    name: mostly("Own"),
    product: fc.oneof(
      mostly("own"),
      fc.constantFrom("dedicated", "clustered", "v2", "core", "enterprise", "v3"),
    ),
    productName: mostly("Built-in"),
    tokenName: mostly("Database Token"),
    removal: mostly("delete"),
    listsMayBePartial: mostly(false),
    suspension: mostly("suspend"),
    hasManagementTokens: mostly(false),
    hasOwners: mostly(false),
    accountId: mostly("a"),
    accountName: mostly("A"),
    clusterId: mostly("c"),
    isDefault: mostly(true),
    takesToken: mostly(false),
    access: fc.oneof(
      some({ state: mostly("ready") }),
      some({ state: mostly("credential_needed"), reason: mostly("No.") }),
    ),
    capabilities: some({
      revokeDatabaseToken: capability,
      createDatabaseToken: capability,
      updateDatabaseToken: capability,
      updatePermissions: capability,
      setExpiry: capability,
      choosePermissions: capability,
      createAdminToken: capability,
      suspendDatabaseToken: capability,
      listManagementTokens: capability,
      revokeManagementToken: capability,
      createManagementToken: capability,
    }),
  });
  const data = fc.oneof(some({ session }), some({ session, clusters: fc.array(cluster, { maxLength: 2 }) }));
  let taken = 0;
  fc.assert(
    fc.property(data, (value) => {
      const json = JSON.stringify(value);
      const start = parseStartData(json);
      if (start === undefined) return;
      taken++;
      expect(startDataSchema.parse(JSON.parse(json))).toEqual(start);
    }),
    { numRuns: 3000 },
  );
  expect(taken).toBeGreaterThan(300);
});
