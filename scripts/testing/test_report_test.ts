import assert from "node:assert/strict";
import { countTests } from "./test_report.ts";

Deno.test("countTests adds up the suites without ignored tests", () => {
  const report = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="7" failures="1" errors="1" time="0.1">
    <testsuite name="./a_test.ts" tests="4" disabled="1" errors="0" failures="1"><testcase name="tests=&quot;9&quot;"/></testsuite>
    <testsuite name="./b_test.ts" tests="3" disabled="0" errors="1" failures="0"></testsuite>
</testsuites>`;
  assert.deepEqual(countTests(report), { passed: 4, failed: 2 });
});

Deno.test("countTests counts a report without suites as no tests, and refuses other texts", () => {
  assert.deepEqual(countTests(`<testsuites name="deno test" tests="0" failures="0"></testsuites>`), {
    passed: 0,
    failed: 0,
  });
  assert.equal(countTests(""), null);
  assert.equal(countTests("error: Module not found"), null);
});
