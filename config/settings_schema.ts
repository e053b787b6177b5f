/**
 * The settings as a zod schema, the source of parsing, error messages and docs/configuration.md. config/settings.ts has
 * the types that programs see.
 *
 * Metadata keys used here, beside `description`:
 * - `env`: name of the environment variable, where it is not the path in capitals (`TICKFLUME_` + path).
 * - `path`: the value is a file or folder; relative ones are resolved.
 * - `secret`: never shown; `fileKey` names the sibling key that holds the path of a file with the value instead.
 *
 * @module
 */
import { z } from "zod";
import { COMPATIBILITY_LEVELS } from "../schemas/compatibility_level.ts";
import { ASSET_CLASSES } from "./catalogue.ts";
import { EMBEDDED } from "./servers.ts";
import { DEFAULT_SUBJECT_PATTERNS, subjectPatternProblem } from "./subjects.ts";
import { VERSION_FLAGS } from "./version_flag.ts";
import { DEFAULT_TOPIC_PATTERN, topicPatternProblem, V1_TOPIC_SUFFIX } from "./topics.ts";

const text = z.string().min(1);
const file = (env: string, description: string) => text.meta({ description, path: true, env }).exactOptional();
const milliseconds = (description: string) => z.int().min(1).max(3_600_000).meta({ description });

/** A text that passes a rule of its own; the rule gives the reason, or `null`. */
function ruled(problemOf: (value: string) => string | null) {
  return text.check((context) => {
    const problem = problemOf(context.value);
    if (problem !== null) context.issues.push({ code: "custom", message: problem, input: context.value });
  });
}

const topicPattern = ruled(topicPatternProblem);
const subjectPattern = ruled(subjectPatternProblem);

const brokerAddress = ruled((value) => {
  if (value === EMBEDDED) return null;
  const port = /^(?:\[[0-9A-Fa-f:.]+\]|[^\s:/@[\]]+):(\d{1,5})$/.exec(value)?.[1];
  return port !== undefined && Number(port) >= 1 && Number(port) <= 65_535 ? null : "it is not HOST:PORT";
});

const brokers = z.array(brokerAddress).readonly().check((context) => {
  if (context.value.length < 2 || !context.value.includes(EMBEDDED)) return;
  context.issues.push({
    code: "custom",
    message: `"${EMBEDDED}" is the log in dataDir and stands alone`,
    input: context.value,
  });
});

const registryUrl = ruled((value) => {
  if (value === EMBEDDED) return null;
  const url = URL.canParse(value) ? new URL(value) : null;
  if (url === null || (url.protocol !== "http:" && url.protocol !== "https:")) return "it is not an http or https URL";
  if (url.username !== "" || url.password !== "") {
    return "it holds a user name or password, which belong in registry.auth";
  }
  if (url.search !== "" || url.hash !== "") return "it must end with its path, without ? or #";
  return null;
});

const timeZone = ruled((value) => {
  try {
    new Intl.DateTimeFormat("en", { timeZone: value });
    return null;
  } catch {
    return "it is not an IANA time zone such as Australia/Sydney";
  }
});

const exchangeCode = z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/, "an exchange code has letters, digits, _ and -");

const exchangeOverride = z.strictObject({
  name: text.meta({ description: "Full name." }).exactOptional(),
  assetClasses: z.array(z.enum(ASSET_CLASSES)).min(1).readonly()
    .meta({ description: "Asset classes that it trades; records of another one are refused." }).exactOptional(),
  partitions: z.int().min(1).max(10_000)
    .meta({ description: "Partitions of its trades and quotes topics, where they are created." }).exactOptional(),
  currency: z.string().regex(/^[A-Z0-9]{2,10}$/, "a currency has 2 to 10 capital letters and digits").nullable()
    .meta({
      description:
        "Code of its prices' currency; null if instruments have different ones: a load then needs --currency.",
    })
    .exactOptional(),
  timeZone: timeZone.meta({ description: "IANA zone of its local times." }).exactOptional(),
});

const tls = z.strictObject({
  caFile: file("TICKFLUME_TLS_CA_FILE", "PEM file with the certificate authorities to trust, instead of the system's."),
  certFile: file("TICKFLUME_TLS_CERT_FILE", "PEM file with the client's certificate."),
  keyFile: file("TICKFLUME_TLS_KEY_FILE", "PEM file with the client's private key."),
}).check((context) => {
  if ((context.value.certFile === undefined) !== (context.value.keyFile === undefined)) {
    context.issues.push({
      code: "custom",
      message: "certFile and keyFile belong together",
      input: context.value,
    });
  }
});

const sasl = z.strictObject({
  mechanism: z.enum(["plain", "scram-sha-256", "scram-sha-512"])
    .meta({ description: "SASL mechanism.", env: "TICKFLUME_SASL_MECHANISM" }),
  username: text.meta({ description: "SASL user name.", env: "TICKFLUME_SASL_USERNAME" }),
  password: text.meta({
    description: "SASL password.",
    env: "TICKFLUME_SASL_PASSWORD",
    secret: true,
    fileKey: "passwordFile",
  }),
});

