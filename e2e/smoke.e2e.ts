import { expect, signIn, test } from "./fixtures.ts";
import { drawnRows, headers, rowCount, tokensTable } from "./table.ts";

test.use({ own: "gateway", contextOptions: { reducedMotion: "no-preference" } });

test("a one-time link signs in and shows the database tokens", async ({ page, gateway }) => {
  await signIn(page, gateway.signInLink);
  const table = tokensTable(page);
  await expect(drawnRows(table).first()).toBeVisible();
  expect(await headers(table)).toEqual(
    expect.arrayContaining(["Status", "Description", "Token ID", "Databases", "Created At", "Expires At"]),
  );
  expect(page.url()).not.toContain("code=");

  const answer = await gateway.api("/api/v0/tokens");
  expect(answer.status).toBe(200);
  const active = await gateway.databaseRows(
    "SELECT id FROM database_tokens WHERE revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)",
    new Date().toISOString(),
  );
  expect(await rowCount(table)).toBe(active.length);
});
