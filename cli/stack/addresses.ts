/**
 * Where the servers of a stack listen.
 *
 * @module
 */
import { join } from "node:path";
import type { BrokerPorts } from "./broker_config.ts";
import type { StackState } from "./state.ts";
import { REGISTRY_PATH } from "./versions.ts";

/** Where clients connect to. */
export interface StackAddresses {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** Base URL of the registry. */
  readonly registry: string;
  /** Present with `--secure`. */
  readonly secure?: {
    readonly sasl: readonly string[];
    readonly tls: readonly string[];
    readonly saslTls: readonly string[];
    /** File with the certificate that clients trust. */
    readonly ca: string;
  };
}

/** The addresses of a stack whose folder is `dir`. */
export function addressesOf(state: StackState, dir: string): StackAddresses {
  const at = (port: (broker: BrokerPorts) => number | undefined) =>
    state.brokers.map((broker) => `127.0.0.1:${port(broker) ?? 0}`);
  return {
    brokers: at((broker) => broker.plain),
    registry: `http://127.0.0.1:${state.registryPort}${REGISTRY_PATH}`,
    ...(state.secure
      ? {
        secure: {
          sasl: at((broker) => broker.sasl),
          tls: at((broker) => broker.tls),
          saslTls: at((broker) => broker.saslTls),
          ca: join(dir, "tls", "ca.pem"),
        },
      }
      : {}),
  };
}
