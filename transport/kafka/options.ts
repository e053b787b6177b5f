/**
 * How to reach Kafka: what every client library needs, and broker addresses.
 *
 * @module
 */
import type { Clock } from "../../kernel/clock.ts";
import { LogError } from "../log.ts";
import type { BatchCompression } from "./batch_compression.ts";

/** Certificates as PEM text. */
export interface TlsOptions {
  /** Certificate authorities to trust instead of those of the system. */
  readonly ca?: string;
  /** The client's own certificate, with `key`. */
  readonly cert?: string;
  readonly key?: string;
}

/** A log-in at the brokers. */
export interface SaslOptions {
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  readonly username: string;
  readonly password: string;
}

/** Options of `openKafkajsLog` and `openPlatformaticLog`. */
export interface KafkaLogOptions {
  /** `host:port` of the brokers to ask first; they name the others. */
  readonly brokers: readonly string[];
  readonly clientId: string;
  /** @default false */
  readonly tls?: boolean | TlsOptions;
  readonly sasl?: SaslOptions;
  /** How long one request may take. */
  readonly requestTimeoutMs: number;
  /** How long a send may take with all its tries; after that its outcome is unknown. */
  readonly deliveryTimeoutMs: number;
  /** How long connecting may take, including TLS and log-in. */
  readonly connectionTimeoutMs: number;
  /** @default "none" */
  readonly compression?: BatchCompression;
  readonly clock: Clock;
}

/** Where a broker listens. */
export interface BrokerAddress {
  readonly host: string;
  readonly port: number;
}

/**
 * Reads `host:port`; an IPv6 address stands in square brackets.
 *
 * @throws {LogError} `invalid_request`
 */
export function parseBrokerAddress(text: string): BrokerAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]|([^:\s/]+)):(\d{1,5})$/.exec(text.trim());
  const [host, port] = [match?.[1] ?? match?.[2], Number(match?.[3])];
  if (host === undefined || !(port >= 1 && port <= 65_535)) {
    throw new LogError("invalid_request", `Broker "${text}" is not of the form host:port`);
  }
  return { host, port };
}

/** The address as `host:port`. */
export function addressText({ host, port }: BrokerAddress): string {
  return host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`;
}
