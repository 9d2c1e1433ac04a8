import { describe, expect, it } from "vitest";
import {
  hashSecret,
  newDatabaseTokenSecret,
  newManagementTokenSecret,
  sameHash,
  tokenPrefix,
} from "./secrets.ts";

describe("secrets", () => {
  it("makes database token secrets in the vendor's form, of 64 characters or more", () => {
    const secret = newDatabaseTokenSecret();
    expect(secret).toMatch(/^apiv1_[\w-]{58,}$/);
    expect(newDatabaseTokenSecret()).not.toBe(secret);
  });

  it("makes management token secrets of 256 bits in a form of their own", () => {
    const secret = newManagementTokenSecret();
    expect(secret).toMatch(/^twm1_[\w-]{43}$/);
    expect(newManagementTokenSecret()).not.toBe(secret);
  });

  it("hashes with SHA-256", () => {
    expect(hashSecret("abc")).toBe("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  });

  it("compares hashes", () => {
    const hash = hashSecret("abc");
    expect(sameHash(hash, hashSecret("abc"))).toBe(true);
    expect(sameHash(hash, hashSecret("abd"))).toBe(false);
    expect(sameHash(hash, hash.slice(1))).toBe(false);
  });

  it("shows four characters of a secret's random part", () => {
    expect(tokenPrefix("twm1_ab3dXYZ")).toBe("twm1_ab3d");
    expect(tokenPrefix("some-token-from-elsewhere-0123456789")).toBe("some");
  });
});
