/** How many tests passed and failed. Ignored ones count as neither. */
export interface TestCount {
  readonly passed: number;
  readonly failed: number;
  /** Of those that failed and have a name: file, test and the first line of the reason. */
  readonly failures: readonly string[];
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
  return { passed, failed, failures: failuresIn(report) };
}

/** Begins a line of `deno task test` that names a test that failed. */
export const FAILED = "✘ ";

/** No tests. */
export const NO_TESTS: TestCount = { passed: 0, failed: 0, failures: [] };

export function added(one: TestCount, other: TestCount): TestCount {
  return {
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    failures: [...one.failures, ...other.failures],
  };
}

function failuresIn(report: string): readonly string[] {
  const failure = /<testcase name="([^"]*)" classname="([^"]*)"[^>]*>\s*<(?:failure|error) message="([^"\n]*)/g;
  return Array.from(
    report.matchAll(failure),
    ([, name = "", file = "", reason = ""]) => unescaped(`${file}: ${name}: ${reason}`),
  );
}

const ENTITIES: Readonly<Record<string, string>> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };

function unescaped(text: string): string {
  return text.replace(/&(lt|gt|quot|apos|amp);/g, (_, name: string) => ENTITIES[name] ?? "");
}
