/**
 * Describes the machine on which a bench ran.
 *
 * @module
 */
import { runProgram } from "../cli/stack/toolchain.ts";
import { javaProgram } from "../cli/stack/toolchain.ts";
import { ROOT } from "./load_task.ts";
import type { BenchResults } from "./results.ts";

/** The machine, and the tools that contestants need. */
export async function describeMachine(): Promise<BenchResults["machine"]> {
  const [java, go, python, cpu] = await Promise.all([
    firstLine(javaProgram("java"), "-version"),
    firstLine("go", "version"),
    firstLine("python3", "--version"),
    cpuModel(),
  ]);
  return {
    cpu,
    cores: navigator.hardwareConcurrency,
    memoryBytes: Deno.systemMemoryInfo().total,
    system: `${Deno.build.os} ${Deno.osRelease()} ${Deno.build.arch}`,
    deno: Deno.version.deno,
    java,
    go,
    python,
  };
}

/** The commit that is checked out, and whether files differ from it. */
export async function describeCommit(): Promise<Pick<BenchResults, "commit" | "modified">> {
  const commit = await firstLine("git", "-C", ROOT, "rev-parse", "HEAD");
  const status = commit === null ? null : await runProgram("git", ["-C", ROOT, "status", "--porcelain"]);
  return { commit, modified: (status?.text.trim() ?? "") !== "" };
}

/** Path of Python 3.9 or newer; `null` if there is none. It is the program itself, because `python3` may be a script. */
export async function pythonForMeasuring(): Promise<string | null> {
  return await firstLine("python3", "-c", "import sys; print(sys.executable if sys.version_info >= (3, 9) else '')");
}

/** The machine's load average over the last minute. */
export function loadAverage(): number {
  return Math.round((Deno.loadavg()[0] ?? 0) * 100) / 100;
}

async function cpuModel(): Promise<string> {
  const [program, ...args] = Deno.build.os === "darwin"
    ? ["sysctl", "-n", "machdep.cpu.brand_string"]
    // Asks a program, because Deno opens /proc only with all permissions.
    : ["grep", "-m1", "^model name", "/proc/cpuinfo"];
  const line = await firstLine(program ?? "", ...args);
  return line?.replace(/^model name\s*:\s*/, "") ?? "unknown";
}

async function firstLine(program: string, ...args: string[]): Promise<string | null> {
  const output = await runProgram(program, args);
  if (output?.code !== 0) return null;
  return output.text.split("\n").map((line) => line.trim()).find((line) => line !== "") ?? null;
}
