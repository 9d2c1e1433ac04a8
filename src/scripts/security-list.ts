/** The part of vitest's JSON report that names tests. */
export interface NamedInVitest {
  testResults: { assertionResults: { status: string; title: string; ancestorTitles: string[] }[] }[];
}

/** The part of Playwright's JSON report that names tests. */
export interface NamedInPlaywright {
  suites: PlaywrightSuite[];
}

/** A file, or what `describe` makes. */
interface PlaywrightSuite {
  title: string;
  specs: { title: string; tests: { status: "expected" | "unexpected" | "flaky" | "skipped" }[] }[];
  suites?: PlaywrightSuite[];
}

/** What became of one test. */
export interface NamedResult {
  /** The suites around it, outermost first, and its own name. */
  titles: readonly string[];
  outcome: "passed" | "failed" | "skipped";
}

export interface SecurityList {
  text: string;
  /** The numbers that no passed test stands for, or a failed one. */
  faults: number[];
}

const SIGNS = { passed: "✓", failed: "✗", skipped: "–" } as const;

/** Each check with the tests that show it, in the order of the run. */
export function securityList(
  checks: Readonly<Record<number, string>>,
  results: readonly NamedResult[],
): SecurityList {
  const lines: string[] = [];
  const faults: number[] = [];
  let count = 0;
  for (const [key, demand] of Object.entries(checks)) {
    const number = Number(key);
    const tests = results.flatMap((result) => testOf(number, result));
    const isShown = tests.some(({ outcome }) => outcome === "passed");
    if (!isShown || tests.some(({ outcome }) => outcome === "failed")) faults.push(number);
    count += tests.length;
    lines.push(`${key.padStart(2)}  ${demand}`);
    for (const { name, outcome } of tests) lines.push(`    ${SIGNS[outcome]} ${name}`);
    if (!isShown) lines.push("    ✗ NO TEST OF THIS PASSED");
  }
  const sum =
    faults.length === 0
      ? `All ${String(Object.keys(checks).length)} security checks hold, in ${String(count)} tests.`
      : `Security checks that are not shown: ${faults.join(", ")}.`;
  return { text: ["Security checks, and the tests that show them", ...lines, sum].join("\n"), faults };
}

/** Its name without the number. Nothing of a test that is about something else. */
function testOf(number: number, { titles, outcome }: NamedResult) {
  const start = titles.findIndex((title) => title.startsWith(`${String(number)}. `));
  if (start < 0) return [];
  const name = titles
    .slice(start)
    .join(": ")
    .slice(`${String(number)}. `.length);
  return [{ name, outcome }];
}

/** The names of those that failed. */
export function failedTests(results: readonly NamedResult[]): string[] {
  return results.flatMap(({ titles, outcome }) => (outcome === "failed" ? [titles.join(" › ")] : []));
}

export function vitestResults(report: NamedInVitest | undefined): NamedResult[] {
  return (report?.testResults ?? []).flatMap(({ assertionResults }) =>
    assertionResults.map(({ ancestorTitles, title, status }) => ({
      titles: [...ancestorTitles, title],
      outcome: status === "passed" || status === "failed" ? status : "skipped",
    })),
  );
}

export function playwrightResults(report: NamedInPlaywright | undefined): NamedResult[] {
  return (report?.suites ?? []).flatMap((suite) => resultsIn(suite, []));
}

function resultsIn(suite: PlaywrightSuite, around: readonly string[]): NamedResult[] {
  const titles = [...around, suite.title];
  const own = suite.specs.map(({ title, tests }): NamedResult => {
    const isSkipped = tests.every(({ status }) => status === "skipped");
    const isGood = tests.every(({ status }) => status === "expected" || status === "skipped");
    return { titles: [...titles, title], outcome: isSkipped ? "skipped" : isGood ? "passed" : "failed" };
  });
  return [...own, ...(suite.suites ?? []).flatMap((inner) => resultsIn(inner, titles))];
}
