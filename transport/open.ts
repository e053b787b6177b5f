/**
 * Opens log and registry: Kafka and a Confluent-compatible registry if there are addresses, else the embedded ones. It
 * loads a client only when it uses it, so that the embedded path needs no network permission.
 *
 * @module
 */
import type { Clock } from "../kernel/clock.ts";
import type { ConfluentRegistryOptions } from "./confluent/options.ts";
import type { KafkaLogOptions } from "./kafka/options.ts";
import type { Log } from "./log.ts";
import type { SchemaRegistry } from "./registry.ts";

/** Client libraries for Kafka. */
export type KafkaClientName = "kafkajs" | "platformatic";

/** How to reach Kafka. */
export interface KafkaOptions extends Omit<KafkaLogOptions, "clock"> {
  /** @default "platformatic" */
  readonly client?: KafkaClientName;
}

/** What to open. */
export interface TransportOptions {
  /** Folder of the embedded log and registry. */
  readonly dataDir: string;
  /** When the embedded log acknowledges. */
  readonly sync: "full" | "normal";
  /** For commands that only read: they do not write the embedded files and need no lock. @default false */
  readonly readOnly?: boolean;
  /**
   * Null: the embedded log.
   * @internal
   */
  readonly kafka: KafkaOptions | null;
  /**
   * Null: the embedded registry.
   * @internal
   */
  readonly registry: Omit<ConfluentRegistryOptions, "clock"> | null;
  /** The clock of time-outs. */
  readonly clock: Clock;
}

/** An open log and registry. */
export interface Transport {
  /** Stores the records. */
  readonly log: Log;
  /** Gives the ids of schemas. */
  readonly registry: SchemaRegistry;
  /** Closes both. Idempotent. */
  close(): Promise<void>;
}

/**
 * Opens log and registry. Neither has to be reachable yet.
 *
 * @example
 * ```ts
 * import { openTransport, settingsFrom, transportOptionsOf } from "tickflume";
 * import assert from "node:assert/strict";
 *
 * const dataDir = await Deno.makeTempDir();
 * const { log, registry, close } = await openTransport(transportOptionsOf(settingsFrom({ dataDir }, { cwd: "/" })));
 * assert.deepEqual([await log.admin.listTopics(), await registry.subjects()], [[], []]);
 * await close();
 * await Deno.remove(dataDir, { recursive: true });
 * ```
 */
export async function openTransport(options: TransportOptions): Promise<Transport> {
  const log = await openLog(options);
  try {
    const registry = await openRegistry(options);
    return {
      log,
      registry,
      async close() {
        await registry.close();
        await log.close();
      },
    };
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** Opens the log alone. */
export async function openLog({ kafka, dataDir, sync, readOnly = false, clock }: TransportOptions): Promise<Log> {
  if (kafka === null) {
    const { openEmbeddedLog } = await import("./embedded/log.ts");
    return openEmbeddedLog({ dataDir, sync, readOnly, clock });
  }
  const { client = "platformatic", ...options } = kafka;
  switch (client) {
    case "platformatic": {
      const { openPlatformaticLog } = await import("./platformatic/log.ts");
      return await openPlatformaticLog({ ...options, clock });
    }
    case "kafkajs": {
      const { openKafkajsLog } = await import("./kafkajs/log.ts");
      return await openKafkajsLog({ ...options, clock });
    }
    default:
      throw unknownClient(client);
  }
}

/** A client without a case above does not compile; a program without types is told. */
function unknownClient(client: never): TypeError {
  return new TypeError(`There is no Kafka client ${JSON.stringify(client)}: give kafkajs or platformatic`);
}

/** Opens the registry alone. */
export async function openRegistry(
  { registry, dataDir, readOnly = false, clock }: TransportOptions,
): Promise<SchemaRegistry> {
  if (registry === null) {
    const { openEmbeddedRegistry } = await import("./embedded/registry.ts");
    return openEmbeddedRegistry({ dataDir, readOnly, clock });
  }
  const { openConfluentRegistry } = await import("./confluent/registry.ts");
  return openConfluentRegistry({ ...registry, clock });
}
