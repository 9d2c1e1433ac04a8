import { inspect } from "node:util";
import { afterEach, beforeEach, describe, expect, it, test, vi } from "vitest";
import { isSuspended } from "#contract/token.ts";
import type { CreatedToken } from "#contract/token.ts";
import { ApiError } from "#server/api-error.ts";
import type { Profile } from "#server/profiles/profile.ts";
import { describeTokenService, expectRefusal } from "#server/services/conformance.ts";
import { tokenEntityTag } from "#server/services/entity-tag.ts";
import { answerText, readAllTokens } from "#server/services/list-for-tests.ts";
import type { CallContext } from "#server/services/token-service.ts";
import { createUpstream, type Upstream } from "#server/services/upstream.ts";
import { createV2, type V2Service } from "#server/services/v2.ts";
import { allAccess } from "./v2-rights.ts";
import { startFakeV2, type FakeV2 } from "./v2.ts";

const START = Date.parse("2026-03-01T12:00:00.000Z");
const ids = {
  accountId: "5b3a9b1e-0d53-5d38-9a0f-6a4f4f2f7a11",
  clusterId: "0c2f7f52-6c0e-5c5a-8a5f-2d9f6b0f3c22",
};

function profileOf(fake: FakeV2): Profile {
  return {
    name: "old server",
    slug: "old-server",
    product: "v2",
    url: fake.url,
    tls: { insecure: false, caFile: undefined, certFile: undefined, keyFile: undefined },
    ...ids,
    longPaths: false,
    token: fake.operator.token,
  };
}

function contextOf(secret: string): CallContext {
  return {
    credential: { kind: "management_token", secret },
    actor: { kind: "management_token", label: "Token of old server", managementTokenId: "0".repeat(32) },
    signal: new AbortController().signal,
  };
}

describeTokenService("v2", async () => {
  const fake = await startFakeV2({ clock: () => START });
  fake.addBucket("ci");
  const profile = profileOf(fake);
  const upstream = createUpstream(profile);
  return {
    service: createV2(profile, { upstream }),
    context: contextOf(fake.operator.token),
    now: () => START,
    absentId: "0123456789abcdef",
    malformedIds: [
      "",
      "x",
      "0123456789abcde",
      "0123456789abcdef0",
      "0123456789abcdeg",
      "0000000000000000",
      "0123456789abcde\n",
      "../../../../x/yz",
    ],
    close: async () => {
      await upstream.close();
      await fake.close();
    },
  };
});

