/**
 * The whole configuration of the brokers, in one place.
 *
 * @module
 */

/** Ports of one broker, all on the loopback address. */
export interface BrokerPorts {
  /** Node id, from 1. */
  readonly id: number;
  readonly plain: number;
  readonly controller: number;
  /** With `--secure`: SASL without TLS. */
  readonly sasl?: number;
  /** With `--secure`: TLS without SASL. */
  readonly tls?: number;
  /** With `--secure`: SASL over TLS. */
  readonly saslTls?: number;
}

/** Options of {@link brokerConfig}. */
export interface BrokerConfigOptions {
  /** The broker that the text is for. */
  readonly broker: BrokerPorts;
  /** All brokers of the cluster, including this one; each is a controller too, so any of them may die. */
  readonly all: readonly BrokerPorts[];
  readonly dataDir: string;
  /** Needed if the brokers have secure listeners. */
  readonly keyStore?: { readonly path: string; readonly password: string };
}

/** The account that `--secure` creates, for PLAIN and SCRAM alike. It protects nothing: the stack is for trials. */
export const STACK_USER = { name: "tickflume", password: "tickflume-secret" } as const;

/**
 * Allows everything until an ACL forbids it, so that a refused write can be tried out. Not for several brokers: their
 * controllers have no names here, so they could not elect the first leader, which holds the ACLs.
 */
const AUTHORIZER = {
  "authorizer.class.name": "org.apache.kafka.metadata.authorizer.StandardAuthorizer",
  "allow.everyone.if.no.acl.found": true,
} as const;

/** Text of a broker's `server.properties`. */
export function brokerConfig(options: BrokerConfigOptions): string {
  const { broker, all, dataDir } = options;
  const replicas = Math.min(all.length, 3);
  const minInSync = replicas >= 3 ? 2 : 1;
  const listeners = brokerListeners(broker);
  const controller = `CONTROLLER://127.0.0.1:${broker.controller}`;
  const settings: Record<string, string | number | boolean> = {
    "process.roles": "broker,controller",
    "node.id": broker.id,
    "controller.quorum.voters": all.map((each) => `${each.id}@127.0.0.1:${each.controller}`).join(","),
    "controller.listener.names": "CONTROLLER",
    "inter.broker.listener.name": "PLAINTEXT",
    "listeners": [...listeners.map(([name, port]) => `${name}://127.0.0.1:${port}`), controller].join(","),
    "advertised.listeners": listeners.map(([name, port]) => `${name}://127.0.0.1:${port}`).join(","),
    "listener.security.protocol.map": [...listeners.map(([name]) => name), "CONTROLLER"]
      .map((name) => `${name}:${name === "CONTROLLER" ? "PLAINTEXT" : name}`).join(","),
    "log.dirs": dataDir,
    // Topics are created only on purpose: a misspelt name must fail.
    "auto.create.topics.enable": false,
    "delete.topic.enable": true,
    ...(all.length === 1 ? AUTHORIZER : {}),
    "default.replication.factor": replicas,
    "min.insync.replicas": minInSync,
    "offsets.topic.replication.factor": replicas,
    "offsets.topic.num.partitions": 4,
    "transaction.state.log.replication.factor": replicas,
    "transaction.state.log.min.isr": minInSync,
    "transaction.state.log.num.partitions": 4,
    "share.coordinator.state.topic.replication.factor": replicas,
    "share.coordinator.state.topic.min.isr": minInSync,
    // Consumers of tests need not wait for other members of their group.
    "group.initial.rebalance.delay.ms": 0,
    // Two cores suffice here.
    "num.network.threads": 2,
    "num.io.threads": 4,
    ...secureSettings(options),
  };
  return Object.entries(settings).map(([key, value]) => `${key}=${value}\n`).join("");
}

/** Listener names (each the name of its security protocol) with their ports. */
function brokerListeners(broker: BrokerPorts): readonly (readonly [string, number])[] {
  return [
    ["PLAINTEXT", broker.plain] as const,
    ...(broker.sasl === undefined ? [] : [["SASL_PLAINTEXT", broker.sasl] as const]),
    ...(broker.tls === undefined ? [] : [["SSL", broker.tls] as const]),
    ...(broker.saslTls === undefined ? [] : [["SASL_SSL", broker.saslTls] as const]),
  ];
}

function secureSettings({ broker, keyStore }: BrokerConfigOptions): Record<string, string> {
  if (keyStore === undefined) return {};
  const login = `username="${STACK_USER.name}" password="${STACK_USER.password}"`;
  const settings: Record<string, string> = {
    "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
    "ssl.keystore.type": "PKCS12",
    "ssl.keystore.location": keyStore.path,
    "ssl.keystore.password": keyStore.password,
    "ssl.key.password": keyStore.password,
  };
  for (const [name] of brokerListeners(broker)) {
    if (!name.startsWith("SASL")) continue;
    const prefix = `listener.name.${name.toLowerCase()}`;
    settings[`${prefix}.plain.sasl.jaas.config`] =
      `org.apache.kafka.common.security.plain.PlainLoginModule required ${login} ` +
      `user_${STACK_USER.name}="${STACK_USER.password}";`;
    for (const mechanism of ["scram-sha-256", "scram-sha-512"]) {
      settings[`${prefix}.${mechanism}.sasl.jaas.config`] =
        `org.apache.kafka.common.security.scram.ScramLoginModule required ${login};`;
    }
  }
  return settings;
}

/** Arguments of Kafka's StorageTool that put the account's SCRAM credentials into a new cluster. */
export function scramArguments(): string[] {
  return ["SCRAM-SHA-256", "SCRAM-SHA-512"].flatMap((mechanism) => [
    "--add-scram",
    `${mechanism}=[name=${STACK_USER.name},password=${STACK_USER.password}]`,
  ]);
}
