import { InfluxDB } from "@influxdata/influxdb-client";
import { AuthorizationsAPI, BucketsAPI, OrgsAPI, UsersAPI } from "@influxdata/influxdb-client-apis";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { allAccess } from "./v2-rights.ts";
import { startFakeV2, type FakeV2 } from "./v2.ts";

/** The vendor's own clients, unchanged, against the server that stands in for v2 in our tests. */
describe("The vendor's clients and the v2 fixture understand each other", () => {
  let fake: FakeV2;
  let authorizations: AuthorizationsAPI;
  const as = (token: string) => new InfluxDB({ url: fake.url, token, timeout: 5000 });

  beforeEach(async () => {
    fake = await startFakeV2();
    authorizations = new AuthorizationsAPI(as(fake.operator.token));
  });
  afterEach(() => fake.close());

  it("lists tokens in clear text, by organization and user too", async () => {
    const ada = fake.addUser("ada");
    const hers = fake.addAuthorization({ userID: ada.id, description: "hers" });
    const all = await authorizations.getAuthorizations();
    expect(all.authorizations).toHaveLength(2);
    expect(all.authorizations?.[1]).toMatchObject({
      id: hers.id,
      token: hers.token,
      status: "active",
      description: "hers",
      user: "ada",
      userID: ada.id,
      org: "main",
      orgID: fake.organization.id,
      links: { self: `/api/v2/authorizations/${hers.id}` },
    });
    const ids = async (request: Parameters<AuthorizationsAPI["getAuthorizations"]>[0]) =>
      (await authorizations.getAuthorizations(request)).authorizations?.map(({ id }) => id);
    expect(await ids({ user: "ada" })).toEqual([hers.id]);
    expect(await ids({ userID: fake.user.id })).toEqual([fake.operator.id]);
    expect(await ids({ orgID: fake.organization.id })).toHaveLength(2);
    await expect(ids({ org: "nowhere" })).rejects.toMatchObject({ statusCode: 404 });
    await expect(ids({ orgID: "short" })).rejects.toMatchObject({ statusCode: 400 });
  });

  it("makes, reads, changes, stops and deletes a token", async () => {
    const { id: orgID } = fake.organization;
    const bucket = fake.addBucket("ci");
    const made = await authorizations.postAuthorizations({
      body: {
        orgID,
        description: "CI",
        permissions: [{ action: "read", resource: { type: "buckets", id: bucket.id, orgID } }],
      },
    });
    expect(made.token).toMatch(/^[\w-]{86}==$/);
    expect(made.permissions?.[0]?.resource).toMatchObject({ name: "ci", org: "main" });
    const authID = made.id ?? "";
    expect(authID).toMatch(/^[0-9a-f]{16}$/);
    expect(await authorizations.getAuthorizationsID({ authID })).toEqual(made);
    const patched = await authorizations.patchAuthorizationsID({
      authID,
      body: { description: "CI 2", status: "inactive" },
    });
    expect(patched).toMatchObject({ id: authID, description: "CI 2", status: "inactive" });
    expect(await authorizations.deleteAuthorizationsID({ authID })).toBeUndefined();
    await expect(authorizations.getAuthorizationsID({ authID })).rejects.toMatchObject({
      statusCode: 404,
      code: "not found",
      json: { code: "not found", message: "authorization not found" },
    });
  });

  it("refuses in words what is not a token, not allowed, or not known", async () => {
    const refused = (call: Promise<unknown>, statusCode: number, code: string) =>
      expect(call).rejects.toMatchObject({ statusCode, code });
    const nobody = new AuthorizationsAPI(as("unknown"));
    await refused(nobody.getAuthorizations(), 401, "unauthorized");
    await refused(authorizations.getAuthorizationsID({ authID: "123" }), 400, "invalid");
    await refused(authorizations.deleteAuthorizationsID({ authID: "0123456789abcdef" }), 404, "not found");
    await refused(authorizations.postAuthorizations({ body: { permissions: [] } }), 400, "invalid");
    const limited = new AuthorizationsAPI(as(fake.addAuthorization().token));
    await refused(limited.deleteAuthorizationsID({ authID: fake.operator.id }), 401, "unauthorized");
    expect((await limited.getAuthorizations()).authorizations).toEqual([]);
    const { orgs = [] } = await new OrgsAPI(as(fake.operator.token)).getOrgs();
    expect(orgs.map(({ name }) => name)).toEqual(["main"]);
  });

  it("gives buckets, organizations and users as far as the token may see them, buckets by pages", async () => {
    const other = fake.addOrganization("other");
    fake.addUser("ada");
    for (let number = 0; number < 130; number++) fake.addBucket(`b${number}`);
    fake.addBucket("elsewhere", { orgID: other.id, everySeconds: 3600 });
    const buckets = new BucketsAPI(as(fake.operator.token));
    expect((await buckets.getBuckets()).buckets).toHaveLength(20);
    const first = await buckets.getBuckets({ limit: 100 });
    expect([first.buckets?.length, typeof first.links?.next]).toEqual([100, "string"]);
    const after = first.buckets?.at(-1)?.id ?? "";
    const rest = await buckets.getBuckets({ limit: 100, after });
    expect([rest.buckets?.length, rest.links?.next]).toEqual([35, undefined]);
    expect(rest.buckets?.at(-1)).toMatchObject({
      name: "elsewhere",
      type: "user",
      orgID: other.id,
      retentionRules: [{ type: "expire", everySeconds: 3600 }],
    });
    await expect(buckets.getBuckets({ limit: 101 })).rejects.toMatchObject({ statusCode: 400 });

    const limited = as(fake.addAuthorization({ permissions: allAccess(other.id, fake.user.id) }).token);
    const names = (await new BucketsAPI(limited).getBuckets({ limit: 100 })).buckets?.map(({ name }) => name);
    expect(names).toEqual(["_monitoring", "_tasks", "elsewhere"]);
    expect((await new OrgsAPI(limited).getOrgs()).orgs?.map(({ name }) => name)).toEqual(["other"]);
    expect((await new UsersAPI(limited).getUsers()).users?.map(({ name }) => name)).toEqual(["admin"]);
  });
});
