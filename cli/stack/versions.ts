/**
 * The components of the local stack. `compose.yaml` names the same versions; a test compares them.
 *
 * @module
 */

/** Apache Kafka, run in KRaft mode. */
export const KAFKA_VERSION = "4.3.1";

/** The Scala build of Kafka's broker artifact. */
export const KAFKA_SCALA_VERSION = "2.13";

/** The bridge from Kafka's log lines to its own log4j, whose version it must share; without it a broker fails silently. */
export const LOG4J_BINDING = { artifact: "log4j-slf4j-impl", version: "2.25.4" };

/** Apicurio Registry; 3.1 and later need Java 21. */
export const REGISTRY_VERSION = "3.0.9";

/** Path of Apicurio's API in the terms of Confluent's registry. */
export const REGISTRY_PATH = "/apis/ccompat/v7";

/** Lowest Java that both run on. */
export const MIN_JAVA_VERSION = 17;

/**
 * Maven plugin that fetches the jars; pinned so that every machine gets the same behaviour. Versions 3 and later also
 * want the registry's parent project, which is not published.
 */
export const DEPENDENCY_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:2.8";
