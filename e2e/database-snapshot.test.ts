import { readdirSync } from "node:fs";
import { join } from "node:path";
import Database from "libsql";
import { afterEach, expect, test } from "vitest";
import { ACCEPT_CHANGES_HEADER, TOKEN_CHANGES } from "#contract/list-changes.ts";
import { GatewayProcess } from "./gateway-process.ts";
import { smallCluster } from "./some-tokens.ts";

// End-to-end tests share gateways: whatever one did to the data, the next finds what was there at the start.

/** From source, so that the run needs no build. */
const program = ["--import", "tsx", "src/server/main.ts"];
const LIST = "/api/v0/tokens";

let gateway: GatewayProcess | undefined;
afterEach(async () => {
  await gateway?.dispose();
});

/** All rows of all tables, without what each start over makes anew. */
async function allRows(of: GatewayProcess): Promise<Record<string, unknown[]>> {
  const tables = await of.databaseRows("SELECT name FROM sqlite_schema WHERE type = 'table'");
  const rows: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    if (name === "sign_in_codes") continue;
    rows[String(name)] = (await of.databaseRows(`SELECT * FROM "${String(name)}"`)).map((row) => ({
      ...row,
      list_epoch: undefined,
    }));
  }
  return rows;
}

/** Signs in by the present link; the cookie, or the status of the refusal. */
async function signIn(to: GatewayProcess): Promise<string | number> {
  const code = new URL(to.signInLink).searchParams.get("code");
  const answer = await to.api("/api/session", { method: "POST", cookie: "", body: { method: "link", code } });
  const [cookie = ""] = [answer.headers["set-cookie"] ?? []].flat();
  return answer.status === 200 ? (cookie.split(";")[0] ?? "") : answer.status;
}

test("a gateway that runs has its data put back, and takes nothing of what was there for what is", async () => {
  gateway = await GatewayProcess.start({ importTokens: smallCluster(), program });
  await gateway.keepData();
  const before = await allRows(gateway);
  const list = await gateway.api(LIST);
  const asIWas = await signIn(gateway);
  if (typeof asIWas === "number") throw new Error(`The link of the start was refused: ${String(asIWas)}`);

  const [first] = smallCluster();
  expect((await gateway.api(`${LIST}/${first?.id ?? ""}`, { method: "DELETE" })).status).toBe(204);
  const made = await gateway.api(LIST, { method: "POST", body: { description: "Made since" } });
  expect(made.status).toBe(200);
  expect(await allRows(gateway)).not.toEqual(before);
  const changed = await gateway.api(LIST);
  expect(changed.text).toContain("Made since");

  gateway.putDataBack();
  expect(await allRows(gateway)).toEqual(before);
  const again = await gateway.api(LIST);
  expect(again.json()).toEqual(list.json());
  // A page of before is told of no version that it could know.
  for (const { headers } of [list, changed]) {
    const known = { "If-None-Match": String(headers["etag"]), [ACCEPT_CHANGES_HEADER]: TOKEN_CHANGES };
    expect((await gateway.api(LIST, { headers: known })).status).toBe(200);
  }

  // Nobody is signed in any more, and somebody can be: once.
  expect((await gateway.api(LIST, { cookie: asIWas })).status).toBe(401);
  expect(await signIn(gateway)).toMatch(/^tokenward/);
  expect(await signIn(gateway)).toBe(401);

  // The record of who did what is guarded as before.
  await gateway.api(`${LIST}/${first?.id ?? ""}`, { method: "DELETE" });
  const [file = ""] = readdirSync(gateway.dataDir).filter((name) => name.endsWith(".db"));
  const database = new Database(join(gateway.dataDir, file));
  try {
    expect(() => database.exec("DELETE FROM activity")).toThrow(/never changed or removed/);
    expect(() => database.exec("UPDATE activity SET at = 0")).toThrow(/never changed or removed/);
  } finally {
    database.close();
  }
});
