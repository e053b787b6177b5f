/** How many tests passed and failed. Ignored ones count as neither. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
}

/** Counts of a JUnit report that `deno test --junit-path` wrote; `null` for any other text. */
export function countTests(report: string): TestCount | null {
  const suites = [...report.matchAll(/<testsuite\s[^>]*>/g)].map(([tag]) => tag);
  if (!/<testsuites[\s>]/.test(report)) return null;
  let [passed, failed] = [0, 0];
  for (const tag of suites) {
    const number = (name: string) => Number(new RegExp(`\\s${name}="(\\d+)"`).exec(tag)?.[1] ?? 0);
    const broken = number("failures") + number("errors");
    failed += broken;
    passed += number("tests") - broken - number("disabled") - number("skipped");
  }
  return { passed, failed };
}
