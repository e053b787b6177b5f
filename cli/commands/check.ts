/**
 * `check`: checks each part that a load needs.
 *
 * @module
 */
import type { Command } from "commander";
import { checkDataDir } from "../check/check_data_dir.ts";
import { type CheckLine, checkText, ok, warning } from "../check/check_line.ts";
import { checkLog } from "../check/check_log.ts";
import { checkRegistry } from "../check/check_registry.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import type { Session } from "../shared/session.ts";
import { addTargetOptions, hasTargets, type TargetOptions, targetStreams } from "../shared/targets.ts";

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const command = addTargetOptions(addCommand(program, {
    name: "check",
    summary: "look at configuration, data folder, brokers, replication, topics, registry and schemas",
    details:
      "Prints one line for each part, with the next step where something is wrong, and writes nothing. Exit code 1 if a " +
      "part failed, 3 if the configuration cannot be used or a log-in is refused; warnings (!) do not count. With --json {command, ok, " +
      "checks: [{name, status, message, next_step}]}.",
    examples: ["check", "check --brokers localhost:9092 --registry http://localhost:8081 --exchange ASX"],
  }));
  onRun<TargetOptions>(command, cli, async (session, { options }) => {
    const lines: CheckLine[] = [];
    const show = (line: CheckLine) => {
      lines.push(line);
      if (!session.json) session.print(checkText(line, cli.colours));
    };
    show(configLine(session));
    const dataDir = checkDataDir(session.settings.dataDir);
    show(dataDir);
    const asked = hasTargets(options);
    const wanted = { streams: targetStreams(session, options), asked };
    for (const line of await checkLog(session, wanted)) show(line);
    for (const line of await checkRegistry(session, wanted)) show(line);
    const failed = lines.some(({ status }) => status === "failed");
    if (session.json) session.printJson({ command: "check", ok: !failed, checks: lines.map(lineJson) });
    if (lines.some(({ exitCode }) => exitCode === EXIT.configuration)) return EXIT.configuration;
    return failed ? EXIT.failed : EXIT.ok;
  });
}

function configLine({ loaded: { configFile, origins, warnings } }: Session): CheckLine {
  const from = new Set([...origins.values()].map((origin) => origin.split(" ")[0]));
  const others = [from.has("environment") ? "environment" : "", from.has("flag") ? "flags" : ""].filter(Boolean);
  const message = `${[configFile ?? "no config file", ...others, "defaults"].join(" + ")}`;
  const [first] = warnings;
  return first === undefined ? ok("config", message) : warning("config", first, "Correct or unset the variable.");
}

function lineJson({ name, status, message, nextStep }: CheckLine): unknown {
  return { name, status, message, next_step: nextStep };
}
