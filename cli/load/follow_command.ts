/**
 * `load --follow`: what it refuses, what it says while it runs, and its account.
 *
 * @module
 */
import type { Timer } from "../../kernel/clock.ts";
import { mustKeepAll } from "../../config/compacted_topics.ts";
import type { Settings } from "../../config/settings.ts";
import { shareWindow } from "../../config/share_window.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { systemFileWatch } from "../../sources/files/file_watch.ts";
import { type RowSource, SourceError } from "../../sources/source.ts";
import { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { SeenNames } from "../../state/seen_names.ts";
import { dlqCommand } from "../dlq/dlq_command.ts";
import { failureOf, failureText } from "../shared/errors.ts";
import { exitCodeOfAll } from "../shared/exit_code_of.ts";
import { EXIT, type ExitCode, exitCodeOfSignal } from "../shared/exit_codes.ts";
import { grouped } from "../shared/progress.ts";
import type { Session } from "../shared/session.ts";
import { type SourceFlags, sourceOpener } from "../shared/source_options.ts";
import { UsageError } from "../shared/usage_error.ts";
import { accountLines } from "./account_text.ts";
import { type DeadLetterLimit, overLimit } from "./dead_letter_limit.ts";
import { followFailure } from "./follow_failure.ts";
import { type Following, type FollowProgress, type FollowResult, runFollow } from "./follow_job.ts";
import { MAX_OPEN } from "./open_file.ts";
import { type FollowedPath, followedPaths, listFollowed } from "./followed_paths.ts";
import { lockedLog } from "./locked_log.ts";
import { descriptorLimit, descriptorsNeeded, filesWithin, limitWarning } from "./open_files_limit.ts";
import { RunCheckpoints } from "./run_checkpoints.ts";
import { lockFor } from "./shared_load.ts";

/** Flags of `load` that matter here. */
export interface FollowOptions extends SourceFlags {
  readonly filesInFlight?: number;
  readonly rate?: number;
  readonly maxDeadLetters?: DeadLetterLimit;
  readonly verify?: true;
}

/** How often it says with `--json` how it stands. */
const STATUS_MS = 10_000;
/** Files of a folder share the window as if so many had unsettled rows at a time. */
const SHARING = 16;

/**
 * Follows files until a signal comes.
 *
 * @throws {UsageError} if what is named does not grow
 */
export async function follow(
  session: Session,
  { options, operands }: { readonly options: FollowOptions; readonly operands: readonly string[] },
): Promise<ExitCode> {
  const { cli: { cwd, clock, stop, screen } } = session;
  const { dataDir } = session.settings;
  const sourceOf = await sourceOpener(session, options);
  const paths = await followedPaths(operands, cwd);
  const list = (absent: (path: string) => void) => listFollowed(paths, { absent });
  const compressed: string[] = [];
  const sources = (await listFollowed(paths, { compressed: (path) => compressed.push(path) }))
    .flatMap(({ path }) => sourceIn(sourceOf, path));
  refuseOrdered(paths, { sources, settings: session.settings });
  await using lock = await lockFor(session, null);
  using database = StateDatabase.open(dataDir, { inspect: true });
  using checkpoints = new RunCheckpoints(database, { dataDir, sources });
  await using transport = await session.openTransport();
  const settings = followSettings(session.settings, { paths, options });
  const maxOpen = await openFilesAtMost(session, settings);
  tellCompressed(session, compressed);
  tellAwaited(session, paths);
  const deadLetters = new DeadLetterStore(database);
  const log = lockedLog(transport.log, () => lock.isHeld());
  const { observer: observe } = session, { registry } = transport, { maxDeadLetters } = options;
  const status = new FollowStatus(session);
  const forget = stop.onForcedEnd(() => status.stop());
  try {
    const result = await runFollow(settings, { log, registry, deadLetters, checkpoints, observe, clock }, {
      list,
      sourceOf,
      store: checkpoints.store,
      seen: new SeenNames(database, settings.schemaVersion),
      openWatch: systemFileWatch(clock),
      folders: paths.map(({ watched }) => watched),
      maxOpen,
      rowsPerSecond: options.rate,
      tooManyDeadLetters: maxDeadLetters && ((rows) => overLimit(rows, maxDeadLetters)),
      signal: stop.take("Stopping: what is under way settles first. A second signal ends at once."),
      onStarted: (progress) => status.start(progress),
    });
    status.stop();
    const open = deadLetters.count({ versions: settings.schemaVersion, state: "open" });
    tellEnd(session, result, open);
    for (const { source, cause } of result.errors) {
      const failure = failureOf(cause);
      if (!("message" in failure)) continue;
      screen.line(failureText({ ...failure, message: followFailure(source, failure.message) }));
    }
    if (result.errors.length > 0) return exitCodeOfAll(result.errors.map(({ cause }) => cause));
    return stop.received === null ? EXIT.failed : exitCodeOfSignal(stop.received);
  } finally {
    status.stop();
    forget();
  }
}

/** Of a file that cannot be read its own source tells, when it is begun. */
function sourceIn(sourceOf: (path: string) => RowSource, path: string): RowSource[] {
  try {
    return [sourceOf(path)];
  } catch (error) {
    if (error instanceof SourceError && error.code !== "bad_option") return [];
    throw error;
  }
}

/** Where only the latest record of each key stays, the last file has the last word, and files that grow have no order. */
function refuseOrdered(
  paths: readonly FollowedPath[],
  { sources, settings }: { readonly sources: readonly RowSource[]; readonly settings: Pick<Settings, "topics"> },
): void {
  const ordered = sources.find(({ kind }) => !mustKeepAll(DATA_TYPE_OF[kind], settings));
  if (ordered === undefined || (paths.length === 1 && paths[0]?.isNamed === true)) return;
  throw new UsageError(
    `--follow takes one file of ${
      DATA_TYPE_OF[ordered.kind]
    }: their topic keeps only the latest record of each key, and which ` +
      "of several files that grow has it is not known",
    "Name one file, or load the files without --follow.",
  );
}

function followSettings(
  settings: Settings,
  { paths, options }: { readonly paths: readonly FollowedPath[]; readonly options: FollowOptions },
): Settings {
  const { filesInFlight = settings.pipeline.filesInFlight } = options;
  const files = paths.every(({ isNamed }) => isNamed) ? Math.min(paths.length, MAX_OPEN) : SHARING;
  const verify = options.verify ?? settings.pipeline.verify;
  return { ...settings, pipeline: shareWindow({ ...settings.pipeline, filesInFlight, verify }, files) };
}

/** It is no part of a folder that grows, and may hold rows that no load has written. */
function tellCompressed(session: Session, [first, ...others]: readonly string[]): void {
  if (first === undefined) return;
  const more = others.length === 0 ? " is" : ` and ${grouped(others.length)} more are`;
  session.say(
    `${first}${more} compressed and not followed: load what is in them without --follow, with the same --data-dir. What ` +
      "was written of them under former names is not written again.",
  );
}

/** As a name that is mistyped is waited for as well, the line says where it is looked for. */
function tellAwaited(session: Session, paths: readonly FollowedPath[]): void {
  for (const { given, isAwaited, watched: { folder } } of paths) {
    if (isAwaited) session.say(`There is no file ${given} in ${folder} yet: it is read when it comes.`);
  }
}

/** How many files may be open besides those that are being read; a process that may open too few for these is warned. */
async function openFilesAtMost(session: Session, { brokers, pipeline: { filesInFlight } }: Settings): Promise<number> {
  const limit = await descriptorLimit(), of = { brokers: brokers?.length ?? 0 };
  const warning = limitWarning(descriptorsNeeded({ files: filesInFlight + 1, ...of }), limit);
  if (warning !== null) session.say(`warning: ${warning}`);
  return Math.max(1, filesWithin(limit, { files: MAX_OPEN + filesInFlight, ...of }) - filesInFlight);
}

/** Says now and then how the follow stands: a line on a terminal, an object with `--json`; nothing while nothing happens. */
class FollowStatus {
  readonly #session: Session;
  #progress: FollowProgress | null = null;
  #timer: Timer | null = null;
  #told = "";

  constructor(session: Session) {
    this.#session = session;
  }

  start(progress: FollowProgress): void {
    this.#progress = progress;
    this.#session.say("Following. A signal (Ctrl-C) ends it in order.");
    this.#schedule();
  }

  stop(): void {
    this.#progress = null;
    this.#timer?.cancel();
  }

  #schedule(): void {
    this.#timer = this.#session.cli.clock.schedule(STATUS_MS, () => {
      this.#tell().then(() => this.#progress !== null && this.#schedule());
    });
  }

  async #tell(): Promise<void> {
    const progress = this.#progress;
    if (progress === null) return;
    const { read, acked, dead_lettered, duplicates_skipped } = progress.totals();
    const counts = { read, acked, dead_lettered, duplicates_skipped };
    const following = await progress.following();
    const told = JSON.stringify([counts, following]);
    if (told === this.#told || this.#progress === null) return;
    this.#told = told;
    const session = this.#session, at = new Date(session.cli.clock.now()).toISOString();
    if (session.json) session.printJson({ command: "load", status: "following", at, ...counts, follow: following });
    else session.say(`${at} ${followingText(following, counts)}`);
  }
}

