import assert from "node:assert/strict";
import { findViolations } from "./import_rules.ts";

/** Messages for files, given as path and text; the files must include every imported path. */
function messages(files: Readonly<Record<string, string>>): readonly string[] {
  const tree = Object.entries(files).map(([path, text]) => ({ path, text }));
  return findViolations(tree).map(({ file, line, message }) => `${file}:${line} ${message}`);
}

Deno.test("findViolations() accepts the arrows of the design", () => {
  assert.deepEqual(
    messages({
      "schemas/a.ts": "",
      "kernel/clock.ts": "export const now = () => Date.now();",
      "records/b.ts": 'import { a } from "../schemas/a.ts";\nimport { x } from "decimal.js";',
      "wasm/scratch.ts": 'import { memory } from "./record_path.wasm";',
      "records/w.ts": 'import { f } from "../wasm/record_path.wasm";\nimport { s } from "../wasm/scratch.ts";',
      "transport/log.ts": 'import { Kafka } from "kafkajs";\nimport { now } from "../kernel/clock.ts";',
      "actors/producers/p.ts":
        'import { LogError } from "../../transport/log.ts";\nimport type { B } from "../../records/b.ts";',
      "runtime.ts": 'import { p } from "./actors/producers/p.ts";',
      "cli/main.ts": 'import { r } from "../runtime.ts";\nimport { Command } from "commander";',
      "actors/p_test.ts": 'import { m } from "../cli/main.ts";\nsetTimeout(() => {}, 1);',
    }),
    [],
  );
});

Deno.test("findViolations() finds an arrow that points the wrong way, types included", () => {
  assert.deepEqual(
    messages({
      "schemas/a.ts": 'import type { B } from "../records/b.ts";',
      "records/b.ts": "",
      "transport/kafkajs/log.ts": '\nimport { p } from "../../actors/p.ts";',
      "actors/p.ts": "",
      "runtime.ts": 'export { main } from "./cli/main.ts";',
      "cli/main.ts": "",
      "actors/w.ts": 'import { f } from "../wasm/record_path.wasm";',
      "wasm/scratch.ts": 'import { a } from "../schemas/a.ts";',
      "kernel/cell.ts": `const late = await import(${'"../actors/p.ts"'});`,
    }),
    [
      "actors/w.ts:1 imports wasm/record_path.wasm: actors may not know wasm",
      "kernel/cell.ts:1 imports actors/p.ts: kernel may not know actors",
      "runtime.ts:1 imports cli/main.ts: runtime may not know cli",
      "schemas/a.ts:1 imports records/b.ts: schemas may not know records",
      "transport/kafkajs/log.ts:2 imports actors/p.ts: transport may not know actors",
      "wasm/scratch.ts:1 imports schemas/a.ts: wasm may not know schemas",
    ],
  );
});

Deno.test("findViolations() lets actors know ports, and adapters as types only", () => {
  assert.deepEqual(
    messages({
      "transport/embedded/log.ts": "",
      "actors/a.ts": 'import type { L } from "../transport/embedded/log.ts";',
      "actors/b.ts": 'import { type L } from "../transport/embedded/log.ts";',
      "actors/c.ts": 'import { type L, m } from "../transport/embedded/log.ts";',
    }),
    ["actors/c.ts:1 imports transport/embedded/log.ts as a value: actors know ports as types only"],
  );
});

Deno.test("findViolations() keeps the rooms of actors apart, and lets them share files that are in none", () => {
  assert.deepEqual(
    messages({
      "actors/messages.ts": 'import type { S } from "./stores/s.ts";',
      "actors/stores/s.ts": 'import { d } from "../delivery/d.ts";\nimport "./t.ts";',
      "actors/stores/t.ts": "",
      "actors/sources/a.ts": 'import type { S } from "../stores/s.ts";\nimport type { M } from "../messages.ts";',
      "actors/delivery/d.ts": "",
      "runtime/tree.ts": 'import { a } from "../actors/sources/a.ts";',
    }),
    [
      "actors/messages.ts:1 imports actors/stores/s.ts: what rooms share may not know actors/stores",
      "actors/sources/a.ts:1 imports actors/stores/s.ts: sources may not know actors/stores",
    ],
  );
});

