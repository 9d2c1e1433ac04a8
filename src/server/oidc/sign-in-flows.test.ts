import { randomBytes } from "node:crypto";
import { expect, it, onTestFinished } from "vitest";
import { describeOnEachEngine } from "#server/database/engines-for-tests.ts";
import { createSignInFlows, FLOW_LIFE } from "./sign-in-flows.ts";

describeOnEachEngine("Sign-ins under way", (engine) => {
  it("are refused while there are more than people can begin, until some have ended", async () => {
    const database = await engine.open();
    onTestFinished(database.close);
    const { db } = database;
    let now = Date.parse("2030-01-01T00:00:00Z");
    const flows = createSignInFlows({ db, key: randomBytes(32), clock: () => now, random: randomBytes });
    const { state } = await flows.begin("browser", "/clusters/own");
    for (let start = 0; start < 10_000; start += 1000) {
      const rows = Array.from({ length: 1000 }, (_, at) => ({
        flow_hash: String(start + at),
        secrets: "",
        expires_at: now + FLOW_LIFE,
      }));
      await db.insertInto("sign_in_flows").values(rows).execute();
    }
    await expect(flows.begin("browser", undefined)).rejects.toMatchObject({ status: 503, retryAfter: 60 });
    // Who has begun before is not in the way of anybody.
    expect(await flows.finish("browser", state)).toMatchObject({ returnTo: "/clusters/own" });
    now += FLOW_LIFE;
    await flows.purge();
    expect(await flows.begin("browser", undefined)).toMatchObject({ state: expect.any(String) });
  });
});
