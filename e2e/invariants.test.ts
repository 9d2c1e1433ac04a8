import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { SeenRequest } from "./fault-proxy.ts";
import { invariants, violations, type Evidence, type Invariant, type StoredToken } from "./invariants.ts";

const secret = "apiv1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

const token = (id: string, more: Partial<StoredToken> = {}): StoredToken => ({
  id,
  description: `Token ${id}`,
  permissions: ["read:builds", "write:builds"],
  isRevoked: false,
  kept: undefined,
  secretHash: undefined,
  ...more,
});

const made = token("new", { secretHash: createHash("sha256").update(secret).digest("hex") });

function request(method: string, url: string, more: Partial<SeenRequest> = {}): SeenRequest {
  return {
    method,
    url,
    headers: { "idempotency-key": "key-1" },
    fault: undefined,
    forwarded: 1,
    status: 200,
    ...more,
  };
}

const screen: Evidence["screen"] = {
  rows: [
    { description: "Token a", status: "Active" },
    { description: "Token b", status: "Revoked" },
  ],
  text: 'Revoked "Token b"\n3 tokens, 2 active',
  dialogs: [],
  typed: ["what was typed"],
  total: 3,
  everything: "<html></html>",
};

/** A token was created and another one revoked, and everything is as it must be. */
const good: Evidence = {
  before: [token("a"), token("b")],
  after: [token("a"), token("b", { isRevoked: true }), made],
  screen,
  browserLeg: [request("DELETE", "/api/v0/tokens/b"), request("GET", "/api/v0/tokens")],
  upstreamLeg: [request("DELETE", "/api/v0/tokens/b")],
  presses: 1,
  secrets: [secret],
  shownSecrets: [secret],
  madeElsewhere: [],
  typed: "what was typed",
  isDone: false,
  bytes: Buffer.from("ciphertext"),
};

/** Each rule is broken in each way that it is about. */
const broken: Readonly<Record<Invariant, readonly Partial<Evidence>[]>> = {
  I1: [
    { screen: { ...screen, rows: [{ description: "Token a", status: "Revoked" }] } },
    { screen: { ...screen, text: 'Revoked "Token a"' } },
    { screen: { ...screen, text: 'Revoked "Nobody"' } },
  ],
  I2: [
    {
      screen: {
        ...screen,
        dialogs: [
          {
            text: "It is not known whether the token was revoked.",
            buttons: ["Check again", "Revoke Token"],
          },
        ],
      },
    },
    { screen: { ...screen, text: 'Saved "Token z"' } },
    { screen: { ...screen, text: 'Suspended "Token a"' } },
    {
      isDone: true,
      screen: { ...screen, dialogs: [{ text: "The changes were not saved.", buttons: ["Save Changes"] }] },
    },
  ],
  I3: [
    { shownSecrets: [] },
    { shownSecrets: [secret, secret] },
    { after: good.after.slice(0, 2), screen: { ...screen, total: 2 } },
    { after: [...good.after, token("another")], screen: { ...screen, total: 4 } },
  ],
  I4: [
    { after: [token("a", { permissions: ["read:builds"] }), ...good.after.slice(1)] },
    { after: good.after.slice(1), screen: { ...screen, total: 2 } },
    { after: [token("a", { permissions: [], kept: ["read:builds"] }), ...good.after.slice(1)] },
  ],
  I5: [
    {
      browserLeg: [
        request("DELETE", "/api/v0/tokens/b"),
        request("DELETE", "/api/v0/tokens/b", { headers: { "idempotency-key": "key-2" } }),
      ],
    },
    { browserLeg: [request("DELETE", "/api/v0/tokens/b", { headers: {} })] },
    { browserLeg: [request("DELETE", "/api/v0/tokens/b"), request("DELETE", "/api/v0/tokens/a")] },
    { upstreamLeg: [request("DELETE", "/api/v0/tokens/b"), request("DELETE", "/api/v0/tokens/b")] },
  ],
  I6: [{ screen: { ...screen, total: 1 } }],
  I7: [{ browserLeg: [request("GET", "/api/v0/tokens", { fault: "reset-before-forwarding" })] }],
  I8: [{ screen: { ...screen, typed: [""] } }],
  I9: [
    { screen: { ...screen, everything: `<html>${secret}</html>` } },
    { bytes: Buffer.from(`log ${secret}`) },
  ],
};

test("everything as it must be is no violation", () => {
  expect(violations(good)).toEqual([]);
  // Re-sent by the browser with its key, and sent on once: what a key is for.
  const resent = [...good.browserLeg, ...good.browserLeg];
  expect(violations({ ...good, browserLeg: resent })).toEqual([]);
  // Unknown accounts for a token as well, as long as nothing offers to repeat it.
  const unknown = { text: "It is not known whether the token was created.", buttons: ["Check again"] };
  expect(
    violations({ ...good, shownSecrets: [], screen: { ...screen, text: unknown.text, dialogs: [unknown] } }),
  ).toEqual([]);
});

test.each(invariants)("%s is noticed when it is broken", (name) => {
  expect(broken[name].length).toBeGreaterThan(0);
  for (const change of broken[name]) {
    const found = violations({ ...good, ...change }).map((sentence) => sentence.slice(0, 2));
    expect(new Set(found), JSON.stringify(change)).toEqual(new Set([name]));
  }
});
