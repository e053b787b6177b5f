/**
 * Gives tests a real Kafka and a real registry: `scripts/test.ts` starts them and passes their addresses.
 *
 * @module
 */

/** Listeners that require a log-in or TLS, each `host:port`. */
export interface SecureListeners {
  readonly sasl: readonly string[];
  readonly tls: readonly string[];
  readonly saslTls: readonly string[];
  /** File with the certificate to trust. */
  readonly ca: string;
}

/** Addresses of real servers. */
export interface RealStack {
  /** `host:port` of each broker. */
  readonly brokers: readonly string[];
  /** Base URL of the registry's API in Confluent's terms. */
  readonly registry: string;
  /** `null` if the stack has none (`stack up --secure` adds them). */
  readonly secure: SecureListeners | null;
}

let told = false;

/**
 * The real servers for tests, or `null` if there are none: then this prints the reason once, and the test must end. With
 * `TICKFLUME_REQUIRE_STACK=1` missing servers are an error instead.
 */
export function realStack(): RealStack | null {
  const [brokers, registry] = [Deno.env.get("TICKFLUME_BROKERS"), Deno.env.get("TICKFLUME_REGISTRY")];
  if (brokers && registry) {
    const secure = Deno.env.get("TICKFLUME_SECURE_LISTENERS");
    return { brokers: brokers.split(","), registry, secure: secure ? JSON.parse(secure) : null };
  }
  const reason = "TICKFLUME_BROKERS and TICKFLUME_REGISTRY do not name a running stack (see docs/stack.md)";
  if (Deno.env.get("TICKFLUME_REQUIRE_STACK") === "1") throw new Error(`A real stack is required, but ${reason}`);
  if (!told) console.log(`skipping tests with real servers: ${reason}`);
  told = true;
  return null;
}
