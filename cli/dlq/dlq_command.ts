/**
 * Command lines about dead letters, for messages; users can copy them as they stand.
 *
 * @module
 */
import { relative, resolve } from "node:path";
import { quoted } from "../../config/quoted.ts";
import type { Session } from "../shared/session.ts";
import { taskCommand } from "../shared/task_command.ts";

const DEFAULT_DATA_DIR = ".tickflume";

/** The command line of a verb of `dlq`, with the data folder if it is not the default. */
export function dlqCommand(session: Pick<Session, "cli" | "settings">, verb: string): string {
  const { cli: { cwd }, settings: { dataDir } } = session;
  if (dataDir === resolve(cwd, DEFAULT_DATA_DIR)) return `${taskCommand()} dlq ${verb}`;
  const path = relative(cwd, dataDir);
  return `${taskCommand()} dlq ${verb} --data-dir ${quoted(path === "" || path.startsWith("..") ? dataDir : path)}`;
}
