import assert from "node:assert/strict";
import { chosen } from "./main.ts";
import { mergeRows, resultTable, withTable } from "./report.ts";
import { resultLine, type ResultRow, sumAudits } from "./result.ts";
import { SCENARIOS } from "./scenarios.ts";

const row = (over: Partial<ResultRow> = {}): ResultRow => ({
  scenario: "a",
  client: "kafkajs",
  version: "v2",
  read: 10,
  acked: 10,
  dead_lettered: 0,
  found: 10,
  missing: 0,
  twice: 0,
  late: 0,
  recovery_s: 1.5,
  peak_rss_mb: 200,
  seconds: 3,
  exit: 0,
  note: "",
  problems: [],
  date: "2026-01-02",
  ...over,
});

const AUDIT = {
  topic: "t",
  schema_version: "v2",
  expected: 10,
  found: 9,
  missing: 1,
  twice: 2,
  different: 0,
  out_of_order: 3,
  late_loads: 0,
  replayed: 0,
  other_ids: 0,
  unexpected: 0,
  others: 0,
  undecodable: 0,
  bad_rows: 0,
  shared: 0,
  repeated: 0,
  id_reused: 0,
  id_reused_ids: [],
  schema_ids: {},
  days: {},
  missing_ids: [],
  match: "ids",
  examples: { missing: [], twice: [], different: [], out_of_order: [], unexpected: [] },
} as const;

Deno.test("sumAudits() adds the counts of all versions and names problems", () => {
  const sum = sumAudits([AUDIT, { ...AUDIT, different: 4, unexpected: 5 }]);
  assert.deepEqual(sum, { found: 18, missing: 2, twice: 4, late: 6, problems: ["4 different", "5 unexpected"] });
});

Deno.test("resultLine() begins with the verdict and names each problem", () => {
  assert.match(resultLine(row()), /^ok {3}a \(kafkajs, v2\): read 10/);
  assert.match(resultLine(row({ missing: 1, problems: ["1 rows are missing"] })), /^FAIL a .*\n +1 rows are missing/);
});

Deno.test("mergeRows() keeps the latest row of a scenario, client and version, in the scenarios' order", () => {
  const scenarios = [{ name: "b" }, { name: "a" }];
  const old = [row({ acked: 1 }), row({ scenario: "gone" }), row({ client: "platformatic" })];
  const merged = mergeRows(old, [row({ acked: 2 }), row({ scenario: "b" })], scenarios);
  assert.deepEqual(merged.map(({ scenario, client, acked }) => [scenario, client, acked]), [
    ["b", "kafkajs", 10],
    ["a", "kafkajs", 2],
    ["a", "platformatic", 10],
  ]);
});

Deno.test("resultTable() says when and where, and names unexpected results", () => {
  const machine = { cores: 2, memory_gib: 23, os: "linux 6 x86_64", deno: "2.9.6" };
  const rows = [row(), row({ date: "2026-01-03", recovery_s: null, problems: ["a | b"] })];
  const table = resultTable({ machine, rows });
  assert.match(table, /^Measured 2026-01-02 to 2026-01-03 on 2 cores, 23 GiB/);
  const cells = table.trim().split("\n").slice(-1)[0]?.split(" | ") ?? [];
  assert.equal(cells.at(-1), "a / b |");
  assert.equal(
    new Set(table.split("\n").slice(2).map((line) => line.split("|").length)).size,
    1,
    "equally many columns",
  );
});

Deno.test("withTable() replaces what stands between the marks, and nothing else", () => {
  const page = "before\n<!-- results: begin -->\nold\n<!-- results: end -->\nafter";
  assert.equal(withTable(page, "new"), "before\n<!-- results: begin -->\n\nnew\n\n<!-- results: end -->\nafter");
  assert.throws(() => withTable("no marks", "new"));
});

Deno.test("chosen() selects by names, parts of names, numbers and sets; without words all but the longest", () => {
  const names = (...words: string[]) => chosen(words).map(({ name }) => name);
  assert.deepEqual(names("broker-killed-5s"), ["broker-killed-5s"]);
  assert.ok(names("killed").includes("leader-killed") && !names("killed").includes("broker-killed-20"));
  assert.deepEqual(names("broker-killed-20"), ["broker-killed-20"]);
  assert.ok(names("f5").includes("registry-down-30s"));
  assert.ok(names("soak").length > 0 && names().every((name) => !names("soak").includes(name)));
  assert.deepEqual(names("no such"), []);
});

const PAGE = await Deno.readTextFile(new URL("../../docs/reliability.md", import.meta.url));
const COVERAGE = PAGE.slice(PAGE.indexOf("## What covers what"), PAGE.indexOf("## What cannot be met"));

Deno.test("docs/reliability.md says what covers each fault, with every scenario at its numbers and existing files", async () => {
  for (const [, text = ""] of COVERAGE.matchAll(/([\w/]+_test\.ts)/g)) {
    assert.ok((await Deno.stat(new URL(`../../${text}`, import.meta.url))).isFile, text);
  }
  const rows = COVERAGE.split("\n").filter((line) => /^\| [FI]\d/.test(line));
  const covered = rows.flatMap((line) => {
    const number = /^\| ([FI]\d+)/.exec(line)?.[1] ?? "";
    return [...line.matchAll(/`([\w-]+)`/g)].map(([, name]) => `${number} ${name}`);
  });
  const expected = SCENARIOS.flatMap(({ name, covers }) => covers.map((number) => `${number} ${name}`));
  assert.deepEqual(covered.toSorted(), expected.toSorted());
  const upTo = (letter: string, last: number) => Array.from({ length: last }, (_, at) => `${letter}${at + 1}`);
  const numbers = [...upTo("F", 24).filter((number) => number !== "F18"), ...upTo("I", 6)];
  assert.deepEqual(rows.map((line) => /^\| ([FI]\d+)/.exec(line)?.[1]), numbers);
});

Deno.test("SCENARIOS have distinct names", () => {
  assert.equal(new Set(SCENARIOS.map(({ name }) => name)).size, SCENARIOS.length);
});
