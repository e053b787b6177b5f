/**
 * The dead letters that `dlq list` and `dlq export` select.
 *
 * @module
 */
import type { Command, Option } from "commander";
import { DATA_TYPES, dataTypeOf } from "../../config/catalogue.ts";
import type { DeadLetterFilter } from "../../state/dead_letters.ts";
import { type CommonOptions, oneOf, wholeNumber } from "../shared/options.ts";
import type { Session } from "../shared/session.ts";
import { addFilterOptions, type FilterFlags, LETTER_STATES } from "./filter_options.ts";

/** Values of the flags. */
export interface FilterOptions extends CommonOptions, FilterFlags {
  readonly dataType?: string;
  readonly state?: string;
  readonly after?: number;
}

/** Adds the flags, except the one of {@link afterOption}. */
export function addFilters(command: Command): Command {
  return addFilterOptions(command)
    .addOption(oneOf("--data-type <type>", "only letters of this data type", DATA_TYPES))
    .addOption(
      oneOf(
        "--state <state>",
        "only letters that are open, or retired by a load of their source from its start",
        LETTER_STATES,
      ),
    );
}

/** The flag that names the letter after which to resume. */
export function afterOption(): Option {
  return wholeNumber("--after <id>", "only letters after this one", { min: 0 });
}

/** The filter that the flags describe. */
export function filterOf({ reason, source, dataType, state }: FilterOptions): DeadLetterFilter {
  return {
    rule: reason,
    sourcePart: source,
    dataType: dataType === undefined ? undefined : dataTypeOf(dataType),
    state: LETTER_STATES.find((known) => known === state),
  };
}

/** Tells the user that no letter matches. */
export function sayNone(session: Session, { reason, source, dataType, state, after }: FilterOptions): void {
  const filtered = [reason, source, dataType, state, after].some((value) => value !== undefined);
  session.say(`There are no ${filtered ? "such " : ""}dead letters in ${session.settings.dataDir}.`);
}
