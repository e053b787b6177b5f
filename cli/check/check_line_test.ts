import assert from "node:assert/strict";
import { checkText, skipped } from "./check_line.ts";

const failed = { name: "registry", status: "failed", message: "no answer", nextStep: "Start it." } as const;

Deno.test("checkText() has the next step below the line, and colours only where they are welcome", () => {
  assert.equal(checkText(failed, false), "✘ registry: no answer\n    next: Start it.");
  assert.equal(checkText({ ...failed, nextStep: null }, true), "\x1b[31m✘\x1b[0m registry: no answer");
});

Deno.test("checkText() writes control characters of a server's answer out", () => {
  assert.equal(checkText({ ...failed, message: "a\x1b[2J\nb", nextStep: null }, false), "✘ registry: a\\x1b[2J\\nb");
});

Deno.test("skipped() gives each part a line with the reason", () => {
  assert.deepEqual(skipped(["topics"], "the brokers cannot be used"), [
    { name: "topics", status: "skipped", message: "not looked at: the brokers cannot be used", nextStep: null },
  ]);
});
