/**
 * The parts of the outside world that a command may use.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import type { Clock } from "../../kernel/clock.ts";
import { EXIT, exitCodeOfSignal } from "./exit_codes.ts";
import type { ExitCode } from "./exit_codes.ts";
import { Screen } from "./screen.ts";
import { createStopSignal, listenToSystem, type StopSignal } from "./stop_signal.ts";
import { textStream } from "./streams.ts";
import type { TextStream } from "./streams.ts";
import { systemTransport } from "./transport.ts";
import type { TransportDoor } from "./transport.ts";

/** The program's surroundings. */
export interface Cli {
  /** The folder in which the user started the command; `deno task` itself runs in the project's. */
  readonly cwd: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Standard output: results only. */
  readonly stdout: TextStream;
  /** Standard error: everything else. */
  readonly screen: Screen;
  /** Whether standard output takes colours. */
  readonly colours: boolean;
  readonly clock: Clock;
  readonly stop: StopSignal;
  /** Opens log and registry of the settings. */
  readonly transport: TransportDoor;
  /** The exit code of the program; the command that ran sets it. */
  readonly outcome: { exitCode: ExitCode };
}

/** The surroundings of this process. */
export function systemCli(): Cli {
  const environment = Deno.env.toObject();
  const stdout = textStream(Deno.stdout);
  const screen = new Screen(textStream(Deno.stderr));
  return {
    cwd: environment.INIT_CWD || Deno.cwd(),
    environment,
    stdout,
    screen,
    colours: stdout.isTerminal && !environment.NO_COLOR,
    clock: systemClock,
    stop: createStopSignal({
      clock: systemClock,
      listen: listenToSystem,
      say: (line) => screen.line(line),
      end: (name) => Deno.exit(exitCodeOfSignal(name)),
    }),
    transport: systemTransport,
    outcome: { exitCode: EXIT.ok },
  };
}
