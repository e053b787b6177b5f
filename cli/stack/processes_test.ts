import assert from "node:assert/strict";
import { join } from "node:path";
import { eventually } from "../../tests/contracts/patience.ts";
import { endProcess, isRunning, parseProcStat, processExists, startDetached } from "./processes.ts";
import { inFolder } from "../../tests/support/temp_folder.ts";

/** `/proc/PID/stat`: pid, name, state, then 49 numbers, of which the 20th after the name is the start. */
function procStat(name: string, state: string, start: number): string {
  const numbers = Array.from({ length: 49 }, (_, at) => at === 18 ? start : at);
  return `4711 (${name}) ${state} ${numbers.join(" ")}\nboot-id\n`;
}

Deno.test("parseProcStat reads the start of a process with any name, and null for one that has ended", () => {
  assert.equal(parseProcStat(procStat("java", "S", 123456)), "boot-id:123456");
  assert.equal(parseProcStat(procStat("a) R 1 (b", "R", 7)), "boot-id:7");
  assert.equal(parseProcStat(procStat("java", "Z", 123456)), null);
  assert.equal(parseProcStat(""), null);
  assert.equal(parseProcStat("4711 (java) S 1"), null);
});

Deno.test("startDetached writes both outputs to the log file, and endProcess ends the process", async () => {
  await inFolder(async (dir) => {
    const logFile = join(dir, "process.log");
    const args = ["-c", "echo out; echo err >&2; exec sleep 60"];
    const process = await startDetached({ role: "test", program: "sh", args, cwd: dir, logFile });
    assert.equal(await isRunning(process), true);
    await eventually("the output", async () => {
      const text = await Deno.readTextFile(logFile);
      return text.includes("out\n") && text.includes("err\n") ? true : null;
    });
    await endProcess(process, 5_000);
    assert.equal(await isRunning(process), false);
    await endProcess(process, 5_000);
  });
});

Deno.test("endProcess kills a process that ignores the first signal", async () => {
  await inFolder(async (dir) => {
    const logFile = join(dir, "process.log");
    const args = ["-c", "trap '' TERM; echo ready; while :; do sleep 0.05; done"];
    const process = await startDetached({ role: "test", program: "sh", args, cwd: dir, logFile });
    await eventually("the trap", async () => (await Deno.readTextFile(logFile)).includes("ready") ? true : null);
    await endProcess(process, 100);
    assert.equal(await isRunning(process), false);
  });
});

Deno.test("endProcess leaves another process with the same pid alone", async () => {
  await inFolder(async (dir) => {
    const process = await startDetached({
      role: "test",
      program: "sleep",
      args: ["60"],
      cwd: dir,
      logFile: join(dir, "process.log"),
    });
    const earlier = { ...process, started: "another-boot:1" };
    assert.equal(await isRunning(earlier), false);
    await endProcess(earlier, 0);
    assert.equal(await isRunning(process), true);
    await endProcess(process, 0);
  });
});

Deno.test("processExists tells this process from one that cannot be", async () => {
  assert.equal(await processExists(Deno.pid), true);
  assert.equal(await processExists(2 ** 22 + 1), false);
});
