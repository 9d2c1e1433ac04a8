import { afterEach, expect, test } from "vitest";
import { CHAOS_HEADER } from "#contract/headers.ts";
import { SeededRandom } from "./database/seeded-random.ts";
import {
  LONG,
  MANAGEMENT,
  MANAGEMENT_TOKEN,
  startTestGateway,
  type TestGateway,
} from "./gateway-for-tests.ts";
import { hashSecret } from "./secrets.ts";

let gateway: TestGateway | undefined;
afterEach(async () => {
  await gateway?.close();
  gateway = undefined;
});

/** A gateway whose own cluster fails like that; waiting takes no time, and is written down. */
async function chaotic(percent: number, seed = 6): Promise<{ gateway: TestGateway; waited: number[] }> {
  const random = new SeededRandom(seed);
  const waited: number[] = [];
  gateway = await startTestGateway({
    mutationRate: 1_000_000,
    chaos: {
      percent,
      fraction: () => random.fraction(),
      wait: async (milliseconds) => void waited.push(milliseconds),
    },
  });
  return { gateway, waited };
}

const KINDS = 6;

/** The kind of fault that the answer carries; "" for none. */
const kindOf = (answer: Response) => answer.headers.get(CHAOS_HEADER) ?? "";

test("the share is what was asked for, every kind occurs, and all that is spoilt says so", async () => {
  const { gateway, waited } = await chaotic(20);
  const counts = new Map<string, number>();
  for (let at = 0; at < 400; at++) {
    const answer = await gateway.bearer("GET", `${LONG}/tokens`);
    const kind = kindOf(answer);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
    const text = await answer.text().catch(() => "cut off");
    const isWhole = answer.status === 200 && text === "[]";
    expect(isWhole, `${kind}: ${String(answer.status)} ${text}`).toBe(kind === "" || kind === "delay");
  }
  const spoilt = 400 - (counts.get("") ?? 0);
  expect(spoilt).toBeGreaterThan(56);
  expect(spoilt).toBeLessThan(104);
  expect([...counts.keys()].toSorted()).toEqual(
    ["", "answer-lost", "broken-json", "cut-off", "delay", "not-acted", "rate-limited"].toSorted(),
  );
  expect(waited).toHaveLength(counts.get("delay") ?? 0);
  expect(Math.max(...waited)).toBeLessThanOrEqual(3_000);
});

test("nothing is lost: what was acted on is in the database, what was not is not, and a repeat has no second effect", async () => {
  const { gateway } = await chaotic(100);
  const seen = new Set<string>();
  // The rarest kind is one in sixteen.
  for (let at = 0; seen.size < KINDS && at < 200; at++) {
    const description = `Token ${String(at)}`;
    const headers = { "Idempotency-Key": `chaos-${String(at).padStart(20, "0")}` };
    let broken = 0;
    const ask = () =>
      gateway.send(
        `${LONG}/tokens`,
        {
          method: "POST",
          body: JSON.stringify({ description }),
          headers: {
            Authorization: `Bearer ${MANAGEMENT_TOKEN}`,
            "Content-Type": "application/json",
            ...headers,
          },
        },
        { breakOff: () => (broken += 1) },
      );
    const answer = await ask();
    const kind = kindOf(answer);
    seen.add(kind);
    const rows = await gateway.database.db
      .selectFrom("database_tokens")
      .select(["description", "secret_hash"])
      .where("description", "=", description)
      .execute();
    const acted = kind !== "not-acted" && kind !== "rate-limited";
    expect(rows, kind).toHaveLength(acted ? 1 : 0);
    if (kind === "answer-lost") expect(broken).toBe(1);
    if (kind === "rate-limited") expect(answer.headers.get("Retry-After")).toMatch(/^[1-5]$/);
    // Sent again until an answer comes through, it is the same token, and its secret has not been lost.
    let whole: unknown;
    for (let tries = 0; whole === undefined && tries < 100; tries++) {
      const repeated = await ask();
      const text = await repeated.text().catch(() => "");
      if (repeated.status === 200 && kindOf(repeated) === "delay") whole = JSON.parse(text);
    }
    expect(whole).toMatchObject({ description });
    const secret = String(Reflect.get(Object(whole), "accessToken"));
    const kept = await gateway.database.db
      .selectFrom("database_tokens")
      .select("secret_hash")
      .where("description", "=", description)
      .execute();
    expect(kept).toEqual([{ secret_hash: hashSecret(secret) }]);
    expect(gateway.logLines.join("\n")).not.toContain(secret);
  }
  expect(seen.size).toBe(KINDS);
});

test("sign-in, the pages, health and other clusters are left alone, and nothing at 0", async () => {
  const { gateway } = await chaotic(100);
  const cookie = await gateway.signIn();
  for (const path of ["/", "/healthz", "/api/session", "/api/clusters", "/api/v0/openapi.json"]) {
    const answer = await gateway.page("GET", path, { cookie });
    expect([answer.status, kindOf(answer)], path).toEqual([200, ""]);
  }
  const elsewhere = `/api/v0/accounts/${crypto.randomUUID()}/clusters/${crypto.randomUUID()}/tokens`;
  expect(kindOf(await gateway.bearer("GET", elsewhere))).toBe("");
  for (const path of [`${LONG}/tokens`, `${LONG}/databases`, "/api/v0/tokens", MANAGEMENT]) {
    expect(kindOf(await gateway.bearer("GET", path)), path).not.toBe("");
  }
  await gateway.close();
  const calm = await chaotic(0);
  for (let at = 0; at < 20; at++) expect(kindOf(await calm.gateway.bearer("GET", "/api/v0/tokens"))).toBe("");
});
