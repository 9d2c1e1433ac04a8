import { expect, test } from "vitest";
import { startCoreFixture, type CoreFixture } from "./core.ts";
import { startFakeV2, type FakeV2 } from "./v2.ts";

// Tests of the products share these servers: whatever one did to them, the next finds them as they were at the start.

async function v2State(v2: FakeV2) {
  const headers = { Authorization: `Token ${v2.operator.token}` };
  const read = async (path: string) => {
    const answer = await fetch(`${v2.url}/api/v2/${path}`, { headers });
    return [answer.status, await answer.text()];
  };
  const answers = [];
  for (const path of ["authorizations", "buckets", "orgs", "users", "me"]) answers.push(await read(path));
  return { answers, operator: structuredClone(v2.operator), canaries: v2.canaries() };
}

test("the server that stands in for v2 starts over", async () => {
  const v2 = await startFakeV2();
  try {
    const { operator } = v2;
    const before = await v2State(v2);
    const firstBucket = v2.addBucket("sensors");
    v2.startOver();

    const plant = v2.addOrganization("plant");
    v2.addUser("ada");
    v2.addBucket("tasks", { orgID: plant.id });
    v2.addAuthorization({ description: "Line 4", orgID: plant.id });
    const change = (id: string, method: string, body?: object) =>
      fetch(`${v2.url}/api/v2/authorizations/${id}`, {
        method,
        headers: { Authorization: `Token ${operator.token}` },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
    await change(operator.id, "PATCH", { description: "changed" });
    await change(operator.id, "DELETE");
    expect(operator.description).toBe("changed");
    expect(v2.authorization(operator.id)).toBeUndefined();
    operator.permissions.pop();
    v2.onCall = () => ({ status: 500 });

    v2.startOver();
    expect(v2.calls).toEqual([]);
    expect(await v2State(v2)).toEqual(before);
    expect(v2.operator).toBe(operator);
    expect(v2.authorization(operator.id)).toBe(operator);
    expect(v2.addBucket("sensors").id).toBe(firstBucket.id);
  } finally {
    await v2.close();
  }
});

async function coreState(core: CoreFixture) {
  const headers = { Authorization: `Bearer ${core.operatorToken}` };
  const read = async (path: string) => {
    const answer = await fetch(`${core.url}/api/v3/${path}`, { headers });
    return [answer.status, await answer.text()];
  };
  const list = new URLSearchParams({ db: "_internal", q: "SELECT * FROM system.tokens", format: "json" });
  return {
    tokens: await read(`query_sql?${list.toString()}`),
    databases: await read("configure/database?format=json"),
    canaries: [...core.canaries()],
  };
}

test("the server that stands in for InfluxDB 3 starts over", async () => {
  const core = await startCoreFixture({ product: "enterprise", clock: Date.now });
  try {
    const before = await coreState(core);
    const { id } = core.add({ name: "edge" });
    core.startOver();

    core.add({ name: "plant", id: 7 });
    const [operator] = core.tokens;
    Object.assign(operator ?? {}, { description: "changed", permissions: "db:ci:read" });
    core.databases.push("plant");
    core.interfere = () => ({ kind: "reset" });
    await expect(coreState(core)).rejects.toThrow("fetch failed");
    core.tokens.length = 0;

    core.startOver();
    expect(core.seen).toEqual([]);
    expect(await coreState(core)).toEqual(before);
    expect(core.add({ name: "edge" }).id).toBe(id);
  } finally {
    await core.close();
  }
});
