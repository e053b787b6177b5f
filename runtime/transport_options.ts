/**
 * Turns settings into what the transport needs; reads the certificates that they name.
 *
 * @module
 */
import { messageOf } from "../kernel/message_of.ts";
import { type Clock, systemClock } from "../kernel/clock.ts";
import { ConfigError } from "../config/config_error.ts";
import type { Settings } from "../config/settings.ts";
import type { TransportOptions } from "../transport/open.ts";

/**
 * The transport of the settings.
 *
 * @throws {ConfigError} If a certificate cannot be read.
 */
export function transportOptionsOf(
  settings: Settings,
  { clock = systemClock, readOnly = false }: { readonly clock?: Clock; readonly readOnly?: boolean } = {},
): TransportOptions {
  const { dataDir, embedded, client, brokers, kafka, registry } = settings;
  const { tls, sasl, ...connection } = kafka;
  const { url, auth, requestTimeoutMs } = registry;
  return {
    dataDir,
    sync: embedded.sync,
    readOnly,
    clock,
    kafka: brokers.length === 0 ? null : {
      ...connection,
      client,
      brokers,
      tls: typeof tls === "boolean" ? tls : certificatesOf(tls),
      ...(sasl === undefined ? {} : { sasl }),
    },
    registry: url === undefined ? null : { url, requestTimeoutMs, ...(auth === undefined ? {} : { auth }) },
  };
}

type TlsFiles = Exclude<Settings["kafka"]["tls"], boolean>;

function certificatesOf({ caFile, certFile, keyFile }: TlsFiles) {
  return {
    ...(caFile === undefined ? {} : { ca: readPem("kafka.tls.caFile", caFile) }),
    ...(certFile === undefined ? {} : { cert: readPem("kafka.tls.certFile", certFile) }),
    ...(keyFile === undefined ? {} : { key: readPem("kafka.tls.keyFile", keyFile) }),
  };
}

function readPem(key: string, file: string): string {
  try {
    return Deno.readTextFileSync(file);
  } catch (cause) {
    const reason = `the file cannot be read: ${messageOf(cause)}`;
    const problem = { key, value: file, origin: "settings", reason, nextStep: "Correct the path or its permissions." };
    throw new ConfigError([problem], { cause });
  }
}
