import { expect, it } from "vitest";
import { readCreated } from "./create-token-api.ts";

const token = { id: "t-1", description: "CI", permissions: [], createdAt: "2026-01-02T03:04:05Z", later: 1 };

it("keeps a secret apart from the token that goes into the list", async () => {
  const created = await readCreated("database", { ...token, accessToken: "the secret" });
  expect(created).toEqual({ token, secret: "the secret" });
  expect(JSON.stringify(created?.token)).not.toContain("the secret");
});

it("takes nothing for a creation that has no secret or is no token of that kind", async () => {
  expect(await readCreated("database", token)).toBeUndefined();
  expect(await readCreated("database", { ...token, accessToken: "" })).toBeUndefined();
  expect(await readCreated("management", { ...token, accessToken: "the secret" })).toBeUndefined();
  expect(await readCreated("database", "<html>")).toBeUndefined();
});
