import { relative } from "node:path";
import { expect, type BrowserContext } from "@playwright/test";
import type { FaultProxy } from "#e2e/fault-proxy.ts";
import type { GatewayProcess } from "#e2e/gateway-process.ts";
import { shownScreen, storedTokens, violations, type StoredToken } from "#e2e/invariants.ts";
import { bytesOf } from "./bytes.ts";
import { testsElsewhere } from "./printed.ts";

/**
 * The rules that can be held against a test that is written out: what it takes away on purpose (I4), what it has shown
 * (I3) and typed (I8) only the test itself knows.
 */
const APPLIED = ["I1", "I2", "I5", "I6", "I7", "I9"] as const;

/** Whether a cell of the fault matrix stands on this test. */
export function isOfMatrix({ file, title }: { file: string; title: string }): boolean {
  const path = relative(process.cwd(), file).replaceAll("\\", "/");
  return testsElsewhere().some((one) => one.file === path && one.title === title);
}

/** Compares what the pages of a test show at its end with the database, and both with what went over the wire. */
export async function expectInvariants(
  gateway: GatewayProcess,
  context: BrowserContext,
  proxy: FaultProxy | undefined,
  before: readonly StoredToken[],
): Promise<void> {
  for (const page of context.pages()) {
    // A list that was just asked for may still come.
    await expect(async () => {
      const evidence = {
        before,
        after: await storedTokens(gateway),
        screen: await shownScreen(page),
        browserLeg: proxy?.seen ?? [],
        upstreamLeg: [],
        presses: Infinity,
        secrets: [...(proxy?.secrets ?? [])],
        shownSecrets: [],
        madeElsewhere: [],
        typed: undefined,
        isDone: false,
        bytes: await bytesOf(gateway),
      };
      expect(violations(evidence, APPLIED)).toEqual([]);
    }).toPass({ intervals: [50, 100, 200], timeout: 5_000 });
  }
}