describe("InfluxDB v2", () => {
  let fake: FakeV2;
  let upstream: Upstream;
  let service: V2Service;
  let operator: CallContext;
  let now: number;

  beforeEach(async () => {
    now = START;
    fake = await startFakeV2({ clock: () => now });
    upstream = createUpstream(profileOf(fake));
    service = createV2(profileOf(fake), { upstream });
    operator = contextOf(fake.operator.token);
  });
  afterEach(async () => {
    await upstream.close();
    await fake.close();
  });

  const sent = (method: string) => fake.calls.filter((call) => call.method === method);
  const bodies = (method: string): unknown[] => sent(method).map(({ body }) => JSON.parse(body));
  const create = (permissions: CreatedToken["permissions"], description = "x") =>
    service.createToken(operator, { description, permissions });

  it("marks the token that is asked with, for whoever asks with it alone", async () => {
    const { id, token } = fake.addAuthorization({
      permissions: [...fake.operator.permissions],
      description: "Mine",
    });
    const own = contextOf(token);
    const marked = async (context: CallContext) =>
      (await readAllTokens(service, context))
        .filter((row) => row["isCredential"] === true)
        .map((row) => row.id);
    expect(await marked(own)).toEqual([id]);
    expect(await marked(operator)).toEqual([fake.operator.id]);
    expect((await service.getToken(own, id)).isCredential).toBe(true);
    expect((await service.getToken(operator, id)).isCredential).toBeUndefined();
    const changed = await service.updateToken(own, id, { description: "Still mine" }, undefined);
    expect(changed).toMatchObject({ description: "Still mine", isCredential: true });
  });

  it("shows a token with its owner, its organization, and what it may do by type and name", async () => {
    const { id: orgID } = fake.organization;
    const bucket = fake.addBucket("sensors");
    const row = fake.addAuthorization({
      description: "Gateway 7",
      permissions: [
        { action: "read", resource: { type: "buckets", id: bucket.id, orgID } },
        { action: "write", resource: { type: "buckets", orgID } },
        { action: "read", resource: { type: "buckets" } },
        { action: "write", resource: { type: "tasks", orgID } },
        { action: "read", resource: { type: "dashboards", id: "00000000000000aa", orgID } },
        { action: "read", resource: { type: "users", id: fake.user.id } },
      ],
    });
    const inOrg = { resourceOrganizationId: orgID, resourceOrganization: "main" };
    expect(await service.getToken(operator, row.id)).toEqual({
      ...ids,
      id: row.id,
      description: "Gateway 7",
      createdAt: "2026-03-01T12:00:00.000Z",
      owner: "admin",
      ownerId: fake.user.id,
      organization: "main",
      organizationId: orgID,
      permissions: [
        {
          action: "read",
          resource: "sensors",
          resourceType: "buckets",
          resourceId: bucket.id,
          resourceName: "sensors",
          ...inOrg,
        },
        { action: "write", resource: "*", resourceType: "buckets", ...inOrg },
        { action: "read", resource: "*", resourceType: "buckets" },
        { action: "write", resource: "tasks", resourceType: "tasks", ...inOrg },
        {
          action: "read",
          resource: "dashboards/00000000000000aa",
          resourceType: "dashboards",
          resourceId: "00000000000000aa",
          ...inOrg,
        },
        {
          action: "read",
          resource: "users/admin",
          resourceType: "users",
          resourceId: fake.user.id,
          resourceName: "admin",
        },
      ],
    });
    expect((await service.getToken(operator, row.id.toUpperCase())).id).toBe(row.id);
    const [first] = (await service.getToken(operator, fake.operator.id)).permissions;
    expect(first).toEqual({ action: "read", resource: "*", resourceType: "any" });
  });

  it("names a bucket by its id where its name is gone, too long, or means all of them", async () => {
    const names = ["gone", "x".repeat(65), "*"];
    for (const name of names) {
      const bucket = fake.addBucket(name);
      const { id } = fake.addAuthorization({
        permissions: [{ action: "read", resource: { type: "buckets", id: bucket.id } }],
      });
      if (name === "gone") fake.removeBucket(bucket.id);
      const [permission] = (await service.getToken(operator, id)).permissions;
      expect(permission).toEqual({
        action: "read",
        resource: bucket.id,
        resourceType: "buckets",
        resourceId: bucket.id,
        ...(name === "gone" ? {} : { resourceName: name }),
      });
    }
  });

  it("shows an inactive token as suspended since its last change, by nobody known, with what it may do", async () => {
    const row = fake.addAuthorization();
    now += 60_000;
    const suspended = await service.suspendToken(operator, row.id, undefined);
    expect(isSuspended(suspended)).toBe(true);
    expect(suspended).toMatchObject({ suspendedAt: "2026-03-01T12:01:00.000Z", isDeactivated: true });
    expect(suspended.permissions).toHaveLength(1);
    expect(suspended).not.toHaveProperty("suspendedBy");
    expect(fake.authorization(row.id)?.status).toBe("inactive");
    const { suspension, tag } = await service.getSuspension(operator, row.id);
    expect(suspension.suspendedBy).toBe("");
    // Somebody renames it: what was seen is no more.
    now += 60_000;
    await service.updateToken(operator, row.id, { description: "other" }, undefined);
    await expectRefusal(service.restoreToken(operator, row.id, tag), 412, "precondition_failed");
    expect(fake.authorization(row.id)?.status).toBe("inactive");
    const restored = await service.restoreToken(operator, row.id, undefined);
    expect(isSuspended(restored)).toBe(false);
    expect(bodies("PATCH")).toEqual([{ status: "inactive" }, { description: "other" }, { status: "active" }]);
  });

  it("sends of an update only what is changed by it, and nothing when nothing is", async () => {
    const row = fake.addAuthorization({ description: "before" });
    const seen = await service.getToken(operator, row.id);
    const same = { description: "before", permissions: seen.permissions };
    expect(await service.updateToken(operator, row.id, same, tokenEntityTag(seen))).toEqual(seen);
    expect(sent("PATCH")).toEqual([]);
    await service.updateToken(operator, row.id, { ...same, description: "after" }, tokenEntityTag(seen));
    expect(bodies("PATCH")).toEqual([{ description: "after" }]);
  });

  it("never begins a change whose caller left while another one was under way", async () => {
    const row = fake.addAuthorization();
    const leaving = new AbortController();
    fake.onCall = ({ method }) => {
      if (method === "PATCH") leaving.abort();
      return undefined;
    };
    const first = service.suspendToken(operator, row.id, undefined);
    const second = service.restoreToken({ ...operator, signal: leaving.signal }, row.id, undefined);
    const left = await expectRefusal(second, 504, "upstream_timeout");
    expect(left.nothingDone).toBe(true);
    await first;
    expect(bodies("PATCH")).toEqual([{ status: "inactive" }]);
  });

  it("takes the record away when a token is deleted", async () => {
    const row = fake.addAuthorization();
    await service.revokeToken(operator, row.id);
    expect(fake.authorization(row.id)).toBeUndefined();
    expect((await readAllTokens(service, operator)).map(({ id }) => id)).toEqual([fake.operator.id]);
  });

  it("sends nothing for an id of a wrong form, nor for what it cannot do", async () => {
    for (const id of ["0123456789abcde/", "0123456789abcde%"]) {
      await expectRefusal(service.getToken(operator, id), 400, "invalid_id");
      await expectRefusal(service.revokeToken(operator, id), 400, "invalid_id");
      await expectRefusal(service.suspendToken(operator, id, undefined), 400, "invalid_id");
      expect(() => service.checkTokenId(id)).toThrow("16 hexadecimal digits");
    }
    expect(service.checkTokenId(fake.operator.id)).toBeUndefined();
    const refused = await expectRefusal(service.listManagementTokens(operator), 409, "conflict");
    expect(service.capabilities.listManagementTokens).toEqual({ allowed: false, reason: refused.message });
    await expectRefusal(service.deleteDatabase(operator, "ci"), 409, "conflict");
    expect(fake.calls).toEqual([]);
  });

  it("refuses a link session: its token is that of the caller, or of the configuration", async () => {
    const link = { ...operator, credential: { kind: "operator" } } as const;
    await expectRefusal(service.check(link), 401, "credential_refused");
    await expectRefusal(readAllTokens(service, link), 401, "credential_refused");
    expect(fake.calls).toEqual([]);
    await service.check({ ...operator, credential: { kind: "profile" } });
    expect(fake.calls.map(({ authorization }) => authorization)).toEqual([`Token ${fake.operator.token}`]);
  });

  describe("creating", () => {
    it("turns names of buckets into ids, in the organization of the buckets", async () => {
      const other = fake.addOrganization("other");
      const bucket = fake.addBucket("ci", { orgID: other.id });
      const made = await create([
        { action: "read", resource: "ci" },
        { action: "write", resource: "ci" },
      ]);
      expect(made.accessToken).toBe(fake.authorization(made.id)?.token);
      expect(made).toMatchObject({ organization: "other", owner: "admin" });
      const resource = { type: "buckets", id: bucket.id, orgID: other.id };
      expect(bodies("POST")).toEqual([
        {
          description: "x",
          orgID: other.id,
          permissions: [
            { action: "read", resource },
            { action: "write", resource },
          ],
        },
      ]);
      expect(sent("GET").filter(({ path }) => path.startsWith("/api/v2/buckets"))).toHaveLength(1);
    });

    it("gives all buckets of the only organization, and asks which one where there are more", async () => {
      const all = [{ action: "write", resource: "*" }];
      const { id: orgID } = fake.organization;
      const made = await create(all);
      expect(made.organizationId).toBe(orgID);
      expect(fake.authorization(made.id)?.permissions).toEqual([
        { action: "write", resource: { type: "buckets", orgID } },
      ]);
      const other = fake.addOrganization("other");
      const refused = await expectRefusal(create(all), 400, "invalid_request");
      expect([refused.field, refused.message]).toEqual([
        "permissions",
        expect.stringContaining("organization"),
      ]);
      fake.addBucket("ci", { orgID: other.id });
      const both = await create([...all, { action: "read", resource: "ci" }]);
      expect(fake.authorization(both.id)?.permissions[0]).toEqual({
        action: "write",
        resource: { type: "buckets", orgID: other.id },
      });
    });

    it("takes the organization that is asked for, and looks for buckets there", async () => {
      const { id: orgID } = fake.addOrganization("other");
      for (const name of ["twin", "here"]) fake.addBucket(name);
      const { id } = fake.addBucket("twin", { orgID });
      const make = (resource: string, organizationId: string) =>
        service.createToken(operator, {
          description: "",
          permissions: [{ action: "read", resource }],
          organizationId,
        });
      const everything = await make("*", orgID);
      expect(fake.authorization(everything.id)).toMatchObject({
        orgID,
        permissions: [{ action: "read", resource: { type: "buckets", orgID } }],
      });
      const one = await make("twin", orgID);
      expect(fake.authorization(one.id)?.permissions[0]?.resource).toEqual({ type: "buckets", id, orgID });
      const elsewhere = await expectRefusal(make("here", orgID), 400, "invalid_request");
      expect([elsewhere.field, elsewhere.message]).toEqual([
        "permissions",
        expect.stringContaining("in this organization"),
      ]);
      const malformed = await expectRefusal(make("*", "main"), 400, "invalid_request");
      expect(malformed.field).toBe("organizationId");
    });

    it("finds the organization by the buckets where no organization may be read", async () => {
      const { id: orgID } = fake.organization;
      const { token } = fake.addAuthorization({
        permissions: [
          { action: "write", resource: { type: "authorizations", orgID } },
          { action: "write", resource: { type: "users" } },
          { action: "read", resource: { type: "buckets", orgID } },
        ],
      });
      fake.addBucket("ci");
      const permissions = [{ action: "read", resource: "*" }];
      const made = await service.createToken(contextOf(token), { description: "", permissions });
      expect(made.organizationId).toBe(orgID);
    });

    it.each([
      ["no permissions", [], "empty"],
      ["an unknown bucket", [{ action: "read", resource: "nowhere" }], "“nowhere”"],
      ["an unknown action", [{ action: "alter", resource: "ci" }], "“alter”"],
      ["one of two buckets of a name", [{ action: "read", resource: "twin" }], "2 organizations"],
      [
        "an id of a wrong form",
        [{ action: "read", resource: "x", resourceType: "tasks", resourceId: "7" }],
        "16",
      ],
      [
        "a task without its id",
        [{ action: "read", resource: "tasks/mine", resourceType: "tasks" }],
        "“tasks/mine”",
      ],
      [
        "buckets of two organizations",
        [
          { action: "read", resource: "here" },
          { action: "read", resource: "there" },
        ],
        "more than one organization",
      ],
    ])("refuses %s, says which, and makes nothing", async (_what, permissions, words) => {
      const other = fake.addOrganization("other");
      for (const name of ["twin", "here"]) fake.addBucket(name);
      for (const name of ["twin", "there"]) fake.addBucket(name, { orgID: other.id });
      const refused = await expectRefusal(create(permissions), 400, "invalid_request");
      expect(refused.field).toBe("permissions");
      expect(refused.message).toContain(words);
      expect(sent("POST")).toEqual([]);
    });

    it("gives a copy the same permissions, whatever they are for", async () => {
      const other = fake.addOrganization("other");
      fake.addBucket("twin");
      const twin = fake.addBucket("twin", { orgID: other.id });
      const permissions = [
        ...allAccess(other.id, fake.user.id),
        { action: "read", resource: { type: "buckets", id: twin.id, orgID: other.id } },
        { action: "read", resource: { type: "buckets" } },
      ];
      const original = fake.addAuthorization({ orgID: other.id, permissions });
      const shown = await service.getToken(operator, original.id);
      const copy = await create(shown.permissions, "copy");
      expect(fake.authorization(copy.id)).toMatchObject({ orgID: other.id, permissions });
      expect(copy.permissions).toEqual(shown.permissions);
    });

    it("says what InfluxDB said when a token would give away more than it has", async () => {
      fake.addBucket("ci");
      const { id: orgID } = fake.organization;
      const permissions = [
        { action: "write", resource: { type: "authorizations", orgID } },
        { action: "write", resource: { type: "users", id: fake.user.id } },
        { action: "read", resource: { type: "buckets", orgID } },
      ];
      const limited = contextOf(fake.addAuthorization({ permissions }).token);
      const call = (action: string) =>
        service.createToken(limited, { description: "x", permissions: [{ action, resource: "ci" }] });
      const refused = await expectRefusal(call("write"), 403, "forbidden");
      expect(refused.upstream?.message).toMatch(/^permission write:orgs\/.* is not allowed$/);
      expect((await call("read")).permissions[0]?.resource).toBe("ci");
    });

    it("does not know what was done when the answer has no secret, or cannot be read", async () => {
      fake.addBucket("ci");
      for (const body of [{ id: "0123456789abcdef" }, "<html>", [], { token: "" }]) {
        fake.onCall = ({ method }) => (method === "POST" ? { status: 201, body } : undefined);
        const failed = await expectRefusal(
          create([{ action: "read", resource: "ci" }]),
          502,
          "upstream_malformed",
        );
        expect([failed.nothingDone, failed.message]).toEqual([
          false,
          expect.stringContaining("“old server”"),
        ]);
      }
      expect(sent("POST")).toHaveLength(4);
    });
  });

  describe("lists", () => {
    it("has every bucket of every page as a database, system buckets too, each name once", async () => {
      const other = fake.addOrganization("other");
      for (let number = 0; number < 246; number++) fake.addBucket(`bucket ${number}`);
      fake.addBucket("bucket 7", { orgID: other.id });
      fake.addBucket("month", { everySeconds: 2_592_000 });
      const databases = await service.listDatabases(operator);
      const names = databases.map(({ name }) => name);
      expect(names).toEqual([...names].sort());
      expect(new Set(names).size).toBe(names.length);
      expect(names).toHaveLength(249);
      expect(names).toContain("_monitoring");
      expect(databases.find(({ name }) => name === "month")).toEqual({
        ...ids,
        name: "month",
        retentionPeriod: 2_592_000_000_000_000,
      });
      expect(fake.calls).toHaveLength(3);
    });

    it("ends with an error when the pages of buckets repeat themselves", async () => {
      const page = Array.from({ length: 100 }, (_, at) => ({
        id: (at + 1).toString(16).padStart(16, "0"),
        name: `b${at}`,
      }));
      fake.onCall = () => ({ status: 200, body: { buckets: page } });
      await expectRefusal(service.listDatabases(operator), 502, "upstream_malformed");
      expect(fake.calls).toHaveLength(2);
    });

    it("keeps rows that cannot be read, without their secrets", async () => {
      const good = fake.addAuthorization();
      const canary = good.token;
      const view = { description: "odd", token: canary, createdAt: "2026-03-01T12:00:00Z" };
      fake.onCall = () => ({
        status: 200,
        body: {
          authorizations: [
            { ...view, id: good.id, status: "active", permissions: [] },
            { ...view, id: "0123456789abcdef", status: "paused", permissions: [] },
            { ...view, id: "short", permissions: [{ token: canary }] },
            { ...view, id: { token: canary } },
            canary,
            null,
          ],
        },
      });
      const form = { form: "with_cluster", held: [], acceptsChanges: false } as const;
      const text = await answerText(await service.readTokenList(operator, form));
      expect(text).not.toContain(canary);
      const odd = { ...ids, description: "odd", createdAt: "2026-03-01T12:00:00Z" };
      expect(JSON.parse(text)).toEqual([
        { ...odd, id: good.id, permissions: [] },
        { ...odd, id: "0123456789abcdef" },
        { ...odd, id: "short" },
        odd,
        null,
        null,
      ]);
    });

    it("is an error where there is no list, and never an empty one", async () => {
      for (const body of [{}, [], { authorizations: null }, { tokens: [] }]) {
        fake.onCall = () => ({ status: 200, body });
        await expectRefusal(readAllTokens(service, operator), 502, "upstream_malformed");
      }
    });

    it("refuses a token that was made inactive, for which InfluxDB leaves out everything", async () => {
      const { token } = fake.addAuthorization({
        permissions: [...fake.operator.permissions],
        status: "inactive",
      });
      const refused = await expectRefusal(
        readAllTokens(service, contextOf(token)),
        401,
        "credential_refused",
      );
      expect(refused.upstream).toEqual({ status: 401, message: "token is inactive" });
    });

    it("answers an empty list to a good token that may see nothing, not even itself", async () => {
      const { token } = fake.addAuthorization();
      await service.check(contextOf(token));
      expect(await readAllTokens(service, contextOf(token))).toEqual([]);
      expect(await service.partialReason(contextOf(token))).toMatch(/leaves out the tokens/);
    });
  });

  it("says that a token is gone only where the list is whole and lacks it", async () => {
    const { token } = fake.addAuthorization({ permissions: allAccess(fake.organization.id, fake.user.id) });
    const { id } = fake.addAuthorization({ userID: fake.addUser("ada").id });
    const asked = [id.toUpperCase(), "0123456789ABCDEF"];
    expect(await service.goneAmong?.(operator, asked)).toEqual(new Set(["0123456789ABCDEF"]));
    expect(await service.goneAmong?.(operator, [id])).toEqual(new Set());
    const refused = service.goneAmong?.(contextOf(token), [id]);
    await expect(refused).rejects.toMatchObject({ status: 409, reason: "conflict" });
    fake.onCall = () => ({ status: 200, body: { authorizations: [{ description: "no id" }] } });
    await expect(service.goneAmong?.(operator, [id])).rejects.toMatchObject({
      status: 409,
      reason: "conflict",
    });
  });

  describe("says that a list may be partial", () => {
    const user = () => ({ type: "users", id: fake.user.id });
    it("to an all-access token, which sees its own user's tokens of its organization only", async () => {
      const ada = fake.addUser("ada");
      const other = fake.addOrganization("other");
      const hers = fake.addAuthorization({ userID: ada.id });
      const elsewhere = fake.addAuthorization({ orgID: other.id });
      const { token } = fake.addAuthorization({
        permissions: allAccess(fake.organization.id, fake.user.id),
      });
      const shown = (await readAllTokens(service, contextOf(token))).map(({ id }) => id);
      expect(shown).toHaveLength(2);
      expect([shown.includes(hers.id), shown.includes(elsewhere.id)]).toEqual([false, false]);
      expect(await service.partialReason(contextOf(token))).toMatch(/leaves out the tokens/);
      expect(await readAllTokens(service, operator)).toHaveLength(4);
    });

    it("not to one that may read every user and every organization", async () => {
      expect(await service.partialReason(operator)).toBeUndefined();
      const everything = ["users", "authorizations"].map((type) => ({ action: "read", resource: { type } }));
      const { token } = fake.addAuthorization({ permissions: everything });
      expect(await service.partialReason(contextOf(token))).toBeUndefined();
    });

    it.each([
      [
        "write only",
        () => [
          { action: "write", resource: { type: "any" } },
          { action: "read", resource: user() },
        ],
      ],
      [
        "all of one organization",
        () => [{ action: "read", resource: { type: "any", orgID: fake.organization.id } }],
      ],
      [
        "its user and all tokens",
        () => ["authorizations"].map((type) => ({ action: "read", resource: { type } })),
      ],
    ])("to one that may read %s", async (_what, permissions) => {
      const { token } = fake.addAuthorization({
        permissions: [...permissions(), { action: "read", resource: user() }],
      });
      expect(await service.partialReason(contextOf(token))).toMatch(/leaves out the tokens/);
    });

    it("where InfluxDB does not show which token is the caller's, whomever that one sees", async () => {
      fake.onCall = ({ path }) =>
        path.startsWith("/api/v2/authorizations") ? { status: 200, body: { authorizations: [] } } : undefined;
      fake.addUser("ada");
      expect(await service.partialReason(operator)).toMatch(/leaves out the tokens/);
      // Nor is that a proof that a token is gone.
      await expect(service.goneAmong?.(operator, ["0123456789abcdef"])).rejects.toMatchObject({
        status: 409,
      });
    });

    it("and is an error for a token that is not known", async () => {
      await expectRefusal(service.partialReason(contextOf("unknown")), 401, "credential_refused");
    });
  });

  it("takes a missing right for that, and not for a refused token, which would sign people out", async () => {
    const ada = fake.addUser("ada");
    const hers = fake.addAuthorization({ userID: ada.id });
    const { token } = fake.addAuthorization({ permissions: allAccess(fake.organization.id, fake.user.id) });
    const limited = contextOf(token);
    for (const call of [
      () => service.getToken(limited, hers.id),
      () => service.revokeToken(limited, hers.id),
      () => service.suspendToken(limited, hers.id, undefined),
    ]) {
      const refused = await expectRefusal(call(), 403, "forbidden");
      expect(refused.upstream?.message).toMatch(/^(read|write):users\/[0-9a-f]{16} is unauthorized$/);
    }
    expect(fake.authorization(hers.id)?.status).toBe("active");
    const unknown = await expectRefusal(service.getToken(contextOf("x"), hers.id), 401, "credential_refused");
    expect(unknown.upstream?.message).toBe("unauthorized access");
  });

  it("does not take another token, or none, for the one that was asked for", async () => {
    const row = fake.addAuthorization();
    const body = { ...row, id: "0123456789abcdef" };
    for (const wrong of [body, {}, { authorizations: [row] }]) {
      fake.onCall = ({ method }) => (method === "GET" ? { status: 200, body: wrong } : undefined);
      await expectRefusal(service.getToken(operator, row.id), 502, "upstream_malformed");
      await expectRefusal(service.suspendToken(operator, row.id, undefined), 502, "upstream_malformed");
    }
    expect(sent("PATCH")).toEqual([]);
    fake.onCall = ({ method }) => (method === "PATCH" ? { status: 200, body } : undefined);
    const call = service.updateToken(operator, row.id, { description: "y" }, undefined);
    expect((await expectRefusal(call, 502, "upstream_malformed")).nothingDone).toBe(false);
    expect(sent("PATCH")).toHaveLength(1);
  });

  it("changes nothing when it is too late for that", async () => {
    fake.addBucket("ci");
    const row = fake.addAuthorization();
    const late: CallContext = {
      ...operator,
      checkTime: () => {
        throw new ApiError(503, "unavailable", "too late");
      },
    };
    for (const call of [
      () => service.revokeToken(late, row.id),
      () => service.suspendToken(late, row.id, undefined),
      () => service.updateToken(late, row.id, { description: "y" }, undefined),
      () => service.createToken(late, { description: "", permissions: [{ action: "read", resource: "ci" }] }),
    ]) {
      await expectRefusal(call(), 503, "unavailable");
    }
    expect(fake.calls.filter(({ method }) => method !== "GET")).toEqual([]);
  });
});

