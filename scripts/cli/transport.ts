/**
 * Log and registry of the settings, for a command.
 *
 * @module
 */
import type { Settings } from "../../config/settings.ts";
import { openTransport } from "../../transport/open.ts";
import { transportOptionsOf } from "../../transport_options.ts";
import type { Log } from "../../transport/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** Log and registry; closed when it goes out of scope. */
export interface CommandTransport extends AsyncDisposable {
  readonly log: Log;
  readonly registry: SchemaRegistry;
}

/** Opens what the settings name: brokers and registry, or the embedded ones. */
export async function openCommandTransport(settings: Settings): Promise<CommandTransport> {
  const { log, registry, close } = await openTransport(transportOptionsOf(settings));
  return { log, registry, [Symbol.asyncDispose]: () => close() };
}
