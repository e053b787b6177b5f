/**
 * What the embedded producer is started with.
 *
 * @module
 */
import type { Clock } from "../actors/kernel/clock.ts";
import type { VersionFlagValue } from "../actors/messages.ts";
import { settingsFrom } from "../config/load_settings.ts";
import type { Settings, SettingsInput } from "../config/settings.ts";
import type { RuntimePorts } from "../runtime.ts";
import { lockDataDir } from "../state/lock.ts";
import type { Observer } from "../telemetry/events.ts";
import { openTransport } from "../transport/open.ts";
import { transportOptionsOf } from "../transport_options.ts";

/** Options of `MarketDataProducer.start`. */
export interface MarketDataProducerOptions {
  /** @default "v2" */
  readonly schemaVersion?: VersionFlagValue;
  /** Kafka brokers as HOST:PORT. Absent: the embedded log in `dataDir`. */
  readonly brokers?: readonly string[];
  /** Base URL of a registry with Confluent's API. Absent: the embedded registry in `dataDir`. */
  readonly registry?: string;
  /** @default ".tickflume" */
  readonly dataDir?: string;
  /** Kafka client. @default "platformatic" */
  readonly client?: Settings["client"];
  /** Further settings; the options above win. */
  readonly config?: SettingsInput;
  /** Receives every event. @default none */
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
    ...(registry === undefined ? {} : { registry: { ...config?.registry, url: registry } }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(client === undefined ? {} : { client }),
  };
  return settingsFrom(input, { cwd: Deno.cwd() });
}

/** Log and registry of a producer, and how they are let go of. */
export interface ProducerPorts {
  readonly ports: NonNullable<MarketDataProducerOptions["ports"]>;
  readonly release: () => Promise<void>;
}

/**
 * Opens log and registry, and locks the data folder if one of them is in it.
 *
 * @throws {DataDirLockedError} If the folder is in use.
 */
export async function openPorts(settings: Settings): Promise<ProducerPorts> {
  const embedded = settings.brokers.length === 0 || settings.registry.url === undefined;
  const lock = embedded ? await lockDataDir(settings.dataDir, { command: "embedded producer" }) : null;
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
