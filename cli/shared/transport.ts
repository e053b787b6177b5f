/**
 * Log and registry of the settings, for a command.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import type { Settings } from "../../config/settings.ts";
import type { Log } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** How a log or registry is opened. */
export interface OpenOptions {
  /**
   * The command that writes, e.g. `topics ensure`; it locks an embedded log for this process. Absent: open for reading
   * only, and create nothing.
   */
  readonly writeFor?: string;
  /** Whether the caller holds the data folder's lock already. @default false */
  readonly locked?: boolean;
}

/** A log; closed when it goes out of scope. */
export interface OpenedLog extends AsyncDisposable {
  readonly log: Log;
}

/** A registry; closed when it goes out of scope. */
export interface OpenedRegistry extends AsyncDisposable {
  readonly registry: SchemaRegistry;
}

/** Log and registry; closed when it goes out of scope. */
export interface OpenedTransport extends OpenedLog, OpenedRegistry {}

/** Opens what the settings name. Brokers and registry need not be reachable yet. */
export interface TransportDoor {
  /** Both at once; without `readOnly`, the caller holds the data folder's lock. */
  open(settings: Settings, options: { readonly readOnly: boolean }): Promise<OpenedTransport>;
  openLog(settings: Settings, options: OpenOptions): Promise<OpenedLog>;
  openRegistry(settings: Settings, options: OpenOptions): Promise<OpenedRegistry>;
}

/** Opens brokers and registry, or the embedded ones. It loads the clients only here, because help and the like need none. */
export const systemTransport: TransportDoor = {
  async open(settings, { readOnly }) {
    const { openTransport } = await import("../../transport/open.ts");
    const { log, registry, close } = await openTransport(await optionsOf(settings, readOnly));
    return { log, registry, [Symbol.asyncDispose]: () => close() };
  },
  async openLog(settings, { writeFor, locked = false }) {
    const { openLog } = await import("../../transport/open.ts");
    const options = await optionsOf(settings, writeFor === undefined);
    const embedded = settings.brokers.length === 0;
    const { port, lock } = await opened({
      settings,
      lockFor: embedded && !locked ? writeFor : undefined,
      open: () => openLog(options),
      // Reading an embedded log that does not exist must not create it: an empty log stands for it.
      absent: async () => new (await import("../../transport/memory/log.ts")).MemoryLog(),
    });
    return { log: port, [Symbol.asyncDispose]: () => closeBoth(port, lock) };
  },
  async openRegistry(settings, { writeFor, locked = false }) {
    const { openRegistry } = await import("../../transport/open.ts");
    const options = await optionsOf(settings, writeFor === undefined);
    const embedded = settings.registry.url === undefined;
    const { port, lock } = await opened({
      settings,
      lockFor: embedded && !locked ? writeFor : undefined,
      open: () => openRegistry(options),
      absent: async () => new (await import("../../transport/memory/registry.ts")).MemoryRegistry(),
    });
    return { registry: port, [Symbol.asyncDispose]: () => closeBoth(port, lock) };
  },
};

async function optionsOf(settings: Settings, readOnly: boolean) {
  const { transportOptionsOf } = await import("../../runtime/transport_options.ts");
  return transportOptionsOf(settings, { clock: systemClock, readOnly });
}

interface Lock {
  release(): Promise<void>;
}

async function opened<Port>(
  { settings, lockFor, open, absent }: {
    readonly settings: Settings;
    readonly lockFor: string | undefined;
    readonly open: () => Promise<Port>;
    readonly absent: () => Promise<Port>;
  },
): Promise<{ readonly port: Port; readonly lock: Lock | null }> {
  const lock = lockFor === undefined ? null : await takeLock(settings.dataDir, lockFor);
  try {
    return { port: await openOrAbsent(open, absent), lock };
  } catch (error) {
    await lock?.release();
    throw error;
  }
}

async function takeLock(dataDir: string, command: string): Promise<Lock> {
  const { lockDataDir } = await import("../../state/lock.ts");
  return await lockDataDir(dataDir, { command });
}

async function openOrAbsent<Port>(open: () => Promise<Port>, absent: () => Promise<Port>): Promise<Port> {
  try {
    return await open();
  } catch (error) {
    const { StorageError } = await import("../../storage/storage_error.ts");
    if (error instanceof StorageError && error.code === "missing") return await absent();
    throw error;
  }
}

async function closeBoth(port: { close(): Promise<void> }, lock: Lock | null): Promise<void> {
  await port.close();
  await lock?.release();
}