Deno.test("findViolations() keeps the repository's own tools out of the product", () => {
  assert.deepEqual(
    messages({
      "cli/a.ts": 'import { o } from "../scripts/ok.ts";\nimport { h } from "../tests/h.ts";',
      "scripts/ok.ts": 'import { a } from "../cli/a.ts";',
      "tests/h.ts": "",
    }),
    [
      "cli/a.ts:1 imports scripts/ok.ts: cli may not know scripts",
      "cli/a.ts:2 imports tests/h.ts: cli may not know tests",
      "scripts/ok.ts:1 closes a circle of imports: cli/a.ts -> scripts/ok.ts -> cli/a.ts",
    ],
  );
});

Deno.test("findViolations() finds a cycle of any length", () => {
  assert.deepEqual(
    messages({
      "records/a.ts": 'import "./b.ts";',
      "records/b.ts": 'import type { C } from "./c.ts";',
      "records/c.ts": 'export * from "./a.ts";',
    }),
    ["records/c.ts:1 closes a circle of imports: records/a.ts -> records/b.ts -> records/c.ts -> records/a.ts"],
  );
});

Deno.test("findViolations() keeps private files in their folder, tests included", () => {
  assert.deepEqual(
    messages({
      "config/_inner.ts": "",
      "config/a.ts": 'import "./_inner.ts";',
      "records/b_test.ts": 'import "../config/_inner.ts";',
    }),
    ["records/b_test.ts:1 imports config/_inner.ts, which is private to its folder"],
  );
});

Deno.test("findViolations() keeps packages in their folders", () => {
  assert.deepEqual(
    messages({
      "actors/a.ts": 'import { Kafka } from "kafkajs";',
      "sources/b.ts": 'import { SchemaRegistry } from "@kafkajs/confluent-schema-registry";',
      "runtime.ts": 'import { Command } from "commander";',
      "tests/c_test.ts": 'import { Kafka } from "kafkajs";',
    }),
    [
      "actors/a.ts:1 imports kafkajs, which only transport/ may know",
      "runtime.ts:1 imports commander, which only cli/ may know",
      "sources/b.ts:1 imports @kafkajs/confluent-schema-registry, which only transport/ may know",
    ],
  );
});

Deno.test("findViolations() finds time that bypasses the clock, and imports of missing files", () => {
  assert.deepEqual(
    messages({
      "actors/a.ts": "// setTimeout in a comment\nconst t = Date.now();\n/**\n * performance.now\n */",
      "scripts/b.ts": "const s = AbortSignal.timeout(5);",
      "records/c.ts": 'import {\n  d,\n} from "./d.ts";',
    }),
    [
      "actors/a.ts:2 uses Date.now: time goes through the Clock of kernel/clock.ts",
      "records/c.ts:1 imports records/d.ts, which is not there",
      "scripts/b.ts:1 uses AbortSignal.timeout: time goes through the Clock of kernel/clock.ts",
    ],
  );
});

Deno.test("findViolations() finds code that names a format, except where the formats are", () => {
  assert.deepEqual(
    messages({
      "cli/a.ts": 'const isCsv = format === "csv"; // a fault',
      "sources/files/b.ts": '\nswitch (format) { case "ndjson": }',
      "sources/formats/csv.ts": 'const isCsv = format === "csv";',
      "cli/given.ts": 'const options = { format: "asx-ticks" }; // "csv" === format',
    }),
    [
      "cli/a.ts:1 asks for the format csv: what differs between formats is said by their entries in sources/formats/",
      "sources/files/b.ts:2 asks for the format ndjson: what differs between formats is said by their entries in sources/formats/",
    ],
  );
});
