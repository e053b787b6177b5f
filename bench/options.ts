/**
 * The command line of the bench.
 *
 * @module
 */
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { grouped } from "../cli/shared/progress.ts";
import { listOf, oneOf, wholeNumber } from "../cli/shared/options.ts";
import { UsageError } from "../cli/shared/usage_error.ts";
import type { ServerAddresses } from "./contestant.ts";
import { DOOR_NAMES, type DoorName, type DoorRows } from "./doors/doors.ts";
import type { ClientName } from "./jobs.ts";
import { FILES, WORKLOAD_NAMES, type WorkloadName } from "./workloads.ts";

/** Parts of a bench. */
export const PARTS = ["stages", "sends", "jobs", "half-rate", "growth", "follow", "doors"] as const;

/** Parts that the embedded log cannot have: they are about a client, or read the topic from another process. */
const NEED_SERVERS: readonly (typeof PARTS[number])[] = ["sends", "follow", "doors"];

/** The user's options. */
export interface BenchOptions {
  readonly rows: number;
  readonly seed: number;
  readonly rounds: number;
  readonly quick: boolean;
  readonly peers: boolean;
  readonly pythonRows: number;
  readonly workloads: readonly WorkloadName[];
  readonly clients: readonly ClientName[];
  readonly parts: readonly typeof PARTS[number][];
  /** The doors, or what the goals compare. */
  readonly doors: "goals" | readonly DoorName[];
  /** Rows of the doors. */
  readonly doorRows: DoorRows;
  /** The door of which a profile is wanted instead of everything else. */
  readonly profile: DoorName | null;
  /** `embedded`, the addresses of servers, or `stack` for the bench's own stack. */
  readonly servers: "embedded" | "stack" | ServerAddresses;
  /** The path of the results; `null` for the usual one. */
  readonly output: string | null;
}

interface Flags {
  rows?: number;
  seed: number;
  rounds?: number;
  quick?: true;
  peers?: true;
  pythonRows: number;
  workloads: WorkloadName[];
  clients: ClientName[];
  parts: typeof PARTS[number][];
  goals?: true;
  doors?: DoorName[];
  profile?: DoorName;
  embedded?: true;
  brokers?: string[];
  registry?: string;
  output?: string;
}

const USUAL = {
  rows: 1_000_000,
  rounds: 3,
  doorRows: { files: 2_000_000, objects: 400_000, large: 10_000_000, start: 100_000 },
};
const QUICK = {
  rows: 20_000,
  rounds: 1,
  doorRows: { files: 20_000, objects: 20_000, large: 40_000, start: 20_000 },
};

/**
 * Reads the command line. `null` if it only asked for help, which is already printed.
 *
 * @throws {UsageError} If it cannot be understood.
 */
export function parseBenchOptions(args: readonly string[], print: (text: string) => void): BenchOptions | null {
  const program = benchProgram(print);
  try {
    program.parse([...args], { from: "user" });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return null;
    throw new UsageError(error.message.replace(/^error: /, ""), 'Run "deno task bench --help".');
  }
  const flags = program.opts<Flags>();
  const size = flags.quick ? QUICK : USUAL;
  const { brokers, registry, embedded = false, peers = false, goals = false, doors, profile } = flags;
  if ((brokers === undefined) !== (registry === undefined)) {
    throw new UsageError("--brokers and --registry belong together", "Give both, or neither for a stack of its own.");
  }
  const onlyDoors = goals || doors !== undefined || profile !== undefined;
  if (embedded && (brokers !== undefined || peers || onlyDoors)) {
    throw new UsageError(
      "--embedded goes with none of --brokers, --peers, --goals, --doors and --profile",
      "Peers cannot write to the embedded log.",
    );
  }
  const parts = onlyDoors ? ["doors" as const] : flags.parts;
  const given = brokers !== undefined && registry !== undefined ? { brokers, registry } : null;
  return {
    rows: flags.rows ?? size.rows,
    rounds: flags.rounds ?? size.rounds,
    seed: flags.seed,
    quick: flags.quick ?? false,
    peers,
    pythonRows: flags.pythonRows,
    workloads: flags.workloads,
    clients: flags.clients,
    parts: embedded ? parts.filter((part) => !NEED_SERVERS.includes(part)) : parts,
    doors: goals ? "goals" : doors ?? DOOR_NAMES,
    doorRows: flags.rows === undefined ? size.doorRows : doorRowsOf(flags.rows),
    profile: profile ?? null,
    servers: embedded ? "embedded" : given ?? "stack",
    output: flags.output ?? null,
  };
}

