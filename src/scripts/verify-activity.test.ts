import { execFile } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { sql } from "kysely";
import { expect, onTestFinished, test } from "vitest";
import * as z from "zod/mini";
import { readConfig } from "#server/config.ts";
import { openDatabase } from "#server/database/connect.ts";
import { startGateway } from "#server/main.ts";

const TOKEN = "canary-first-management-token-0123456789";

/** Revokes three tokens of a new cluster through a gateway that ships to `file`; six rows. */
async function revokeThree(directory: string, file: string): Promise<void> {
  const config = readConfig(["--port", "0", "--data-dir", directory, "--activity-file", file], {
    TOKENWARD_MANAGEMENT_TOKEN: TOKEN,
  });
  if (config === "help") throw new Error("help was asked for");
  const gateway = await startGateway(config, {
    print: () => undefined,
    writeLog: () => undefined,
    pageSource: async () => ({ pages: { answer: async () => new Response("page") } }),
  });
  try {
    const tokens = `${gateway.publicUrl}/api/v0/tokens`;
    const headers = { Authorization: `Bearer ${TOKEN}` };
    const listed = z
      .array(z.object({ id: z.string() }))
      .parse(await (await fetch(tokens, { headers })).json());
    for (const { id } of listed.slice(0, 3)) {
      expect((await fetch(`${tokens}/${id}`, { method: "DELETE", headers })).status).toBe(204);
    }
  } finally {
    await gateway.close();
  }
}

function verify(...args: string[]): Promise<{ code: number; lines: string[] }> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      ["--import", "tsx", "src/scripts/verify-activity.ts", ...args],
      (error, stdout, stderr) =>
        resolve({ code: Number(error?.code ?? 0), lines: `${stdout}${stderr}`.trimEnd().split("\n") }),
    );
  });
}

test("what was done is verified, and a changed row and a missing end are named, by the command", async () => {
  const directory = mkdtempSync(join(tmpdir(), "tokenward-verify-"));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const file = join(directory, "activity.jsonl");
  await revokeThree(directory, file);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readFileSync(file, "utf8")).not.toContain(TOKEN);

  const data = ["--data-dir", directory];
  // As a kill in the middle of a line leaves it.
  appendFileSync(file, '{"seq":7,"at"');
  const whole = await verify(...data, "--file", file);
  expect(whole.lines).toEqual([
    "6 rows followed from the beginning.",
    expect.stringMatching(/^Head: 6:[0-9a-f]{64}$/),
    `Line 7 of ${file} has no end: it was left out.`,
    "6 rows of --file compared.",
    "The record is whole.",
  ]);
  expect(whole.code).toBe(0);
  const head = whole.lines[1]?.replace("Head: ", "") ?? "";

  // Whoever may write the database may take its guards away.
  const { db, close } = await openDatabase({ file: join(directory, "tokenward.db") });
  onTestFinished(close);
  await sql`drop trigger activity_not_changed`.execute(db);
  await sql`drop trigger activity_not_removed`.execute(db);
  const { request_id: kept } = await db
    .selectFrom("activity")
    .select("request_id")
    .where("seq", "=", 3)
    .executeTakeFirstOrThrow();
  const change = (request_id: string) =>
    db.updateTable("activity").set({ request_id }).where("seq", "=", 3).execute();
  await change("another");
  expect(await verify(...data)).toEqual({
    code: 1,
    lines: [
      "2 rows followed from the beginning.",
      "Row 3: its fields are not those that it was written with.",
    ],
  });
  await change(kept);

  await db.deleteFrom("activity").where("seq", ">", 4).execute();
  const { hash } = await db
    .selectFrom("activity")
    .select("hash")
    .where("seq", "=", 4)
    .executeTakeFirstOrThrow();
  await db.updateTable("activity_head").set({ seq: 4, hash }).execute();
  expect((await verify(...data, "--file", file)).lines.at(-1)).toMatch(/^Row 5: it was there before/);
  const byHead = await verify(...data, `--head=${head}`);
  expect([byHead.code, byHead.lines.at(-1)]).toEqual([
    1,
    expect.stringMatching(/^Row 6: it was there before/),
  ]);

  const [first = "", second = ""] = readFileSync(file, "utf8").split("\n");
  writeFileSync(file, `${first}\n${second.replace('"done"', '"unknown"')}\n`);
  expect(await verify(...data, "--file", file)).toMatchObject({
    code: 2,
    lines: expect.arrayContaining([expect.stringContaining("Line 2 of")]),
  });
}, 60_000);
