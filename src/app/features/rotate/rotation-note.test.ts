import { describe, expect, it } from "vitest";
import { rotationPart } from "./rotation-note.tsx";

const rotation = {
  state: "overlap",
  oldTokenId: "old",
  newTokenId: "new",
  oldDescription: "Old one",
} as const;

describe("rotationPart", () => {
  it("tells the replacement from the one that is replaced", () => {
    expect(rotationPart([rotation], "new")).toEqual({ part: "replacement", of: "Old one" });
    expect(rotationPart([rotation], "old")).toEqual({ part: "replaced" });
    expect(rotationPart([rotation], "another")).toBeUndefined();
  });

  it.each(["creating", "created"] as const)("says of %s that the old one is still needed", (state) => {
    const early = { ...rotation, state, newTokenId: undefined };
    expect(rotationPart([early], "old")).toEqual({ part: "replaced_early" });
  });

  it("names what a token is needed for when it is replaced itself", () => {
    const next = { ...rotation, oldTokenId: "new", newTokenId: "newer", oldDescription: "New one" };
    expect(rotationPart([next, rotation], "new")).toEqual({ part: "replacement", of: "Old one" });
  });
});
