import { renderToStaticMarkup } from "react-dom/server";
import { expect, it } from "vitest";
import type { RowPlace } from "#app/table/columns.ts";
import { drawCells } from "#app/table/data-row.tsx";
import { drawDatabases, drawId, drawOptions, drawStatus, type TokenScene } from "./token-cells.tsx";
import { databaseTokenColumns } from "./token-columns.tsx";
import { MILLIS_PER_DAY, type ListedToken } from "./token-index.ts";

const now = Date.UTC(2026, 0, 10);
const scene: TokenScene = { now, credentialId: undefined, room: "ample" };
const quiet: RowPlace = { tabIndex: -1, attended: false };
const attended: RowPlace = { tabIndex: 0, attended: true };
const token: ListedToken = {
  id: "0b3a9f3e-55f3-4c38-9a0e-0d5f5b1c7a11",
  description: "CI writer",
  createdAt: "2026-01-09T00:00:00Z",
  expiresAt: "2026-01-20T00:00:00Z",
  permissions: ["a", "b", "c", "d"].map((resource) => ({ action: "read", resource })),
};

it("says the exact words in tooltips only where somebody looks, and the same words on the row everywhere", () => {
  const row = (place: RowPlace) => renderToStaticMarkup(drawCells(databaseTokenColumns, token, scene, place));
  const text = (html: string) => html.replace(/<[^>]*>/g, "");
  const [withTitles, bare] = [row(attended), row(quiet)];
  expect(text(bare)).toBe(text(withTitles));
  expect(bare.replaceAll('title="Options"', "")).not.toContain(" title=");
  for (const title of [
    /Active until [^"]*\(2026-01-20T00:00:00Z\)/,
    /CI writer/,
    RegExp(`${token.id} – click to copy`),
    /a: read/,
    /[^"]*, 1 day ago/,
    /[^"]*, in 10 days/,
  ])
    expect(withTitles).toMatch(RegExp(` title="${title.source}"`));
});

it("keeps translators from what somebody wrote, and not from what is said where nothing stands", () => {
  const cells = (changes: Partial<ListedToken>) =>
    renderToStaticMarkup(drawCells(databaseTokenColumns, { ...token, ...changes }, scene, quiet));
  expect(cells({})).toMatch(/<div[^>]* translate="no"[^>]*>CI writer</);
  expect(cells({ description: "" })).toMatch(/<div(?![^>]* translate=)[^>]*>No description</);
});

it("puts the controls of the active row alone into the tab order", () => {
  for (const draw of [drawId, drawDatabases, drawOptions]) {
    expect(renderToStaticMarkup(draw(token, scene, attended))).toMatch(/<button[^>]* tabindex="0"/);
    const others = renderToStaticMarkup(draw(token, scene, quiet));
    expect(others).toMatch(/<button[^>]* tabindex="-1"/);
    expect(others).not.toContain('tabindex="0"');
  }
});

it("says what a code means, apart from the name before it", () => {
  const html = renderToStaticMarkup(drawDatabases(token, scene, quiet));
  expect(html).toMatch(/>a <span[^>]* role="img" aria-label="read">R</);
  const shrinking = renderToStaticMarkup(drawDatabases(token, { ...scene, room: "usual" }, quiet));
  expect(shrinking).toMatch(/a<\/span> <span[^>]* role="img" aria-label="read">R</);
});

it("counts the databases that there is no room for", () => {
  const permissions = ["plant", "energy", "ops"].map((resource) => ({ action: "read", resource }));
  const words = (room: TokenScene["room"]) =>
    renderToStaticMarkup(drawDatabases({ ...token, permissions }, { ...scene, room }, quiet)).replace(
      /<[^>]*>/g,
      "",
    );
  expect(words("ample")).toBe("energy Rops R+1");
  expect(words("usual")).toBe("energy Rops R+1");
  expect(words("little")).toBe("energy R+2");
  // Asked again for another room, it is not what was drawn for the first.
  expect(words("ample")).toBe("energy Rops R+1");
});

it("draws what many rows have in common once", () => {
  const same = { ...token, id: "another", description: "Another" };
  expect(drawDatabases(same, scene, quiet)).toBe(drawDatabases(token, scene, quiet));
  const forever = { ...token, expiresAt: undefined };
  expect(drawStatus(forever, scene, quiet)).toBe(drawStatus({ ...forever, id: "other" }, scene, quiet));
  // By their permissions, not by their number.
  const other = { ...token, permissions: token.permissions?.map((each) => ({ ...each, action: "write" })) };
  expect(drawDatabases(other, scene, quiet)).not.toBe(drawDatabases(token, scene, quiet));
});

it("names every state of a token", () => {
  const words = (changes: Partial<ListedToken>) =>
    renderToStaticMarkup(drawStatus({ ...token, ...changes }, scene, quiet)).replace(/<[^>]*>/g, "");
  expect(words({ expiresAt: undefined })).toBe("Active");
  expect(words({})).toBe("Expiring");
  expect(words({ expiresAt: new Date(now).toISOString() })).toBe("Expired");
  expect(words({ expiresAt: new Date(now + 30 * MILLIS_PER_DAY).toISOString() })).toBe("Active");
  expect(words({ revokedAt: "2026-01-09T00:00:00Z" })).toBe("Revoked");
});

it("says of a suspended token who suspended it and when, and nothing of one that was given permissions again", () => {
  const suspended: ListedToken = {
    ...token,
    permissions: [],
    suspendedAt: "2026-01-09T12:00:00Z",
    suspendedBy: "Ada\u202e",
  };
  const drawn = renderToStaticMarkup(drawStatus(suspended, scene, attended));
  expect(drawn).toContain("Suspended</span>");
  expect(drawn).toMatch(/title="Suspended .*\(2026-01-09T12:00:00Z\) by Ada/);
  expect(drawn).not.toContain("\u202e");
  expect(renderToStaticMarkup(drawStatus(suspended, scene, quiet))).not.toContain("title=");
  const changed = { ...suspended, permissions: token.permissions };
  expect(renderToStaticMarkup(drawStatus(changed, scene, quiet))).toContain("Expiring");
  const revoked = { ...suspended, revokedAt: "2026-01-09T13:00:00Z" };
  expect(renderToStaticMarkup(drawStatus(revoked, scene, quiet))).toContain("Revoked");
});

it("says that a token is deactivated, whatever it may do, and when it was changed last, which is all that is known", () => {
  const deactivated: ListedToken = {
    ...token,
    suspendedAt: "2026-01-09T12:00:00Z",
    isDeactivated: true,
  };
  expect(deactivated.permissions).not.toEqual([]);
  const drawn = renderToStaticMarkup(drawStatus(deactivated, scene, attended));
  expect(drawn).toMatch(/title="Last changed .*\(2026-01-09T12:00:00Z\)"/);
  for (const place of [attended, quiet]) {
    expect(renderToStaticMarkup(drawStatus(deactivated, scene, place))).toContain("Deactivated</span>");
  }
});
