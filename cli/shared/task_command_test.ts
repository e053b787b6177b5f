import assert from "node:assert/strict";
import { taskCommand } from "./task_command.ts";

Deno.test("taskCommand() is deno task, or npx where only that has Deno", () => {
  assert.equal(taskCommand("/usr/bin/deno", "2.9.6"), "deno task");
  assert.equal(taskCommand("/usr/lib/node_modules/deno/deno", "2.9.6"), "deno task");
  assert.equal(taskCommand("/home/me/.npm/_npx/4f1c/node_modules/deno/deno", "2.9.6"), "npx -y deno@2.9.6 task");
  assert.equal(
    taskCommand("C:\\Users\\me\\AppData\\Local\\npm-cache\\_npx\\4f1c\\node_modules\\deno\\deno.exe", "2.9.6"),
    "npx -y deno@2.9.6 task",
  );
});