const registryAuth = z.discriminatedUnion("type", [
  z.strictObject({
    type: z.literal("basic").meta({ description: "User name and password." }),
    username: text.meta({ description: "User name for the registry.", env: "TICKFLUME_REGISTRY_USERNAME" }),
    password: text.meta({
      description: "Password for the registry.",
      env: "TICKFLUME_REGISTRY_PASSWORD",
      secret: true,
      fileKey: "passwordFile",
    }),
  }),
  z.strictObject({
    type: z.literal("bearer").meta({ description: "A token." }),
    token: text.meta({
      description: "Bearer token for the registry.",
      env: "TICKFLUME_REGISTRY_TOKEN",
      secret: true,
      fileKey: "tokenFile",
    }),
  }),
]);

const kafka = z.strictObject({
  clientId: text.default("tickflume").meta({ description: "Client id that the brokers see in their logs and quotas." }),
  tls: z.union([z.boolean(), tls]).default(false).meta({
    description:
      "Encrypt the connection: true with the system's certificate authorities, or an object that names files.",
    env: "TICKFLUME_TLS",
  }),
  sasl: sasl.exactOptional().meta({ description: "Log in to the brokers. Absent: no login." }),
  connectionTimeoutMs: milliseconds("How long a broker may take to accept a connection and finish TLS and SASL.")
    .default(10_000),
  requestTimeoutMs: milliseconds("How long a broker may take to answer a request.").default(30_000),
  deliveryTimeoutMs: milliseconds(
    "After this long the outcome of a send counts as unknown, and the topic is read to find out.",
  )
    .default(120_000),
  compression: z.enum(["none", "gzip", "lz4", "zstd"]).default("none").meta({
    description:
      "Compression of record batches. zstd makes them smallest and costs almost nothing, if all readers have it.",
  }),
});

const registry = z.strictObject({
  url: registryUrl.meta({
    description: "Base URL of a registry with Confluent's API; it needs brokers beside it. embedded: the one in " +
      "dataDir, even with brokers. Absent: the embedded one, where there are no brokers. " +
      '`"registry": "http://…"` says the same.',
    env: "TICKFLUME_REGISTRY",
  })
    .exactOptional(),
  auth: registryAuth.exactOptional().meta({ description: "Log in to the registry. Absent: no login." }),
  requestTimeoutMs: milliseconds("How long the registry may take to answer a request.").default(10_000),
});

const schemas = z.strictObject({
  register: z.boolean().default(true).meta({
    description: "Register the schemas at start. False: they must be there already, and are only looked up.",
  }),
  subjects: z.strictObject({
    v1: subjectPattern.default(DEFAULT_SUBJECT_PATTERNS.v1).meta({
      description: "Subject of v1 schemas: a pattern, or the name of one of Confluent's strategies.",
    }),
    v2: subjectPattern.default(DEFAULT_SUBJECT_PATTERNS.v2).meta({
      description: "Subject of v2 schemas: a pattern, or the name of one of Confluent's strategies.",
    }),
  }).prefault({}),
  topicSubject: z.boolean().default(true).meta({
    description:
      "Register the schema of a topic's records in {topic}-value too, where consumers look that know only the " +
      "topic. False: only in the subjects above.",
  }),
  compatibility: z.enum(COMPATIBILITY_LEVELS).exactOptional().meta({
    description: "Compatibility level to set on the subjects. Absent: the registry's settings are left alone.",
  }),
});

const topicPatterns = z.strictObject({
  v1: topicPattern.exactOptional().meta({
    description: `Topic name of v1 records. Absent: ${DEFAULT_TOPIC_PATTERN}.`,
  }),
  v2: topicPattern.default(DEFAULT_TOPIC_PATTERN).meta({ description: "Topic name of v2 records." }),
  both: z.strictObject({
    v1: topicPattern.meta({
      description: "Topic name of v1 records while both versions are written. Absent: pattern.v1 if that was set, " +
        `else ${DEFAULT_TOPIC_PATTERN}${V1_TOPIC_SUFFIX}.`,
    }).exactOptional(),
    v2: topicPattern.meta({
      description: "Topic name of v2 records while both versions are written. Absent: pattern.v2.",
    }).exactOptional(),
  }).prefault({}),
});

