import { CspEvaluator } from "csp_evaluator/dist/evaluator.js";
import { type Finding, Severity } from "csp_evaluator/dist/finding.js";
import { CspParser } from "csp_evaluator/dist/parser.js";
import { afterAll, beforeAll, expect, test } from "vitest";
import { serveTestGateway, type ServedGateway } from "./served-gateway-for-tests.ts";

let served: ServedGateway;
beforeAll(async () => {
  served = await serveTestGateway();
});
afterAll(() => served.close());

/** From 10 (bad) to 100 (nothing): https://github.com/google/csp-evaluator, finding.ts. */
function findingsOf(policy: string): Finding[] {
  return new CspEvaluator(new CspParser(policy).csp).evaluate();
}
const seriousOf = (policy: string) =>
  findingsOf(policy)
    .filter(({ severity }) => severity <= Severity.HIGH_MAYBE)
    .map(({ directive, description, severity }) => `${String(severity)} ${directive}: ${description}`);

test("1. Google's evaluator of policies has nothing serious to say about the one that is served", async () => {
  for (const path of ["/", "/api/session", "/api/nothing", "/assets/none.js"]) {
    const policy = (await fetch(served.url + path)).headers.get("Content-Security-Policy") ?? "";
    expect(policy).toContain("require-trusted-types-for 'script'");
    expect([path, seriousOf(policy)]).toEqual([path, []]);
  }
});

test("and it does say something about one that lets more in", async () => {
  const policy = (await fetch(served.url)).headers.get("Content-Security-Policy") ?? "";
  for (const looser of [
    policy.replace("script-src 'self'", "script-src 'self' 'unsafe-inline'"),
    policy.replace("script-src 'self'", "script-src *"),
    policy
      .replace("script-src 'self'; ", "")
      .replace("default-src 'none'; ", "")
      .replace("object-src 'none'; ", ""),
  ]) {
    expect(seriousOf(looser).length).toBeGreaterThan(0);
  }
});