test("a v2 token is in no answer, in no error and on no console, but for the one that is created", async () => {
  const fake = await startFakeV2();
  const profile = profileOf(fake);
  const upstream = createUpstream(profile);
  const service = createV2(profile, { upstream });
  const operator = contextOf(fake.operator.token);
  try {
    fake.addBucket("ci");
    const one = fake.addAuthorization({ description: "one" });
    const two = fake.addAuthorization({ description: "two", status: "inactive" });
    const listed = async () => {
      const form = { form: "without_cluster", held: [], acceptsChanges: true } as const;
      return answerText(await service.readTokenList(operator, form));
    };
    const permissions = [{ action: "read", resource: "ci" }];
    const printed: unknown[] = [];
    for (const method of ["debug", "info", "log", "warn", "error"] as const) {
      vi.spyOn(console, method).mockImplementation((...words: unknown[]) => void printed.push(words));
    }
    const said: unknown[] = [
      printed,
      await listed(),
      await service.getToken(operator, one.id),
      await service.updateToken(operator, one.id, { description: "uno" }, undefined),
      await service.suspendToken(operator, one.id, undefined),
      await service.getSuspension(operator, two.id),
      await service.restoreToken(operator, two.id, undefined),
      await service.listDatabases(operator),
      await service.partialReason(operator),
      await service.authenticate(operator.credential),
    ];
    const { accessToken, ...made } = await service.createToken(operator, { description: "x", permissions });
    expect(fake.canaries()).toContain(accessToken);
    said.push(made, await listed());

    const secrets = fake.canaries();
    const message = `bad token ${secrets.join(" ")}`;
    for (const [status, body] of [
      [400, { code: "invalid", message }],
      [401, { code: "unauthorized", message }],
      [403, { code: "forbidden", message }],
      [404, { code: "not found", message }],
      [404, message],
      [500, { code: "internal error", message }],
      [200, `<html>${message}`],
      [200, { token: one.token, id: one.token, permissions: one.token, authorizations: one.token }],
      [302, ""],
    ] as const) {
      fake.onCall = () => ({ status, body, headers: { Location: `http://x/${one.token}` } });
      for (const call of [
        () => listed(),
        () => service.getToken(operator, one.id),
        () => service.revokeToken(operator, one.id),
        () => service.createToken(operator, { description: "x", permissions }),
        () => service.updateToken(operator, one.id, { description: "y" }, undefined),
        () => service.listDatabases(operator),
        () => service.partialReason(operator),
        () => service.check(operator),
      ]) {
        const outcome = await call().catch((error: unknown) => error);
        // A DELETE needs no particular 2xx.
        if (status !== 200) expect(outcome).toBeInstanceOf(ApiError);
        said.push(outcome);
      }
    }
    const everything = said.map((each) => inspect(each, { depth: 20, showHidden: true })).join("\n");
    for (const secret of secrets) expect(everything).not.toContain(secret);
    expect(everything).toContain("uno");
  } finally {
    await upstream.close();
    await fake.close();
  }
});
