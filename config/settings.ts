/**
 * The settings as types. config/settings_schema.ts checks them, fills in the defaults and describes each one for
 * docs/configuration.md; settings_schema_test.ts compares the two.
 *
 * @module
 */
import type { CompatibilityLevel } from "../schemas/compatibility_level.ts";
import type { AssetClass } from "../schemas/record_types.ts";
import type { VersionFlag } from "./version_flag.ts";

/** Every setting, complete: defaults are filled in, secrets are read, paths are absolute. */
export interface Settings {
  /** Schema version that is written. Default: `v2`. */
  readonly schemaVersion: VersionFlag;
  /** Folder of the dead letters, the checkpoints, and the embedded log and registry. Default: `.tickflume`. */
  readonly dataDir: string;
  /** Library that speaks to Kafka. Default: `platformatic`, which is @platformatic/kafka. */
  readonly client: "kafkajs" | "platformatic";
  /** Kafka brokers as `HOST:PORT`. Default: none, which means the embedded log in {@link dataDir}. */
  readonly brokers: readonly string[];
  /** How to speak to the brokers. */
  readonly kafka: KafkaSettings;
  /** Where the schema registry is, and how to speak to it. */
  readonly registry: RegistrySettings;
  /** How schemas are registered. */
  readonly schemas: SchemaSettings;
  /** How topics are named, made and judged. */
  readonly topics: TopicSettings;
  /** Exchanges that are added to the catalogue, or changes of built-in ones, by exchange code. Default: none. */
  readonly exchanges: Readonly<Record<string, ExchangeSettings>>;
  /** Sizes and limits of the work under way. */
  readonly pipeline: PipelineSettings;
  /** How the embedded log writes. */
  readonly embedded: EmbeddedSettings;
}

/**
 * What a config file may hold, and what `settingsFrom` takes: each setting has a default, or may be absent. In a config
 * file, `passwordFile` and `tokenFile` may name files that hold the `password` and the `token`.
 */
export interface SettingsInput
  extends Partial<Omit<Settings, "kafka" | "registry" | "schemas" | "topics" | "pipeline" | "embedded">> {
  /** How to speak to the brokers. */
  readonly kafka?: Partial<KafkaSettings>;
  /** Where the schema registry is; a URL alone says `{ url }`. */
  readonly registry?: Partial<RegistrySettings> | string;
  /** How schemas are registered. */
  readonly schemas?: Partial<Omit<SchemaSettings, "subjects">> & {
    readonly subjects?: Partial<SchemaSettings["subjects"]>;
  };
  /** How topics are named, made and judged. */
  readonly topics?: Partial<Omit<TopicSettings, "pattern">> & { readonly pattern?: Partial<TopicPatternSettings> };
  /** Sizes and limits of the work under way. */
  readonly pipeline?: Partial<PipelineSettings>;
  /** How the embedded log writes. */
  readonly embedded?: Partial<EmbeddedSettings>;
}

/** How to speak to the brokers. */
export interface KafkaSettings {
  /** Client id that the brokers see in their logs and quotas. Default: `tickflume`. */
  readonly clientId: string;
  /**
   * Encrypts the connection: true with the certificate authorities of the system, or an object that names files.
   * Default: false.
   */
  readonly tls: boolean | TlsSettings;
  /** Login at the brokers. Absent: no login. */
  readonly sasl?: SaslSettings;
  /** Milliseconds that a broker has to accept a connection and to finish TLS and SASL. Default: 10000. */
  readonly connectionTimeoutMs: number;
  /** Milliseconds that a broker has to answer a request. Default: 30000. */
  readonly requestTimeoutMs: number;
  /** Milliseconds after which the outcome of a send counts as unknown and is read from the topic. Default: 120000. */
  readonly deliveryTimeoutMs: number;
  /** Compression of record batches. Default: `none`. */
  readonly compression: "none" | "gzip" | "lz4" | "zstd";
}

/** Files for an encrypted connection. `certFile` and `keyFile` belong together. */
export interface TlsSettings {
  /** PEM file with the certificate authorities to trust. Absent: those of the system. */
  readonly caFile?: string;
  /** PEM file with the certificate of the client. Absent: the client shows none. */
  readonly certFile?: string;
  /** PEM file with the private key of the client. */
  readonly keyFile?: string;
}

/** Login at the brokers. */
export interface SaslSettings {
  /** SASL mechanism, in lower case. */
  readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512";
  /** Name of the user at the brokers. */
  readonly username: string;
  /** Secret of the user, as plain text. */
  readonly password: string;
}

/** Where the schema registry is, and how to speak to it. */
export interface RegistrySettings {
  /** Base URL of a registry with Confluent's API. Absent: the embedded registry in {@link Settings.dataDir}. */
  readonly url?: string;
  /** Login at the registry. Absent: no login. */
  readonly auth?: RegistryAuthSettings;
  /** Milliseconds that the registry has to answer a request. Default: 10000. */
  readonly requestTimeoutMs: number;
}

