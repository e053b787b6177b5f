/**
 * Flags that select dead letters.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { suggestionFor } from "../../config/did_you_mean.ts";
import type { Session } from "../shared/session.ts";
import { CommandFailure } from "../shared/usage_error.ts";
import { dlqCommand } from "./dlq_command.ts";
import type { DeadLetterState } from "../../state/dead_letters.ts";
import { DEAD_LETTER_RULES, type DeadLetterRule, isDeadLetterRule } from "../../state/dead_letter_rules.ts";

/** Values of the flags. */
export interface FilterFlags {
  readonly reason?: DeadLetterRule;
  readonly source?: string;
}

/** The states of a letter. */
export const LETTER_STATES: readonly DeadLetterState[] = ["open", "retired"];

/** Adds the flags. */
export function addFilterOptions(command: Command): Command {
  return command
    .addOption(
      new Option("--reason <code>", "only letters with this rule, such as bad_date").argParser(ruleOf),
    )
    .option("--source <text>", "only letters of files with this text in their path");
}

function ruleOf(text: string): DeadLetterRule {
  if (isDeadLetterRule(text)) return text;
  const hint = suggestionFor(text, Object.keys(DEAD_LETTER_RULES)) || " docs/dead_letters.md lists the codes.";
  throw new InvalidArgumentError(`It is not the code of a rule.${hint}`);
}

/** The id of a letter. */
export function letterIdOf(text: string): number {
  if (/^[1-9]\d{0,14}$/.test(text)) return Number(text);
  throw new InvalidArgumentError("The id of a letter is a whole number, as deno task dlq list shows it.");
}

/** Ids that the user named and that do not exist. */
export function noSuchLetters(
  session: Pick<Session, "cli" | "settings">,
  ids: readonly number[],
): CommandFailure {
  const text = ids.length === 1 ? `There is no dead letter ${ids[0]}.` : `There are no dead letters ${ids.join(", ")}.`;
  return new CommandFailure(text, `${dlqCommand(session, "list")} shows those there are.`);
}