const topics = z.strictObject({
  create: z.boolean().default(true).meta({
    description: "Create missing topics. False: they must be there already. Existing ones are never altered.",
  }),
  pattern: topicPatterns.prefault({}),
  compacted: z.enum(["refuse", "allow"]).default("refuse").meta({
    description:
      "What to do with trades and quotes topics whose cleanup.policy has compact, where Kafka deletes all but the newest " +
      "record of each symbol: refuse writes nothing to them, allow writes. Reference data may always be compacted.",
  }),
  foreign: z.enum(["refuse", "allow"]).default("refuse").meta({
    description:
      "What to do with topics whose last records are neither v1 nor v2 of the data type to be written, are no Avro " +
      "records, or have a schema that the registry does not know: refuse writes nothing to them, allow writes.",
  }),
  mixed: z.enum(["tell", "refuse"]).default("tell").meta({
    description:
      "What to do with topics that hold the other schema version, where consumers that read with only one schema skip " +
      "the records of the other: tell warns once and writes, refuse writes nothing to them. Only the last three records of " +
      "each partition are looked at.",
  }),
  partitioner: z.enum(["murmur2", "crc32"]).default("murmur2").meta({
    description:
      "The rule that maps a key to a partition: murmur2 as Java's clients have it, or crc32 as librdkafka's (Python, Go, " +
      ".NET) have it by default. A topic that holds records needs the rule that wrote them, or the order of each key is lost.",
  }),
  replicationFactor: z.int().min(1).max(32_767).exactOptional().meta({
    description: "Replicas of topics that are created. Absent: the brokers' default.",
  }),
  config: z.record(text, text).default({}).meta({
    description:
      "Configuration of topics that are created, by Kafka's names. It overrides what tickflume sets: compression.type lz4 " +
      "(producer with kafka.compression gzip or zstd), and for reference data cleanup.policy compact and " +
      "min.compaction.lag.ms 60000. Values are texts, such as " +
      '{ "retention.ms": "-1" }.',
  }),
});

const pipeline = z.strictObject({
  batchRows: z.int().min(1).max(100_000).default(1_000).meta({ description: "Rows in a batch between the actors." }),
  windowRows: z.int().min(1).max(10_000_000).default(10_000).meta({
    description: "Maximum rows of a source that are read and not settled.",
  }),
  checkpointRows: z.int().min(1).max(100_000_000).default(50_000).meta({
    description:
      "Maximum rows that are sent past the last checkpoint of a source. After a crash a load looks for no more " +
      "than these in the topics.",
  }),
  totalWindowRows: z.int().min(1).max(10_000_000).default(20_000).meta({
    description:
      "Maximum rows of all files of a load together that are read and not settled. Each file in flight has a " +
      "share of at least 500. The limit bounds the memory, and how long a row waits for those before it. Distant " +
      "brokers need more: rows a second times the round trip in seconds.",
  }),
  sendRecords: z.int().min(1).max(100_000).default(5_000).meta({
    description:
      "Maximum records of one send to a partition. A full send goes out at once, without lingering. The thread does " +
      "nothing else while it writes a send.",
  }),
  sendBytes: z.int().min(1).max(100_000_000).default(900_000).meta({
    description: "Maximum bytes of one send before compression. A full send goes out at once, without lingering. The " +
      "topics' max.message.bytes must be larger: a send that the broker refuses as too large is halved until it fits.",
  }),
  lingerMs: z.int().min(0).max(1_000).default(0).meta({
    description:
      "How long records wait for more of their partition before a send goes out that is not full. While a send is " +
      "unsettled, records of its partition gather anyway. A source with windowRows unsettled rows waits too.",
  }),
  verify: z.boolean().default(false).meta({
    description:
      "Decode each encoded record and compare it with its row. A difference is a bug; such a row is not written, " +
      "but becomes a dead letter with the rule poison_row.",
  }),
  filesInFlight: z.int().min(1).max(256).default(4).meta({ description: "Files that are read at the same time." }),
  maxAttempts: z.int().min(1).max(100).default(3).meta({
    description:
      "After so many crashes of an actor with the same batch in hand, the batch is sent alone, and split in two with each " +
      "further crash.",
  }),
}).check((context) => {
  if (context.value.windowRows < context.value.batchRows) {
    context.issues.push({
      code: "custom",
      path: ["windowRows"],
      message: `it is smaller than batchRows (${context.value.batchRows}), so that no batch would fit`,
      input: context.value.windowRows,
    });
  }
});

/** Takes what a config file may hold, and gives `Settings`. */
export const settingsSchema = z.strictObject({
  schemaVersion: z.enum(VERSION_FLAGS).default("v2").meta({ description: "Schema version that is written." }),
  dataDir: text.default(".tickflume").meta({
    description: "Folder of dead letters, checkpoints, and the embedded log and registry.",
    path: true,
  }),
  client: z.enum(["kafkajs", "platformatic"]).default("platformatic").meta({
    description:
      "Library that speaks to Kafka: @platformatic/kafka, which needs the right to read Deno's package cache, " +
      "or kafkajs.",
  }),
  brokers: brokers.default([]).meta({
    description:
      "Kafka brokers as HOST:PORT; they need a registry beside them. Empty, or embedded alone: the embedded " +
      "log in dataDir.",
  }),
  kafka: kafka.prefault({}),
  registry: registry.prefault({}),
  schemas: schemas.prefault({}),
  topics: topics.prefault({}),
  exchanges: z.record(exchangeCode, exchangeOverride).default({}).meta({
    description: "Exchanges that are added to the catalogue, or built-in ones that are changed, by code.",
  }),
  pipeline: pipeline.prefault({}),
  embedded: z.strictObject({
    sync: z.enum(["full", "normal"]).default("full").meta({
      description:
        "When the embedded log acknowledges: full after fsync, normal before it (a power cut may lose records).",
    }),
  }).prefault({}),
});
