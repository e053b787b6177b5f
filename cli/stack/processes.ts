/**
 * Processes that outlive the command that started them; a process is told from another one with the same pid.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import { runProgram } from "./toolchain.ts";

/** A process that a stack started. */
export interface StackProcess {
  /** `broker-1` or `registry`. */
  readonly role: string;
  readonly pid: number;
  /** Start time in the system's own words; a process with this pid and another start time is a different one. */
  readonly started: string;
}

/** Options of {@link startDetached}. */
export interface StartOptions {
  readonly role: string;
  readonly program: string;
  readonly args: readonly string[];
  /** Working folder. */
  readonly cwd: string;
  /** File that stdout and stderr are appended to. */
  readonly logFile: string;
}

/** Starts a process in its own session, with no pipe to this one. */
export async function startDetached(options: StartOptions): Promise<StackProcess> {
  // The shell starts the program, prints its pid and ends: so the program has no parent here, and no pipe.
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", '"$@" >>"$0" 2>&1 </dev/null & echo $!', options.logFile, options.program, ...options.args],
    cwd: options.cwd,
    stdin: "null",
    stderr: "null",
    detached: true,
  }).output();
  const pid = Number(new TextDecoder().decode(stdout));
  const started = await startOf(pid);
  return { role: options.role, pid, started: started ?? "ended" };
}

/** True if exactly the process that was started still runs. */
export async function isRunning(process: StackProcess): Promise<boolean> {
  const started = await startOf(process.pid);
  return started !== null && started === process.started;
}

/** True if any process has this pid. */
export async function processExists(pid: number): Promise<boolean> {
  return await startOf(pid) !== null;
}

/** Ends a process: asks first, kills it after `patienceMs`. Resolves when it is gone. Never touches a different process. */
export async function endProcess(process: StackProcess, patienceMs: number): Promise<void> {
  const begin = systemClock.monotonic();
  let insisted = false;
  let asked = false;
  while (await isRunning(process)) {
    if (!asked && patienceMs > 0) signal(process.pid, "SIGTERM");
    asked = true;
    if (!insisted && systemClock.monotonic() - begin >= patienceMs) {
      signal(process.pid, "SIGKILL");
      insisted = true;
    }
    await systemClock.sleep(50);
  }
}

/** Sends a signal; nothing happens if the process has ended. */
export function signal(pid: number, name: Deno.Signal): void {
  try {
    Deno.kill(pid, name);
  } catch (error) {
    // It may have ended since the check.
    if (!(error instanceof Deno.errors.NotFound) && !(error instanceof TypeError)) throw error;
  }
}

/** When a process started, `null` if there is none. */
async function startOf(pid: number): Promise<string | null> {
  // Asks a program, because Deno opens /proc only with all permissions.
  if (Deno.build.os !== "linux") {
    const output = await runProgram("ps", ["-p", String(pid), "-o", "lstart="]);
    return output?.code === 0 ? output.text.trim() || null : null;
  }
  const output = await runProgram("cat", [`/proc/${pid}/stat`, "/proc/sys/kernel/random/boot_id"]);
  return output?.code === 0 ? parseProcStat(output.text) : null;
}

/**
 * Boot id and start tick from the text of `/proc/PID/stat` and the boot id; `null` for a process that has ended and
 * whose parent has not collected it. The program's name is in brackets and may hold any characters, brackets too.
 */
export function parseProcStat(text: string): string | null {
  const end = text.lastIndexOf(")");
  const [fields, bootId] = [text.slice(end + 2).split("\n", 1)[0]?.split(" ") ?? [], text.trim().split("\n").at(-1)];
  const [state, startTicks] = [fields[0], fields[19]];
  if (end < 0 || state === undefined || startTicks === undefined || bootId === undefined) return null;
  return state === "Z" || state === "X" ? null : `${bootId}:${startTicks}`;
}
