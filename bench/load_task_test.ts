import assert from "node:assert/strict";
import project from "../deno.json" with { type: "json" };
import { commandLikeLoad, loadCommand, loadV8Flags } from "./load_task.ts";

Deno.test("loadCommand() is the task of load, word for word, with this Deno", () => {
  const [program, ...rest] = loadCommand(["a.csv"]);
  assert.equal(program, Deno.execPath());
  assert.equal(["deno", ...rest].join(" "), `${project.tasks.load.command} a.csv`);
  assert.ok(!rest.includes("--allow-all") && !rest.includes("-A"));
});

Deno.test("commandLikeLoad() is the task of load with another script", () => {
  const [, ...load] = loadCommand([]);
  const [program, ...rest] = commandLikeLoad("bench/a.ts", "{}");
  assert.deepEqual([program, ...rest.slice(-2)], [Deno.execPath(), "bench/a.ts", "{}"]);
  assert.deepEqual(rest.slice(0, -2), load.slice(0, -2));
  assert.deepEqual(load.slice(-2), ["cli/main.ts", "load"]);
});

Deno.test("loadV8Flags() are the flags of the task of load", () => {
  const flags = loadV8Flags();
  assert.ok(flags.length > 0);
  for (const flag of flags) assert.ok(project.tasks.load.command.split(" ").includes(flag));
});
