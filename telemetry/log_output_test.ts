import assert from "node:assert/strict";
import fc from "fast-check";
import type { Clock } from "../kernel/clock.ts";
import { escapeControls, escapeControlsInJson, escapeControlsKeepingLines } from "./escape_controls.ts";
import { eventText } from "./event_text.ts";
import type { RuntimeEvent } from "./events.ts";
import { createLogOutput } from "./log_output.ts";
import type { LogOutputOptions } from "./log_output.ts";
import { maskCredentials } from "./mask_credentials.ts";

const stopped: Clock = {
  now: () => Date.UTC(2026, 10, 23, 1, 2, 3, 4),
  monotonic: () => 0,
  schedule: () => ({ cancel() {} }),
  sleep: () => Promise.resolve(),
};

function linesOf(events: readonly RuntimeEvent[], options: Partial<LogOutputOptions> = {}): string[] {
  const lines: string[] = [];
  const output = createLogOutput({ write: (line) => lines.push(line), clock: stopped, ...options });
  for (const event of events) output.observer(event);
  return lines;
}

const restart = (inARow: number): RuntimeEvent => ({
  type: "restart_scheduled",
  path: "root/registry",
  incarnation: inARow + 1,
  cause: new TypeError("x is not a function"),
  delayMs: 1500,
  budgetLeft: 2,
  waiting: 0,
  inARow,
});

const unavailable = (attempt: number): RuntimeEvent => ({
  type: "registry_unavailable",
  stage: "schemas",
  registry: "http://user:S3CRET@127.0.0.1:1",
  attempt,
  delayMs: 200,
  cause: new Error("refused"),
});

Deno.test("createLogOutput() writes one readable line per event", () => {
  const lines = linesOf([restart(1), { type: "topic_created", stage: "sending", topic: "t", partitions: 1 }]);
  assert.match(
    lines[0] ?? "",
    /^\d\d:02:03\.004 warning actors: root\/registry failed and starts again in 1\.5 s \(restart 1 in a row, 2 left\): TypeError: x is not a function\n$/,
  );
  assert.match(lines[1] ?? "", / info {4}sending: topic t created with 1 partition\n$/);
});

Deno.test("createLogOutput() writes JSON lines with the event's fields", () => {
  const [line = ""] = linesOf([restart(1)], { format: "json" });
  const record = JSON.parse(line);
  assert.equal(record["@timestamp"], "2026-11-23T01:02:03.004Z");
  assert.equal(record.level, "WARN");
  assert.equal(record.logger, "tickflume.actors");
  assert.equal(record.event.type, "restart_scheduled");
  assert.equal(record.event.cause, "TypeError: x is not a function");
  assert.equal(record.event.inARow, 1);
});

Deno.test("createLogOutput() drops events below its level, and everything once closed", () => {
  const quiet: RuntimeEvent = { type: "actor_started", path: "root", incarnation: 1 };
  assert.equal(linesOf([quiet]).length, 0);
  assert.equal(linesOf([quiet], { level: "debug" }).length, 1);
  assert.equal(linesOf([restart(1)], { level: "error" }).length, 0);
  const lines: string[] = [];
  const output = createLogOutput({ write: (line) => lines.push(line) });
  output.close();
  output.observer(restart(1));
  assert.deepEqual(lines, []);
});

Deno.test("createLogOutput() is louder from the third restart in a row on (K10)", () => {
  assert.deepEqual([1, 2, 3, 4].map((inARow) => eventText(restart(inARow)).level), [
    "warning",
    "warning",
    "error",
    "error",
  ]);
});

Deno.test("createLogOutput() tells an outage at once and its repeats ever more rarely", () => {
  const loud = Array.from({ length: 20 }, (_, index) => index + 1)
    .filter((attempt) => eventText(unavailable(attempt)).level === "warning");
  assert.deepEqual(loud, [1, 2, 4, 8, 16]);
});

Deno.test("createLogOutput() tells dead-lettered rows of a source when their number has doubled", () => {
  const events = Array.from({ length: 100 }, (): RuntimeEvent => ({
    type: "rows_dead_lettered",
    stage: "processing",
    source: "a.csv",
    count: 1,
  }));
  const totals = linesOf(events).map((line) => /: (\d+) rows? dead/.exec(line)?.[1]);
  assert.deepEqual(totals, ["1", "2", "4", "8", "16", "32", "64"]);
});

Deno.test("createLogOutput() writes control characters out, in text and in JSON (S9)", () => {
  const event: RuntimeEvent = {
    type: "source_stopped",
    stage: "receiving",
    source: "a\r\n12:00:00 error forged\x1b[2J\x9b\u202e",
    cause: new Error("\x07\u2028"),
  };
  for (const format of ["text", "json"] as const) {
    const [line = ""] = linesOf([event], { format });
    // deno-lint-ignore no-control-regex -- none of them may be there
    assert.doesNotMatch(line.slice(0, -1), /[\u0000-\u001f\u007f-\u009f\u2028\u202e]/);
    assert.match(line, /forged/);
    assert.equal(line.split("\n").length, 2);
  }
});

Deno.test("createLogOutput() masks log-ins inside addresses (S5)", () => {
  for (const format of ["text", "json"] as const) {
    const [line = ""] = linesOf([unavailable(1)], { format });
    assert.doesNotMatch(line, /S3CRET/);
    assert.match(line, /http:\/\/\*\*\*@127\.0\.0\.1:1/);
  }
});

Deno.test("createLogOutput() never writes the message of a kernel dead letter", () => {
  const event: RuntimeEvent = {
    type: "dead_letter",
    path: "root/x",
    reason: "actor_ended",
    message: { key: "S3CRET" },
  };
  for (const format of ["text", "json"] as const) {
    const [line = ""] = linesOf([event], { format });
    assert.doesNotMatch(line, /S3CRET/);
    assert.match(line, /actor_ended/);
  }
});

Deno.test("escapeControls() leaves one line of printable text, and other text alone", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    // deno-lint-ignore no-control-regex -- none of them may be there
    assert.doesNotMatch(escapeControls(text), /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e]/);
  }));
  assert.equal(escapeControls("Sürge 100 %"), "Sürge 100 %");
  assert.equal(escapeControls("a\tb\x1b\u202e"), "a\\tb\\x1b\\u202e");
  assert.equal(escapeControlsKeepingLines("a\nb\x1b"), "a\nb\\x1b");
});

Deno.test("escapeControlsInJson() keeps the value and leaves no control character", () => {
  fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
    const json = escapeControlsInJson(JSON.stringify({ text }));
    assert.deepEqual(JSON.parse(json), { text });
    assert.equal(escapeControls(json), json);
  }));
});

Deno.test("maskCredentials() hides user and password of an address, and nothing else", () => {
  assert.equal(maskCredentials("at http://u:p@h:1/x and k://u:p:q@h"), "at http://***@h:1/x and k://***@h");
  assert.equal(maskCredentials("me@example.com at 12:30"), "me@example.com at 12:30");
});

Deno.test("maskCredentials() masks what its rule says, at a cost that grows with the text alone", () => {
  const rule = (text: string) => text.replaceAll(/[^\s/@"'<>]+:[^\s/@"'<>]*@(?=[^\s@])/g, "***@");
  const characters = fc.constantFrom("a", ":", "@", "/", " ", '"', ".");
  fc.assert(fc.property(fc.string({ unit: characters, maxLength: 30 }), (text) => {
    assert.equal(maskCredentials(text), rule(text));
  }));
  const long = "x".repeat(1_000_000);
  assert.equal(maskCredentials(`${long}@${long}`), `${long}@${long}`);
});
