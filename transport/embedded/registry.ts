/**
 * The registry port on a SQLite file: ids, versions and compatibility checks as Confluent's registry has them, for use
 * without a server. One process writes; others may read meanwhile.
 *
 * @module
 */
import { join } from "node:path";
import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../kernel/clock.ts";
import { LocalRegistry, type RegistryCall, type RegistryGate } from "../local_registry.ts";
import { RegistryError, type SchemaRegistry } from "../registry.ts";
import { registryErrorOf } from "./port_errors.ts";
import { EmbeddedSchemaStore } from "./schema_store.ts";

/** Name of the registry's file in the data folder. */
export const REGISTRY_FILE = "registry.sqlite";

/** Options of {@link openEmbeddedRegistry}. */
export interface EmbeddedRegistryOptions {
  /** Folder of the file; opening for writing makes a missing folder. */
  readonly dataDir: string;
  /** Gives the time of registration, which the file keeps. */
  readonly clock: Clock;
  /** For other processes than the writer. Every call that writes is refused as `unauthorized`. @default false */
  readonly readOnly?: boolean;
}

/**
 * Opens the embedded registry. The caller holds the data folder's lock if it opens for writing.
 *
 * @throws {StorageError} if the file is missing (reading), foreign, of a newer format, damaged or inaccessible
 */
export function openEmbeddedRegistry({ dataDir, clock, readOnly = false }: EmbeddedRegistryOptions): SchemaRegistry {
  const file = join(dataDir, REGISTRY_FILE);
  const store = new EmbeddedSchemaStore(file, { readOnly, clock });
  return new LocalRegistry(store, new FileGate(store, { file, readOnly }));
}

const WRITING: ReadonlySet<RegistryCall> = new Set(["register", "set_compatibility", "delete_subject"]);

class FileGate implements RegistryGate {
  readonly #store: EmbeddedSchemaStore;
  readonly #options: { readonly file: string; readonly readOnly: boolean };
  #open = true;

  constructor(store: EmbeddedSchemaStore, options: { readonly file: string; readonly readOnly: boolean }) {
    this.#store = store;
    this.#options = options;
  }

  /** SQLite works synchronously and blocks the loop, so each call first gives the loop a turn. */
  async pass<T>(call: RegistryCall, work: () => T): Promise<T> {
    const { file, readOnly } = this.#options;
    this.#checkOpen();
    if (readOnly && WRITING.has(call)) {
      throw new RegistryError("unauthorized", `The embedded registry is open for reading only: ${file}`);
    }
    await setImmediate();
    this.#checkOpen();
    try {
      return work();
    } catch (error) {
      throw registryErrorOf(error, file);
    }
  }

  close(): Promise<void> {
    this.#open = false;
    this.#store.close();
    return Promise.resolve();
  }

  #checkOpen(): void {
    if (!this.#open) throw new RegistryError("closed", "The registry is closed");
  }
}
