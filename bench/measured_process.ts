/**
 * Runs a program and measures it from outside, the same way for all: wall clock, processor time of all its threads (user
 * and system), and peak resident memory. Processor time and memory need Python, whose `wait4` gives both exactly;
 * without Python they are `null`.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { BenchError } from "./bench_error.ts";

/** A program and its arguments. */
export interface ProgramCall {
  /** The program, and its arguments. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Working folder. @default this process's */
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** When aborted: asks a program to end that does not end by itself, once. */
  readonly end?: AbortSignal;
}

/** How to run it. */
export interface MeasureOptions {
  /** Path of Python 3.9 or newer; `null` if there is none. */
  readonly python: string | null;
  /** When aborted: ends the program. */
  readonly signal: AbortSignal;
}

/** The measurements of a program. */
export interface ProcessCost {
  readonly wallSeconds: number;
  readonly cpuSeconds: number | null;
  readonly peakMemoryBytes: number | null;
}

/** The result of a program that has ended. */
export interface MeasuredProcess {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  readonly cost: ProcessCost;
}

const WRAPPER = fileURLToPath(new URL("./measure.py", import.meta.url));

const ASK_TO_END_EVERY_MS = 200;

/** Runs a program to its end. */
export async function runMeasured(call: ProgramCall, { python, signal }: MeasureOptions): Promise<MeasuredProcess> {
  signal.throwIfAborted();
  const report = await Deno.makeTempFile({ prefix: "tickflume-bench-" });
  try {
    const [program, ...args] = python === null ? call.command : [python, WRAPPER, report, ...call.command];
    const started = performance.now();
    const child = new Deno.Command(program, {
      args,
      ...(call.cwd === undefined ? {} : { cwd: call.cwd }),
      ...(call.env === undefined ? {} : { env: call.env }),
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    // Sends the signal again and again, because a program that has just started may miss the first one.
    const asking = setInterval(() => signal.aborted && terminate(child), ASK_TO_END_EVERY_MS);
    const end = () => terminate(child);
    if (call.end?.aborted) end();
    else call.end?.addEventListener("abort", end, { once: true });
    const { code, stdout, stderr } = await child.output().finally(() => {
      clearInterval(asking);
      call.end?.removeEventListener("abort", end);
    });
    signal.throwIfAborted();
    const wallSeconds = (performance.now() - started) / 1000;
    const decoder = new TextDecoder();
    const cost = python === null
      ? { wallSeconds, cpuSeconds: null, peakMemoryBytes: null }
      : JSON.parse(await Deno.readTextFile(report));
    return { code, stdout: decoder.decode(stdout), stderr: decoder.decode(stderr), cost };
  } finally {
    await Deno.remove(report);
  }
}

function terminate(child: Deno.ChildProcess): void {
  try {
    child.kill("SIGTERM");
  } catch {
    // The program has ended meanwhile.
  }
}

/**
 * Reads the last line that a program printed, as JSON.
 *
 * @throws {BenchError} If it failed or printed something else; with the end of its output.
 */
export function jsonOf(what: string, { code, stdout, stderr }: Omit<MeasuredProcess, "cost">): unknown {
  if (code === 0) {
    try {
      return JSON.parse(stdout.trimEnd().split("\n").at(-1) ?? "");
    } catch {
      throw new BenchError(`${what} printed no JSON: ${stdout.slice(-500)}`);
    }
  }
  const messages = `${stdout}\n${stderr}`.trim().split("\n").slice(-15).join("\n");
  throw new BenchError(`${what} failed with exit code ${code}:\n${messages}`);
}
