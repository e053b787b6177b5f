import assert from "node:assert/strict";
import { countTests } from "./test_report.ts";

Deno.test("countTests adds up the suites without ignored tests", () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="7" failures="1" errors="1" time="0.1">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1"><testcase name="tests=&quot;9&quot;"/></testsuite>
    <testsuite name="./b_test.ts" tests="3" disabled="0" errors="1" failures="0"></testsuite>
</testsuites>`;
  assert.deepEqual(countTests(report), { passed: 4, failed: 2, failures: [] });
});

Deno.test("countTests counts a report without suites as no tests, and refuses other texts", () => {
  assert.deepEqual(countTests(`<testsuites name="deno test" tests="0" failures="0"></testsuites>`), {
    passed: 0,
    failed: 0,
    failures: [],
  });
  assert.equal(countTests(""), null);
  assert.equal(countTests("error: Module not found"), null);
});

Deno.test("countTests tells which tests failed, with the first line of each reason", () => {
  const report = `<testsuites><testsuite name="./a_test.ts" tests="2" failures="1">
        <testcase name="good" classname="./a_test.ts" time="0.001" line="1" col="6">
        </testcase>
        <testcase name="a &lt;b&gt; &amp;amp;" classname="./a_test.ts" time="0.001" line="2" col="55">
            <failure message="Uncaught Error: what
is this">Error: what
is this</failure>
        </testcase>
    </testsuite></testsuites>`;
  assert.deepEqual(countTests(report)?.failures, ["./a_test.ts: a <b> &amp;: Uncaught Error: what"]);
});