function followingText(
  { open_files, lag_bytes }: Following,
  { acked, dead_lettered }: { readonly acked: number; readonly dead_lettered: number },
): string {
  const letters = dead_lettered === 0 ? "" : `, ${grouped(dead_lettered)} dead-lettered`;
  const lag = lag_bytes === 0 ? "nothing is behind" : `${grouped(lag_bytes)} bytes behind`;
  return `following ${grouped(open_files)} ${open_files === 1 ? "file" : "files"}: ${
    grouped(acked)
  } acknowledged${letters}, ${lag}`;
}

function tellEnd(session: Session, { report }: FollowResult, open: number): void {
  const { follow: { files, rotations, truncations, lagging } } = report;
  for (const line of accountLines({ ...report, interrupted: false, held_back: [] })) session.say(line);
  const turned = rotations === 0 ? "" : `, ${grouped(rotations)} rotations`;
  const cut = truncations.length === 0 ? "" : `, ${grouped(truncations.length)} cut`;
  session.say(`Followed ${grouped(files)} ${files === 1 ? "file" : "files"}${turned}${cut}. The same command resumes.`);
  for (const { source, rows, bytes, copy } of truncations) {
    if (copy !== null) continue;
    session.say(
      `${source}: what was written after row ${rows}, byte ${bytes}, and before it was cut is lost to every reader.`,
    );
  }
  for (const { source, bytes } of lagging) session.say(`${source}: ${grouped(bytes)} bytes are not written yet.`);
  if (open > 0) {
    session.say(`${grouped(open)} dead letters are open: ${dlqCommand(session, "list")} shows them.`);
  }
  if (session.json) session.printJson({ ...report, dead_letters_open: open });
}
