/**
 * `load` as a process of its own with the permissions of its task: a test can watch it, wait for it and kill it.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import { TextLineStream } from "./text_lines.ts";
import project from "../../deno.json" with { type: "json" };
import { systemClock } from "../../kernel/clock.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { LoadReport } from "../../cli/load/load_report.ts";
import { runProgram } from "../../cli/stack/toolchain.ts";
import type { KafkaClientName } from "../../transport/open.ts";
import type { Input } from "./input.ts";

/** A command line of `load`. */
export interface LoadCommand {
  readonly client: KafkaClientName;
  readonly version: VersionFlag;
  readonly configFile: string;
  readonly dataDir: string;
  readonly input: Pick<Input, "reference"> & { readonly files: readonly { readonly path: string }[] };
  /** @default asx-ticks */
  readonly format?: "asx-ticks" | "csv";
  readonly flags?: readonly string[];
}

/** How a load ended. */
export interface LoadEnd {
  readonly code: number;
  /** The output of `--json`; null if the process was killed or did not reach it. */
  readonly report: LoadReport | null;
  /** The last lines on stderr. */
  readonly stderr: readonly string[];
  readonly peakRssMb: number;
}

const ROOT = fileURLToPath(import.meta.resolve("../.."));
const WATCHED = fileURLToPath(import.meta.resolve("./_load_process.ts"));
const KEPT_LINES = 60;
const RSS_EVERY_MS = 500;
/** A load that does not end by itself is a result too. */
const DEADLINE_MS = 15 * 60_000;

/** Loads that have not ended. */
const running = new Set<LoadRun>();

/** True once the run is over: a load that starts now would outlive it. */
let over = false;

/** Ends every load at once, and prevents new ones. */
export function endLoads(): void {
  over = true;
  for (const run of running) run.kill();
}

/** A load that runs. */
export class LoadRun {
  readonly #child: Deno.ChildProcess;
  readonly ended: Promise<LoadEnd>;
  /** Aborted when the process has ended. */
  readonly signal: AbortSignal;
  readonly #ended = new AbortController();
  readonly #lines: string[] = [];
  readonly #waiting = new Set<{ readonly records: number; readonly resolve: () => void }>();
  #faultEndedAt: number | null = null;
  #stored = 0;
  #peakKb = 0;
  /** The longest time from the end of a fault to the next acknowledgement, in milliseconds. */
  recoveryMs: number | null = null;

  /** @param options.watched reports acknowledgements; false runs the task's own program */
  constructor(command: LoadCommand, { watched = true, deadlineMs = DEADLINE_MS } = {}) {
    if (over) throw new Error("The run is ending: no load begins any more");
    this.signal = this.#ended.signal;
    this.#child = spawn(command, watched);
    running.add(this);
    this.ended = this.#follow(deadlineMs);
  }

  /** Records that the log has acknowledged so far. */
  get stored(): number {
    return this.#stored;
  }

  /** Resolves when this many records are acknowledged, or when the load has ended. */
  whenStored(records: number): Promise<void> {
    if (this.#stored >= records || this.signal.aborted) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.add({ records, resolve }));
  }

  /** The next fault begins: the recovery from the last one is no longer measured. */
  faultBegins(): void {
    this.#faultEndedAt = null;
  }

  /** A fault ends: the time of the recovery starts. */
  faultEnded(): void {
    this.#faultEndedAt = systemClock.monotonic();
  }

  /** Ends the process, by default without warning. */
  kill(name: "SIGKILL" | "SIGTERM" = "SIGKILL"): void {
    if (!this.signal.aborted) this.#child.kill(name);
  }

  async #follow(deadlineMs: number): Promise<LoadEnd> {
    const timer = systemClock.schedule(deadlineMs, () => this.kill());
    const rss = this.#watchRss();
    const stdout = new Response(this.#child.stdout).text();
    for await (const line of this.#child.stderr.pipeThrough(new TextLineStream())) this.#line(line);
    const { code } = await this.#child.status;
    timer.cancel();
    this.#ended.abort();
    running.delete(this);
    for (const { resolve } of this.#waiting) resolve();
    await rss;
    return { code, report: reportIn(await stdout), stderr: this.#lines, peakRssMb: Math.round(this.#peakKb / 1024) };
  }

  #line(line: string): void {
    const stored = /^@stored (\d+)$/.exec(line)?.[1];
    if (stored === undefined) {
      this.#lines.push(line);
      if (this.#lines.length > KEPT_LINES) this.#lines.shift();
      return;
    }
    this.#stored = Number(stored);
    if (this.#faultEndedAt !== null) {
      this.recoveryMs = Math.max(this.recoveryMs ?? 0, systemClock.monotonic() - this.#faultEndedAt);
      this.#faultEndedAt = null;
    }
    for (const waiting of this.#waiting) {
      if (this.#stored < waiting.records) continue;
      this.#waiting.delete(waiting);
      waiting.resolve();
    }
  }

  /**
   * The system keeps the peak; this reads it while the process exists. It asks a program, because /proc needs all
   * permissions.
   */
  async #watchRss(): Promise<void> {
    while (!this.signal.aborted) {
      const status = await runProgram("cat", [`/proc/${this.#child.pid}/status`]);
      this.#peakKb = Math.max(this.#peakKb, Number(/VmHWM:\s*(\d+)/.exec(status?.text ?? "")?.[1] ?? 0));
      await systemClock.sleep(RSS_EVERY_MS, this.signal).catch(() => undefined);
    }
  }
}

function spawn(command: LoadCommand, watched: boolean): Deno.ChildProcess {
  const { client, version, configFile, dataDir, input, format = "asx-ticks", flags = [] } = command;
  // The task's own command line, without the task runner.
  const [, ...task] = project.tasks.load.command.split(" ");
  const program = task.map((word) => word === "cli/main.ts" && watched ? WATCHED : word);
  const kept = ["HOME", "DENO_DIR", "PATH"].flatMap((name) => {
    const value = Deno.env.get(name);
    return value === undefined ? [] : [[name, value]];
  });
  return new Deno.Command(Deno.execPath(), {
    args: [
      ...program,
      ...["--config", configFile, "--data-dir", dataDir, "--client", client, "--schema-version", version],
      ...["--format", format, "--data-type", "trades", "--exchange", "ASX"],
      // Tick files need the table for their symbols; other rows name theirs.
      ...(format === "asx-ticks" ? ["--reference", input.reference] : ["--company-id", "7078"]),
      // Servers may be away from the start for as long as the scenario wants.
      ...["--connect-timeout", "3600"],
      "--json",
      ...flags,
      ...input.files.map(({ path }) => path),
    ],
    cwd: ROOT,
    clearEnv: true,
    env: { ...Object.fromEntries(kept), NO_COLOR: "1", INIT_CWD: ROOT },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
}

function reportIn(stdout: string): LoadReport | null {
  const last = stdout.trim().split("\n").at(-1) ?? "";
  if (!last.startsWith("{")) return null;
  const value = JSON.parse(last);
  return value.command === "load" && "read" in value ? value : null;
}
