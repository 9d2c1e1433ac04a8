import { beforeEach, describe, expect, it, vi } from "vitest";
import type { SettledOperation } from "#contract/operation-schema.ts";
import { keepPendingRotation, pendingRotationsOf } from "./pending-rotations.ts";
import { secretAgain } from "./secret-again.ts";

const rotation = { id: "r-1", oldTokenId: "old" };
const KEY = "the-key-of-the-attempt";
const startedAt = "2026-01-01T00:00:00Z";
const expiresAt = "2030-01-01T00:00:00Z";

/** What the gateway answers whoever asks what became of the attempt. */
let answers: SettledOperation;
let asked: number;

function answerOf(rotationId: string, expires: string | undefined = expiresAt) {
  return {
    rotation: {
      id: rotationId,
      kind: "management",
      state: "created",
      oldTokenId: "old",
      oldDescription: "CI",
      newDescription: "CI",
      newTokenId: "new",
      startedAt,
      startedBy: "somebody",
    },
    token: {
      id: "new",
      accountId: "a",
      description: "CI",
      tokenPrefix: "M.V1.abcd",
      createdAt: startedAt,
      createdBy: "somebody",
      expiresAt: expires,
      accessToken: "the secret",
    },
  };
}

beforeEach(() => {
  const kept = new Map<string, string>();
  asked = 0;
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
  });
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("fetch", () => {
    asked++;
    return Promise.resolve(Response.json(answers));
  });
  keepPendingRotation({
    operationKey: KEY,
    actor: "operator",
    slug: "own",
    kind: "management",
    tokenId: "old",
    expiresAt,
  });
  return () => vi.unstubAllGlobals();
});

const isKept = async () => (await pendingRotationsOf("own", rotation)).length === 1;

describe("the secret of a rotation that was left", () => {
  it("comes to who asked for it, with whether it ends as it was asked for", async () => {
    answers = { state: "done", startedAt, objectId: "r-1", answer: answerOf("r-1") };
    const found = await secretAgain("own", rotation, "operator");
    expect(found).toMatchObject({ kind: "secret", expiresAsAsked: true });
    expect(found.kind === "secret" && found.started.created.secret).toBe("the secret");
    answers = { state: "done", startedAt, objectId: "r-1", answer: answerOf("r-1", "2031-01-01T00:00:00Z") };
    expect(await secretAgain("own", rotation, "operator")).toMatchObject({ expiresAsAsked: false });
    expect(await isKept()).toBe(true);
  });

  it("is not asked for in another's name, whose answer would say nothing, and waits for who may", async () => {
    answers = { state: "unknown", startedAt };
    expect(await secretAgain("own", rotation, "management_token:m-1")).toEqual({ kind: "other_actor" });
    expect(asked).toBe(0);
    expect(await isKept()).toBe(true);
  });

  it.each<[string, SettledOperation, string]>([
    ["who signed in by another tab", { state: "unknown", startedAt }, "unclear"],
    ["never began", { state: "never_begun" }, "unclear"],
    ["runs still", { state: "in_progress", startedAt }, "running"],
  ])("the key is kept where it %s", async (_, answer, kind) => {
    answers = answer;
    expect(await secretAgain("own", rotation, "operator")).toEqual({ kind });
    expect(await isKept()).toBe(true);
  });

  it.each<[string, SettledOperation, string]>([
    ["was stored", { state: "done", startedAt, objectId: "r-1" }, "gone"],
    ["was that of another rotation", { state: "done", startedAt, objectId: "r-0" }, "other_tab"],
    ["was never made", { state: "failed", startedAt }, "other_tab"],
  ])("the key is forgotten where it %s", async (_, answer, kind) => {
    answers = answer;
    expect(await secretAgain("own", rotation, "operator")).toEqual({ kind });
    expect(await isKept()).toBe(false);
  });

  it("of another rotation is not shown for this one, and is kept for that one", async () => {
    answers = { state: "done", startedAt, objectId: "r-2", answer: answerOf("r-2") };
    expect(await secretAgain("own", rotation, "operator")).toEqual({ kind: "other_tab" });
    expect(await pendingRotationsOf("own", { ...rotation, id: "r-2" })).toHaveLength(1);
  });
});
