/**
 * One run of a command: its settings, and where it writes.
 *
 * @module
 */
import { addressesOf, awaitFirstContact, type ConnectError } from "../../runtime/first_contact.ts";
import { Catalogue } from "../../config/catalogue.ts";
import { loadSettings } from "../../config/load_settings.ts";
import type { LoadedSettings } from "../../config/load_settings.ts";
import type { Settings } from "../../config/settings.ts";
import { type DataDirLock, lockDataDir } from "../../state/lock.ts";
import { escapeControlsInJson } from "../../telemetry/escape_controls.ts";
import type { Observer } from "../../telemetry/events.ts";
import { createLogOutput } from "../../telemetry/log_output.ts";
import type { Cli } from "./context.ts";
import type { CommonOptions } from "./options.ts";
import { flagSettings } from "./options.ts";
import type { StackServers } from "./running_stack.ts";
import type { ProgressOptions } from "./progress.ts";
import { startProgress } from "./progress.ts";
import type { Progress } from "./progress.ts";
import type { OpenedLog, OpenedRegistry, OpenedTransport, OpenOptions } from "./transport.ts";

/** Whether to wait for a server that does not answer. */
interface Patience {
  /** The command itself announces what it opens. @default false */
  readonly impatient?: boolean;
}

/** What a command works with. */
export class Session {
  readonly cli: Cli;
  readonly loaded: LoadedSettings;
  readonly json: boolean;
  readonly quiet: boolean;
  /** How long brokers or registry may take to answer the first time. */
  readonly connectTimeoutMs: number;
  /** Turns events into log lines on standard error. */
  readonly observer: Observer;
  #catalogue: Catalogue | undefined;
  /** Null: as they were loaded. */
  #settings: Settings | null = null;

  /**
   * @param given.pair whether brokers and registry belong together
   * @param given.stack the servers of `--stack`
   * @throws {ConfigError}
   */
  constructor(
    cli: Cli,
    options: CommonOptions,
    { pair, stack }: { readonly pair: boolean; readonly stack: StackServers | null },
  ) {
    this.cli = cli;
    this.json = options.json ?? false;
    this.quiet = options.quiet ?? false;
    this.connectTimeoutMs = options.connectTimeout * 1000;
    this.loaded = loadSettings({
      cwd: cli.cwd,
      environment: cli.environment,
      flags: flagSettings(options, stack),
      pair,
      ...(options.config === undefined ? {} : { configFile: options.config }),
    });
    this.observer = createLogOutput({
      write: (line) => cli.screen.raw(line),
      level: this.quiet ? "error" : options.logLevel,
      format: options.logFormat,
      clock: cli.clock,
    }).observer;
    for (const warning of this.loaded.warnings) this.say(`warning: ${warning}`);
  }

  get settings(): Settings {
    return this.#settings ?? this.loaded.settings;
  }

  /** From now on the command's data folder is another one. */
  useDataDir(dataDir: string): void {
    this.#settings = { ...this.settings, dataDir };
  }

  get catalogue(): Catalogue {
    this.#catalogue ??= new Catalogue(this.settings.exchanges);
    return this.#catalogue;
  }

  /** A line of the result, on standard output. */
  print(line: string): void {
    this.cli.stdout.write(`${line}\n`);
  }

  /** A JSON value on a line of its own, on standard output; bigints become numbers where they fit, else text. */
  printJson(value: unknown): void {
    const json = JSON.stringify(value, (_key, item) => typeof item === "bigint" ? plainInteger(item) : item);
    this.print(escapeControlsInJson(json));
  }

  /** A line for people, on standard error; nothing with `--quiet`. */
  say(line: string): void {
    if (!this.quiet) this.cli.screen.line(line);
  }

  /** Takes the data folder's lock. @throws {DataDirLockedError} */
  async lockDataDir(command: string): Promise<DataDirLock> {
    const { dataDir } = this.settings;
    const lock = await lockDataDir(dataDir, { command });
    this.sayNarrowed(lock);
    return lock;
  }

  /** Reports the files of a data folder that others could read until its lock was taken. */
  sayNarrowed({ dataDir, narrowed }: DataDirLock): void {
    if (narrowed.length > 0) {
      this.say(`${dataDir}: other users could read ${narrowed.join(", ")}, and cannot any more.`);
    }
  }

  /**
   * Opens log and registry of the settings and waits for their first answer. Unless `readOnly`, the caller holds the
   * data folder's lock. With `readOnly`, embedded ones must exist, and another process may write them meanwhile.
   *
   * @throws {ConnectError} If one does not answer within `--connect-timeout`.
   */
  openTransport({ readOnly = false }: { readonly readOnly?: boolean } = {}): Promise<OpenedTransport> {
    return this.#reached(this.cli.transport.open(this.settings, { readOnly }));
  }

  /**
   * Opens the log of the settings; for reading only, unless a purpose of writing is given.
   *
   * @throws {ConnectError} As {@link openTransport}, unless `impatient`.
   */
  openLog({ impatient = false, ...options }: Patience & OpenOptions = {}): Promise<OpenedLog> {
    const opening = this.cli.transport.openLog(this.settings, options);
    return impatient ? opening : this.#reached(opening);
  }

  /** Opens the registry of the settings; as {@link openLog}. */
  openRegistry({ impatient = false, ...options }: Patience & OpenOptions = {}): Promise<OpenedRegistry> {
    const opening = this.cli.transport.openRegistry(this.settings, options);
    return impatient ? opening : this.#reached(opening);
  }

  #reached<T extends AsyncDisposable & Partial<OpenedTransport>>(opening: Promise<T>): Promise<T> {
    const addresses = addressesOf(this.settings);
    const isEmbedded = addresses.brokers === null && addresses.registry === null;
    return isEmbedded ? opening : this.#reach(opening, addresses);
  }

  /** Closes servers that do not answer. */
  async #reach<T extends AsyncDisposable & Partial<OpenedTransport>>(
    opening: Promise<T>,
    addresses: ConnectError["addresses"],
  ): Promise<T> {
    const { connectTimeoutMs: timeoutMs, observer: observe, cli: { clock } } = this;
    const opened = await opening;
    try {
      const { log, registry } = opened;
      await awaitFirstContact({ addresses, log, registry }, { timeoutMs, clock, observe });
      return opened;
    } catch (error) {
      await opened[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** Shows progress on standard error until it is stopped; nothing with `--quiet`. */
  startProgress(options: Omit<ProgressOptions, "screen" | "clock" | "quiet">): Progress {
    return startProgress({ ...options, screen: this.cli.screen, clock: this.cli.clock, quiet: this.quiet });
  }
}

/** An integer as JSON can hold it exactly. */
export function plainInteger(value: bigint): number | string {
  return value >= Number.MIN_SAFE_INTEGER && value <= Number.MAX_SAFE_INTEGER ? Number(value) : value.toString();
}
