import { randomUUID } from "node:crypto";
import { sql } from "kysely";
import { afterEach, beforeEach, expect, test } from "vitest";
import { activityDeedSchema } from "#contract/activity.ts";
import { csvRow } from "#contract/csv.ts";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { ACCOUNT_ID, CLUSTER_ID } from "#server/database/own-cluster-setup.ts";
import {
  createdBy,
  LONG,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "#server/gateway-for-tests.ts";
import { expectWithin, fixedWorkNow } from "#server/time-limits-for-tests.ts";
import { createActivityStore } from "./activity-store.ts";
import { activityRow, addToRecord } from "./record-for-tests.ts";

const permissions = [{ action: "write", resource: "ci", note: "kept" }];

describeOnEachEngine("An export of the record", (engine) => {
  let gateway: TestGateway;
  let path: string;
  beforeEach(async () => {
    gateway = await startTestGateway({ engine });
    path = `/api/clusters/${gateway.options.clusters.main.cluster.slug}/activity/export`;
  });
  afterEach(() => gateway.close());

  const exported = async (query: string) => {
    const answer = await gateway.bearer("GET", `${path}?${query}`);
    expect(answer.status).toBe(200);
    return { text: await answer.text(), headers: answer.headers };
  };
  const deedsOf = async (query: string) => {
    const lines = (await exported(`format=jsonl&${query}`)).text.split("\n");
    expect(lines.pop()).toBe("");
    return lines.map((line) => activityDeedSchema.parse(JSON.parse(line)));
  };

  test("as JSON Lines it has each deed whole, as it is answered alone, and those that the filter means", async () => {
    const { id } = await createdBy(
      await gateway.bearer("POST", `${LONG}/tokens`, { description: "Café", permissions }),
    );
    gateway.pass(60_000);
    await gateway.bearer("PATCH", `${LONG}/tokens/${id}`, { description: "renamed" });
    await gateway.bearer("DELETE", `${LONG}/tokens/${randomUUID()}`);
    const all = await deedsOf("");
    expect(all.map(({ action, outcome }) => [action, outcome])).toEqual([
      ["revoke", "not_done"],
      ["update", "done"],
      ["create", "done"],
    ]);
    expect(all[1]).toMatchObject({
      before: { description: "Café", permissions },
      after: { description: "renamed", permissions },
      rows: [{ seq: 3 }, { seq: 4 }],
    });
    for (const deed of all) {
      const alone = await gateway.bearer("GET", path.replace(/export$/, deed.id));
      expect(await alone.json()).toEqual(deed);
    }
    const actionsOf = async (query: string) => (await deedsOf(query)).map(({ action }) => action);
    expect(await actionsOf("action=revoke&action=create")).toEqual(["revoke", "create"]);
    expect(await actionsOf("outcome=not_done")).toEqual(["revoke"]);
    expect(await actionsOf("q=cafe")).toEqual(["update", "create"]);
    expect(await actionsOf(`token=${id.toUpperCase()}`)).toEqual(["update", "create"]);
    expect(await actionsOf("until=2030-01-01T00:01:00Z")).toEqual(["create"]);
    expect(await actionsOf("from=2030-01-01T00:01:00Z&kind=database&q=renamed")).toEqual([]);
    const actor = encodeURIComponent(all[0]?.actor ?? "");
    expect(await actionsOf(`actor=${actor}`)).toEqual(["revoke", "update", "create"]);
    expect(await actionsOf("actor=nobody")).toEqual([]);
    const { headers, text } = await exported("format=jsonl");
    expect(headers.get("Content-Type")).toBe("application/x-ndjson; charset=utf-8");
    expect(headers.get("Content-Disposition")).toMatch(
      /^attachment; filename="activity-[a-z0-9-]+-2030-01-01\.jsonl"$/,
    );
    expect(headers.get("X-Content-Type-Options")).toBe("nosniff");
    expect(text).not.toContain(MANAGEMENT_TOKEN);
  });

  test("20. as CSV a description is text, whatever it is", async () => {
    for (const description of [
      "=1+1",
      "+1",
      "-1",
      "@x",
      "\t=1",
      "\r=1",
      'a "b", c',
      "two\nlines",
      "a;=1+1",
      "plain",
    ]) {
      await gateway.bearer("POST", `${LONG}/tokens`, { description });
    }
    const { text, headers } = await exported("format=csv");
    const [header, ...rows] = text.split("\r\n");
    expect(header).toBe(
      "id,at,endedAt,action,outcome,actor,session,kind,tokenId,description,reason,message,upstreamStatus,upstreamMessage,requestId,intentSeq,intentHash,outcomeSeq,outcomeHash",
    );
    expect(rows).toHaveLength(11);
    for (const cell of [
      ",'=1+1,",
      ",'+1,",
      ",'-1,",
      ",'@x,",
      ",'\t'=1,",
      `,"'\r'=1",`,
      ',"a ""b"", c",',
      ',"two\nlines",',
      ",a;'=1+1,",
      ",plain,",
    ]) {
      expect(text).toContain(cell);
    }
    expect(headers.get("Content-Type")).toContain("text/csv");
    expect((await exported("format=csv&q=nothing")).text).toBe(`${header}\r\n`);
    expect(csvRow(["", "x"])).toBe(",x\r\n");
  });

  test("a record of many pages is whole, in each form, compressed or not", async () => {
    const count = 1201;
    await addToRecord(
      gateway.database.db,
      Array.from({ length: count }, (_, index) => {
        const own = { account_id: ACCOUNT_ID, cluster_id: CLUSTER_ID, operation_id: randomUUID() };
        const intent = activityRow({ ...own, request_id: `r${index}` });
        return [intent, { ...intent, phase: "outcome" as const, outcome: "done" as const }];
      }).flat(),
    );
    const wanted = Array.from({ length: count }, (_, index) => `r${count - 1 - index}`);
    expect((await deedsOf("")).map(({ requestId }) => requestId)).toEqual(wanted);
    const packed = await gateway.bearer("GET", `${path}?format=csv`, undefined, {
      "Accept-Encoding": "gzip",
    });
    expect(packed.headers.get("Content-Encoding")).toBe("gzip");
    if (packed.body === null) throw new Error("no body");
    const unpacked = await new Response(packed.body.pipeThrough(new DecompressionStream("gzip"))).text();
    expect(
      unpacked
        .split("\r\n")
        .slice(1, -1)
        .map((line) => line.split(",")[14]),
    ).toEqual(wanted);
  });

  test("that breaks off breaks the connection, and never looks whole", async () => {
    await gateway.bearer("POST", `${LONG}/tokens`, { description: "x" });
    let isCut = false;
    const send = (env: { breakOff?: () => void }) =>
      gateway.send(`${path}?format=jsonl`, { headers: { Authorization: `Bearer ${MANAGEMENT_TOKEN}` } }, env);
    const answer = await send({});
    const cut = await send({ breakOff: () => (isCut = true) });
    await sql`alter table activity rename to activity_kept`.execute(gateway.database.db);
    await expect(answer.text()).rejects.toThrow(/./);
    void cut.text();
    await expect.poll(() => isCut).toBe(true);
    expect(gateway.logLines.join("")).toContain("a list broke off");
    // What is known before it begins is said as always.
    expect((await send({})).status).toBe(503);
  });
});

/** Milliseconds. */
const LONGEST_TURN = 50;

describeOnEachEngine("A record of 6,000 deeds", (engine) => {
  test("is paged without holding up others for long, whatever is in the details", async () => {
    const database = await engine.open();
    const scope = { accountId: "account", clusterId: "cluster" };
    const details = JSON.stringify({ after: { permissions: [{ note: "n".repeat(1000) }] } });
    await addToRecord(
      database.db,
      (function* () {
        for (let index = 0; index < 6000; index++) {
          const intent = activityRow({ operation_id: `${index}`, details });
          yield intent;
          yield { ...intent, phase: "outcome" as const, outcome: "done" as const, details: "{}" };
        }
      })(),
    );
    const store = createActivityStore(database.db, () => 0);
    await expectWithin(LONGEST_TURN, async () => {
      const took: number[] = [];
      let [at, spent] = [performance.now(), process.cpuUsage()];
      // Of a turn the clock says what it waited for too, and the process what its other threads did: neither less.
      const beat = setInterval(() => {
        const { user, system } = process.cpuUsage(spent);
        took.push(Math.min(performance.now() - at, (user + system) / 1000));
        [at, spent] = [performance.now(), process.cpuUsage()];
      }, 1);
      let read = 0;
      for await (const deeds of store.read(await store.newest(scope, 5000))) read += deeds.length;
      clearInterval(beat);
      expect(read).toBe(5000);
      expect(took.length).toBeGreaterThan(3);
      return { took, fixedWork: fixedWorkNow() };
    });
    await database.close();
  });
});
