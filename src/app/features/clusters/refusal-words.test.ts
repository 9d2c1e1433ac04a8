import { expect, test } from "vitest";
import { refusalWords } from "./refusal-words.ts";

test("says what was refused and why, in the product's word for taking away", () => {
  expect(refusalWords({}, "revoke")).toBeUndefined();
  expect(refusalWords({ revokeDatabaseToken: "No." }, "delete")).toEqual({
    title: "You cannot delete tokens here.",
    reason: "No.",
  });
  expect(refusalWords({ createDatabaseToken: "No.", revokeDatabaseToken: "Never." }, "revoke")).toEqual({
    title: "You cannot create or revoke tokens here.",
    reason: "Never.",
  });
});

test("who was refused everything can only read", () => {
  const all = { createDatabaseToken: "No.", updateDatabaseToken: "No.", revokeDatabaseToken: "No." };
  expect(refusalWords(all, "revoke")?.title).toBe("You can only read here.");
});