/** A tenth of the usual rows of files means a tenth of the other rows too. */
function doorRowsOf(rows: number): DoorRows {
  const { files, objects, large, start } = USUAL.doorRows;
  const part = (of: number) => Math.max(FILES, Math.round(of / files * rows / FILES) * FILES);
  return { files: rows, objects: part(objects), large: part(large), start: Math.min(start, rows) };
}

function benchProgram(print: (text: string) => void): Command {
  return new Command("bench")
    .description(
      "Measures load, the stages of it, and programs that do the same, in one go on one Kafka. Without addresses it " +
        "starts a stack of its own.",
    )
    .exitOverride()
    .configureOutput({ writeOut: print, writeErr: print, outputError: () => {} })
    .allowExcessArguments(false)
    .addOption(rowsOption("--rows <n>", `rows of each workload (default ${USUAL.rows}, with --quick ${QUICK.rows})`))
    .addOption(
      wholeNumber("--rounds <n>", `runs of each contestant (default ${USUAL.rounds}, with --quick 1)`, {
        min: 1,
        max: 100,
      }),
    )
    .addOption(wholeNumber("--seed <n>", "another one gives other rows", { min: 0, max: 1_000_000 }).default(1))
    .option("--quick", "a small run: it shows that everything works, and its figures mean little")
    .option("--peers", "also Java, Go and Python programs, where their tools are installed")
    .addOption(rowsOption("--python-rows <n>", "most rows for the program in Python, which is slow").default(100_000))
    .addOption(someOf("--workloads <name,…>", "which jobs", WORKLOAD_NAMES))
    .addOption(someOf("--clients <name,…>", "which Kafka clients of load", ["kafkajs", "platformatic"]))
    .addOption(someOf("--parts <name,…>", "which parts of the bench", PARTS))
    .addOption(
      new Option(
        "--goals",
        `only what the goals compare, with the peers for it (${grouped(USUAL.doorRows.files)} rows unless --rows or ` +
          "--quick say otherwise)",
      ).conflicts(["doors", "profile"]),
    )
    .addOption(optionalSome("--doors <name,…>", "only these doors; with --peers all who run there", DOOR_NAMES))
    .addOption(
      oneOf("--profile <door>", "only where the processor time of a record goes at this door", DOOR_NAMES)
        .conflicts("doors"),
    )
    .addOption(new Option("--brokers <host:port,…>", "a Kafka that runs already").argParser(listOf))
    .option("--registry <url>", "its registry")
    .option("--embedded", "the embedded log and registry instead of servers")
    .option("--output <file>", "where the results go (default: a file in bench/results named by date and commit)");
}

/** Every contestant reads the same number of rows of each file. */
function rowsOption(flags: string, description: string): Option {
  const number = wholeNumber(flags, description, { min: FILES, max: 1_000_000_000 });
  return new Option(flags, description).argParser((text: string) => {
    const rows: unknown = number.parseArg?.(text, undefined);
    if (typeof rows === "number" && rows % FILES === 0) return rows;
    throw new InvalidArgumentError(`It must be a multiple of ${FILES}, the number of files.`);
  });
}

function someOf(flags: string, description: string, choices: readonly string[]): Option {
  return optionalSome(flags, `${description} (default all)`, choices).default([...choices], "all");
}

function optionalSome(flags: string, description: string, choices: readonly string[]): Option {
  const one = oneOf(flags, description, choices);
  return new Option(flags, `${description}; of ${choices.join(", ")}`)
    .argParser((text: string) => listOf(text).map((item) => one.parseArg?.(item, undefined)));
}
