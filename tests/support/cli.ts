/**
 * For tests: runs the program in this process, on a log and registry in memory.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { systemClock } from "../../kernel/clock.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import { MemoryRegistry } from "../../transport/memory/registry.ts";
import { main } from "../../cli/main.ts";
import type { Cli } from "../../cli/shared/context.ts";
import { EXIT } from "../../cli/shared/exit_codes.ts";
import type { ExitCode } from "../../cli/shared/exit_codes.ts";
import { Screen } from "../../cli/shared/screen.ts";
import { MemoryStream } from "./memory_stream.ts";

/** The result of a command line. */
export interface TestRun {
  readonly exitCode: ExitCode;
  readonly stdout: string;
  readonly stderr: string;
}

/** Options of {@link TestProgram}. */
export interface TestProgramOptions {
  /** @default an empty folder that does not exist */
  readonly cwd?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly clock?: Clock;
  readonly columns?: number;
  /** The destination of standard output. @default memory */
  readonly stdout?: MemoryStream;
}

/** A run that is under way. */
export interface RunningTest extends Promise<TestRun> {
  /** What it has written to standard error by now. */
  readonly told: () => string;
}

/** The program, with ports that outlive its runs. */
export class TestProgram {
  readonly log = new MemoryLog();
  readonly registry = new MemoryRegistry();
  /** The effect of the first Ctrl-C. */
  readonly stopping = new AbortController();
  readonly #options: TestProgramOptions;

  constructor(options: TestProgramOptions = {}) {
    this.#options = options;
  }

  /** Runs a command line. */
  run(...args: readonly string[]): RunningTest {
    const stderr = new MemoryStream(false, this.#options.columns ?? 100);
    return Object.assign(this.#run(args, stderr), { told: () => stderr.text });
  }

  async #run(args: readonly string[], stderr: MemoryStream): Promise<TestRun> {
    const { cwd = "/no/such/folder", environment = {}, clock = systemClock, columns = 100 } = this.#options;
    const stdout = this.#options.stdout ?? new MemoryStream(false, columns);
    const ports = { log: this.log, registry: this.registry };
    const { signal } = this.stopping;
    const cli: Cli = {
      cwd,
      environment,
      stdout,
      screen: new Screen(stderr),
      colours: false,
      clock,
      stop: {
        take: () => signal,
        onForcedEnd: () => () => {},
        get received() {
          return signal.aborted ? "SIGINT" : null;
        },
        close: () => {},
      },
      transport: {
        open: () => Promise.resolve({ ...ports, [Symbol.asyncDispose]: () => Promise.resolve() }),
        openLog: () => Promise.resolve({ ...ports, [Symbol.asyncDispose]: () => Promise.resolve() }),
        openRegistry: () => Promise.resolve({ ...ports, [Symbol.asyncDispose]: () => Promise.resolve() }),
      },
      outcome: { exitCode: EXIT.ok },
    };
    const exitCode = await main(args, cli);
    return { exitCode, stdout: stdout.text, stderr: stderr.text };
  }
}
