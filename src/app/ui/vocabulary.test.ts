import { expect, it } from "vitest";
import { inOtherWords } from "./vocabulary.ts";

it("says whole words otherwise, with their capital letters, and leaves all others", () => {
  const say = inOtherWords({ revoke: "delete", revoked: "deleted" });
  expect(say("Revoke Token: it was revoked. Revoker constructor")).toBe(
    "Delete Token: it was deleted. Revoker constructor",
  );
});