/** Login at the registry: with a user name and a password, or with a token. */
export type RegistryAuthSettings =
  | { readonly type: "basic"; readonly username: string; readonly password: string }
  | { readonly type: "bearer"; readonly token: string };

/** How schemas are registered. */
export interface SchemaSettings {
  /** Registers missing schemas at start. False: they must be there already. Default: true. */
  readonly register: boolean;
  /** Patterns of subjects, or names of Confluent's strategies, by schema version. Default: those of docs/schemas.md. */
  readonly subjects: Readonly<Record<"v1" | "v2", string>>;
  /** Also registers the schema of a topic's records under `{topic}-value`. Default: true. */
  readonly topicSubject: boolean;
  /** Compatibility level that is set on the subjects. Absent: the level in the registry stays. */
  readonly compatibility?: CompatibilityLevel;
}

/** How topics are named, made and judged. */
export interface TopicSettings {
  /** Creates missing topics. False: they must be there already. Default: true. */
  readonly create: boolean;
  /** Patterns of topic names. */
  readonly pattern: TopicPatternSettings;
  /** Whether trades and quotes may go to compacted topics, which keep one record of each key. Default: `refuse`. */
  readonly compacted: "refuse" | "allow";
  /** Whether records may go to a topic that holds other data than ours. Default: `refuse`. */
  readonly foreign: "refuse" | "allow";
  /** What happens if a topic holds the other schema version: an event, or a refusal. Default: `tell`. */
  readonly mixed: "tell" | "refuse";
  /** Hash that maps a key to its partition: that of Java clients, or that of librdkafka. Default: `murmur2`. */
  readonly partitioner: Partitioner;
  /** Replicas of topics that are created. Absent: the default of the brokers. */
  readonly replicationFactor?: number;
  /** Configuration of topics that are created, by Kafka's names. Default: none beside our own. */
  readonly config: Readonly<Record<string, string>>;
}

/** Patterns of topic names. */
export interface TopicPatternSettings {
  /** Pattern for v1 records. Absent: the default pattern. */
  readonly v1?: string;
  /** Pattern for v2 records. Default: the one in docs/configuration.md. */
  readonly v2: string;
  /** Patterns for the time when both versions are written. */
  readonly both: {
    /** Pattern for v1 records. Absent: that of v1 alone, or the default pattern with `.v1` at its end. */
    readonly v1?: string;
    /** Pattern for v2 records. Absent: that of v2 alone. */
    readonly v2?: string;
  };
}

/** An exchange that is added to the catalogue, or what is changed of a built-in one. */
export interface ExchangeSettings {
  /** Full name. Absent: that of the catalogue, or the exchange code. */
  readonly name?: string;
  /** Asset classes traded there; records of another one are refused. Absent: those of the catalogue, or all. */
  readonly assetClasses?: readonly AssetClass[];
  /** Partitions of its trades and quotes topics when they are created. Absent: those of the catalogue. */
  readonly partitions?: number;
  /** Code of the currency of its prices; null where each instrument has its own, and loads must name one. */
  readonly currency?: string | null;
  /** IANA zone of its local times, such as `Australia/Sydney`. Absent: that of the catalogue. */
  readonly timeZone?: string;
}

/** Sizes and limits of the work under way. */
export interface PipelineSettings {
  /** Rows in a batch between two actors. Default: 1000. */
  readonly batchRows: number;
  /** Rows of one source that may be unsettled at a time. Default: 10000. */
  readonly windowRows: number;
  /** Rows that may be sent past the last checkpoint of a source. Default: 50000. */
  readonly checkpointRows: number;
  /** Rows of all files of a load together that may be unsettled at a time. Default: 10000. */
  readonly totalWindowRows: number;
  /** Maximum of records in one send to a partition. Default: 5000. */
  readonly sendRecords: number;
  /** Maximum of bytes in one send before compression. Default: 900000. */
  readonly sendBytes: number;
  /** Milliseconds that records wait for others of their partition. Default: 0. */
  readonly lingerMs: number;
  /** Decodes each encoded record and compares it with its row. Default: false. */
  readonly verify: boolean;
  /** Files that are read at the same time. Default: 4. */
  readonly filesInFlight: number;
  /** Attempts at a batch whose actor died, before the batch is split in two. Default: 3. */
  readonly maxAttempts: number;
}

/** How the embedded log writes. */
export interface EmbeddedSettings {
  /** When a write is acknowledged: `full` after fsync, `normal` before it. Default: `full`. */
  readonly sync: "full" | "normal";
}

/** Which partition a key belongs to. */
export type Partitioner = "murmur2" | "crc32";
