/**
 * A task as a process of its own: its command line and permissions without the task runner, started from a folder, with
 * only the environment that Deno itself needs.
 *
 * @module
 */
import { join } from "node:path";
import project from "../../deno.json" with { type: "json" };

const ROOT = join(import.meta.dirname ?? ".", "../..");

/** Tasks that run the command line. */
export type Task = "load" | "audit" | "demo" | "tail" | "dlq";

/** The result of a process. */
export interface TaskRun {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** A process that has not started yet. */
export function taskProcess(
  task: Task,
  args: readonly string[],
  folder: string,
  stdin: "null" | "piped" = "null",
): Deno.Command {
  const [, ...rest] = project.tasks[task].command.split(" ");
  const kept = ["HOME", "DENO_DIR", "PATH"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return new Deno.Command(Deno.execPath(), {
    args: [...rest, ...args],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", INIT_CWD: folder },
    stdin,
    stdout: "piped",
    stderr: "piped",
  });
}

/** Runs the process to its end. */
export async function runTask(task: Task, args: readonly string[], folder: string): Promise<TaskRun> {
  return textsOf(await taskProcess(task, args, folder).output());
}

/** Runs the process to its end, with a text as its standard input. */
export async function runTaskOn(
  stdin: string,
  task: Task,
  args: readonly string[],
  folder: string,
): Promise<TaskRun> {
  const child = taskProcess(task, args, folder, "piped").spawn();
  const [output] = await Promise.all([child.output(), new Blob([stdin]).stream().pipeTo(child.stdin)]);
  return textsOf(output);
}

function textsOf({ code, stdout, stderr }: Deno.CommandOutput): TaskRun {
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: text(stdout), stderr: text(stderr) };
}
