/**
 * Log and registry of the settings, for a command.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import type { Log } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** Log and registry; closed when it goes out of scope. */
export interface CommandTransport extends AsyncDisposable {
  readonly log: Log;
  readonly registry: SchemaRegistry;
}

/** How a command uses log and registry. */
export interface AccessOptions {
  /** True: the embedded ones are only read, which another process that writes does not mind. @default false */
  readonly readOnly?: boolean;
}

/** Opens what the settings name: brokers and registry, or the embedded ones. */
export async function openCommandTransport(settings: Settings): Promise<CommandTransport> {
  // Loaded only when needed: help and the like need no client.
  const { openTransport } = await import("../../transport/open.ts");
  const { transportOptionsOf } = await import("../../transport_options.ts");
  const { log, registry, close } = await openTransport(transportOptionsOf(settings));
  return { log, registry, [Symbol.asyncDispose]: () => close() };
}
