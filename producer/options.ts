/**
 * What the embedded producer is started with.
 *
 * @module
 */
import type { Clock } from "../kernel/clock.ts";
import type { VersionFlag } from "../config/version_flag.ts";
import { ConfigError } from "../config/config_error.ts";
import { settingsFrom } from "../config/load_settings.ts";
import type { Settings, SettingsInput } from "../config/settings.ts";
import { microsOfIsoDate } from "../records/values/calendar_date.ts";
import { EARLIEST_LIKELY_MICROS } from "../records/values/epoch_number.ts";
import { RecordError } from "../records/errors.ts";
import type { RuntimePorts } from "../runtime.ts";
import { type DataDirLock, DataDirUnusableError, lockDataDir } from "../state/lock.ts";
import type { Observer } from "../telemetry/events.ts";
import { openTransport } from "../transport/open.ts";
import { transportOptionsOf } from "../runtime/transport_options.ts";
import type { PendingLimit } from "./pending_calls.ts";

/** Options of `MarketDataProducer.start`. */
export interface MarketDataProducerOptions {
  /** Which schema versions are written at first. @default "v2" */
  readonly schemaVersion?: VersionFlag;
  /** Kafka brokers as HOST:PORT, with a registry. Absent: the embedded log in `dataDir`. */
  readonly brokers?: readonly string[];
  /**
   * Base URL of a registry with Confluent's API, with brokers; or `"embedded"`. As in a config file an object will do, such
   * as `{ url, auth }`. Absent: the embedded registry in `dataDir`, where there are no brokers either.
   */
  readonly registry?: SettingsInput["registry"];
  /** Folder of the embedded log and registry and of the lock; made if it is not there. @default ".tickflume" */
  readonly dataDir?: string;
  /** Kafka client. @default "platformatic" */
  readonly client?: Settings["client"];
  /** Further settings; the options above win. */
  readonly config?: SettingsInput;
  /**
   * How many records may be pending, and about how many bytes of memory they may take; a call beyond that is rejected with
   * a `ProducerFullError`. `Infinity` is no limit. @default 200,000 records, 256 MiB
   */
  readonly maxPending?: { readonly records?: number; readonly bytes?: number };
  /**
   * How long brokers and registry may take to answer for the first time: `start` waits for it. Infinity: as long as it
   * takes. With `ports` it waits only if this is given. @default 30,000
   */
  readonly connectTimeoutMs?: number;
  /**
   * A date, YYYY-MM-DD, in UTC. A record whose instant is earlier, and would be a likely one if it counted another unit than
   * its field, is rejected with a `RecordError` (`unlikely_instant`). @default "1980-01-01"
   */
  readonly earliest?: string;
  /** Receives every event. @default warnings and errors are written to the console */
  readonly observe?: Observer;
  /** Log and registry to be used instead of those of the settings; they are not closed. For tests. */
  readonly ports?: Pick<RuntimePorts, "log" | "registry"> & { readonly clock?: Clock };
}

/**
 * The settings that options stand for.
 *
 * @throws {ConfigError} If a setting is wrong.
 */
export function settingsOf(
  { schemaVersion, brokers, registry, dataDir, client, config }: MarketDataProducerOptions,
): Settings {
  const input: SettingsInput = {
    ...config,
    ...(schemaVersion === undefined ? {} : { schemaVersion }),
    ...(brokers === undefined ? {} : { brokers: [...brokers] }),
    ...(registry === undefined ? {} : { registry: { ...registryOf(config?.registry), ...registryOf(registry) } }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(client === undefined ? {} : { client }),
  };
  return settingsFrom(input, { cwd: Deno.cwd() });
}

function registryOf(registry: SettingsInput["registry"]) {
  return typeof registry === "string" ? { url: registry } : registry;
}

const MAX_PENDING: PendingLimit = { records: 200_000, bytes: 256 * 2 ** 20 };

/**
 * How much may be pending.
 *
 * @throws {ConfigError} If a limit is no positive number.
 */
export function pendingLimitOf({ maxPending = {} }: MarketDataProducerOptions): PendingLimit {
  const { records = MAX_PENDING.records, bytes = MAX_PENDING.bytes } = maxPending;
  const wrong = Object.entries({ records, bytes }).filter(([, value]) => typeof value !== "number" || !(value > 0));
  if (wrong.length === 0) return { records, bytes };
  throw new ConfigError(wrong.map(([name, value]) => ({
    key: `maxPending.${name}`,
    value,
    origin: "MarketDataProducer.start()",
    reason: "it is no number above 0.",
    nextStep: "Give a number, or Infinity for no limit.",
  })));
}

/**
 * The first likely instant, in micros.
 *
 * @throws {ConfigError} If it is no date.
 */
export function earliestMicrosOf({ earliest }: MarketDataProducerOptions): number {
  if (earliest === undefined) return EARLIEST_LIKELY_MICROS;
  const micros = typeof earliest === "string" ? dateOrNull(earliest) : null;
  if (micros !== null) return micros;
  throw new ConfigError([{
    key: "earliest",
    value: earliest,
    origin: "MarketDataProducer.start()",
    reason: "it is no date.",
    nextStep: "Give one as YYYY-MM-DD, such as 1962-01-01.",
  }]);
}

function dateOrNull(text: string): number | null {
  try {
    return microsOfIsoDate(text, "earliest");
  } catch (error) {
    if (error instanceof RecordError) return null;
    throw error;
  }
}

const CONNECT_MS = 30_000;

/**
 * How long to wait for the first answers; `undefined`: not at all.
 *
 * @throws {ConfigError} If it is no time.
 */
export function connectTimeoutOf(
  { connectTimeoutMs, ports }: MarketDataProducerOptions,
): number | undefined {
  if (connectTimeoutMs === undefined) return ports === undefined ? CONNECT_MS : undefined;
  if (typeof connectTimeoutMs === "number" && connectTimeoutMs > 0) return connectTimeoutMs;
  throw new ConfigError([{
    key: "connectTimeoutMs",
    value: connectTimeoutMs,
    origin: "MarketDataProducer.start()",
    reason: "it is no number above 0.",
    nextStep: "Give milliseconds, or Infinity to wait for as long as it takes.",
  }]);
}

/** Log and registry of a producer, and how they are closed. */
export interface ProducerPorts {
  readonly ports: NonNullable<MarketDataProducerOptions["ports"]>;
  readonly release: () => Promise<void>;
}

/**
 * Opens log and registry, and locks the data folder if one of them is in it.
 *
 * @throws {DataDirLockedError} If the folder is in use.
 * @throws {ConfigError} If it can be no folder.
 */
export async function openPorts(settings: Settings): Promise<ProducerPorts> {
  const embedded = settings.brokers.length === 0 || settings.registry.url === undefined;
  const lock = embedded ? await lockFolder(settings.dataDir) : null;
  try {
    const ports = await openTransport(transportOptionsOf(settings));
    const release = async () => {
      try {
        await ports.close();
      } finally {
        await lock?.release();
      }
    };
    return { ports, release };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function lockFolder(dataDir: string): Promise<DataDirLock> {
  try {
    return await lockDataDir(dataDir, { command: "embedded producer" });
  } catch (cause) {
    if (!(cause instanceof DataDirUnusableError)) throw cause;
    const reason = `it can be no folder to write to: ${
      cause.cause instanceof Error ? cause.cause.message : cause.message
    }.`;
    const nextStep = "Give a folder, or a path where one can be made.";
    const problem = { key: "dataDir", value: dataDir, origin: "MarketDataProducer.start()", reason, nextStep };
    throw new ConfigError([problem], { cause });
  }
}
