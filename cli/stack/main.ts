/**
 * `deno task stack up|down|status`: a real Kafka and a real registry on this machine, for trying things out and for tests.
 *
 * @module
 */
import { Command, CommanderError, Option } from "commander";
import { taskCommand } from "../shared/task_command.ts";
import { cacheDir } from "./cache_dir.ts";
import type { StackAddresses } from "./addresses.ts";
import { stackDown, type StackHandle, stackStatus, stackUp } from "./local_stack.ts";
import { StackError } from "./stack_error.ts";
import { DEFAULT_STACK } from "./state.ts";

/** A load command that works in a fresh clone of the repository. */
const EXAMPLE_LOAD = "examples/data/trades --format asx-ticks --data-type trades --exchange ASX " +
  "--reference examples/data/reference/company_info.csv";

const say = (line: string) => console.error(line);

interface NameOption {
  readonly name: string;
}

function handleOf(options: NameOption): StackHandle {
  return { cache: cacheDir(), name: options.name, say };
}

function printAddresses(addresses: StackAddresses, options: NameOption & { json?: boolean }): void {
  if (options.json) return console.log(JSON.stringify(addresses));
  const [brokers, name] = [
    addresses.brokers.join(","),
    options.name === DEFAULT_STACK ? "" : ` --name ${options.name}`,
  ];
  console.log(`brokers   ${brokers}\nregistry  ${addresses.registry}`);
  if (addresses.secure !== undefined) {
    const { sasl, tls, saslTls, ca } = addresses.secure;
    console.log(
      `SASL      ${sasl.join(",")}\nTLS       ${tls.join(",")}\nSASL+TLS  ${saslTls.join(",")}\nCA file   ${ca}`,
    );
  }
  const task = taskCommand();
  const stack = options.name === DEFAULT_STACK ? "--stack" : `--stack ${options.name}`;
  console.log(`\nexport TICKFLUME_BROKERS=${brokers}\nexport TICKFLUME_REGISTRY=${addresses.registry}`);
  console.log(`\nTry, with these two or with --stack in their place:\n  ${task} load ${EXAMPLE_LOAD} ${stack}`);
  console.log(`  ${task} stack down${name}`);
}

async function up(
  options: NameOption & { brokers?: "1" | "3"; keep?: true; secure?: true; json?: true },
): Promise<number> {
  const { addresses, started } = await stackUp(handleOf(options), {
    ...(options.brokers === undefined ? {} : { brokers: options.brokers === "1" ? 1 : 3 }),
    ...(options.keep === undefined ? {} : { keep: true }),
    ...(options.secure === undefined ? {} : { secure: true }),
  });
  if (!started) say(`The stack "${options.name}" is up already.`);
  printAddresses(addresses, options);
  return 0;
}

async function down(options: NameOption & { keep?: true }): Promise<number> {
  const result = await stackDown(handleOf(options), options.keep === undefined ? {} : { keep: true });
  if (!result.existed) say(`There is no stack "${options.name}"; nothing to do.`);
  else {
    say(
      `Ended ${result.ended} process(es) of the stack "${options.name}"; its data are ` +
        `${result.kept ? 'kept for the next "stack up"' : "thrown away"}.`,
    );
  }
  return 0;
}

async function status(options: NameOption & { json?: true }): Promise<number> {
  const found = await stackStatus(handleOf(options));
  if (options.json) console.log(JSON.stringify(found ?? { name: options.name, up: false }));
  else if (found === null) console.log(`There is no stack "${options.name}". Start one with "deno task stack up".`);
  else {
    console.log(`The stack "${found.name}" is ${found.up ? "up" : "not up"}. Data and logs: ${found.dir}`);
    for (const { role, pid, running } of found.processes) {
      console.log(`  ${role.padEnd(10)}${running ? `running, pid ${pid}` : "not running"}`);
    }
    if (found.up) printAddresses(found.addresses, options);
  }
  return found?.up ? 0 : 1;
}

/** Runs the command line and returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let code = 0;
  const program = new Command("stack")
    .description("A real Kafka and a real registry on loopback ports. Needs Java 17 or newer, and Maven once.")
    .exitOverride();
  const name = () => new Option("--name <name>", "which stack, if there are several").default(DEFAULT_STACK);
  program.command("up").description("start it, or the parts that do not run; prints the addresses")
    .addOption(new Option("--brokers <count>", "number of brokers").choices(["1", "3"]))
    .option("--keep", "keep the data when it goes down")
    .option("--secure", "also listen with SASL (plain, scram) and with TLS")
    .option("--json", "print one JSON object")
    .addOption(name())
    .action(async (options) => void (code = await up(options)));
  program.command("down").description("end it and delete its data")
    .option("--keep", 'keep the data for the next "up"')
    .addOption(name())
    .action(async (options) => void (code = await down(options)));
  program.command("status").description("what runs where; exit code 1 if it is not up")
    .option("--json", "print one JSON object")
    .addOption(name())
    .action(async (options) => void (code = await status(options)));
  try {
    await program.parseAsync([...args], { from: "user" });
    return code;
  } catch (error) {
    // Commander has printed its message already; its exit code 0 means --help.
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    if (!(error instanceof StackError)) throw error;
    say(error.message);
    return 1;
  }
}

if (import.meta.main) Deno.exit(await main(Deno.args));
