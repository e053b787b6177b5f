/**
 * The registry port in memory, for tests: the rules of the real one, and a script of faults.
 *
 * @module
 */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import { LocalRegistry, type RegistryCall, type RegistryGate } from "../local_registry.ts";
import { RegistryError } from "../registry.ts";
import { RegistryFaults } from "./registry_faults.ts";
import { MemorySchemaStore } from "./schema_store.ts";

/** Options of a {@link MemoryRegistryServer}. */
export interface MemoryRegistryOptions {
  /** The clock of time-outs. @default systemClock */
  readonly clock?: Clock;
  /** Id of the first schema. @default 1 */
  readonly firstId?: number;
  /** How long a call may hang before it fails with `timed_out`, in milliseconds. @default 30000 */
  readonly requestTimeoutMs?: number;
}

/** One call that reached the registry. */
export interface RegistryCallRecord {
  /** Which operation it was. */
  readonly call: RegistryCall;
  /** The subject in the call; undefined if there was none. */
  readonly subject: string | undefined;
}

/** The server behind the connections, which it outlives: schemas, faults, and the calls that came. */
export class MemoryRegistryServer {
  /** The clock of time-outs. */
  readonly clock: Clock;
  /** Milliseconds after which a call that hangs fails with `timed_out`. */
  readonly requestTimeoutMs: number;
  /** @internal */
  readonly store: MemorySchemaStore;
  /** What goes wrong on purpose. */
  readonly faults: RegistryFaults = new RegistryFaults();
  /** Every call, also those that failed. */
  readonly calls: RegistryCallRecord[] = [];

  /** Starts a registry without subjects. */
  constructor(options: MemoryRegistryOptions = {}) {
    this.clock = options.clock ?? systemClock;
    this.requestTimeoutMs = options.requestTimeoutMs ?? 30_000;
    this.store = new MemorySchemaStore(options.firstId ?? 1);
  }
}

/**
 * A connection to an in-memory registry; `server` is where faults are armed and calls are counted.
 *
 * @example
 * ```ts
 * import { loadSchema } from "tickflume";
 * import { MemoryRegistry } from "tickflume/testing";
 * import assert from "node:assert/strict";
 *
 * const registry = new MemoryRegistry();
 * registry.server.faults.unreachable({ calls: 1 });
 * const { text } = loadSchema("trade", "v2");
 * await assert.rejects(registry.register("trades-value", text), { code: "unreachable" });
 * assert.equal(await registry.register("trades-value", text), 1);
 * ```
 */
export class MemoryRegistry extends LocalRegistry {
  /** What it is connected to. */
  readonly server: MemoryRegistryServer;

  /**
   * Connects.
   *
   * @param source the server to connect to, or the options of a new one.
   */
  constructor(source: MemoryRegistryServer | MemoryRegistryOptions = {}) {
    const server = source instanceof MemoryRegistryServer ? source : new MemoryRegistryServer(source);
    super(server.store, new FaultyGate(server));
    this.server = server;
  }
}

class FaultyGate implements RegistryGate {
  readonly #server: MemoryRegistryServer;
  readonly #closed = Promise.withResolvers<void>();
  #open = true;

  constructor(server: MemoryRegistryServer) {
    this.#server = server;
  }

  async pass<T>(call: RegistryCall, work: () => T, { subject }: { readonly subject?: string | undefined }): Promise<T> {
    const { faults, calls } = this.#server;
    this.#checkOpen();
    calls.push({ call, subject });
    // Even without a fault the answer comes after the call has returned, as from a network.
    await Promise.resolve();
    const armed = faults.take({ operation: call, subject });
    if (armed?.fault.type === "hang") await this.#hang(call, armed.released);
    this.#checkOpen();
    if (armed?.fault.type !== "fail") return work();
    const { code, done = false, status, path } = armed.fault;
    if (done) work();
    throw new RegistryError(code, `The script fails ${call}: ${code}`, { subject, status, path });
  }

  close(): Promise<void> {
    this.#open = false;
    this.#closed.resolve();
    return Promise.resolve();
  }

  async #hang(call: RegistryCall, released: Promise<void>): Promise<void> {
    const { clock, requestTimeoutMs } = this.#server;
    const late = Promise.withResolvers<never>();
    const timer = clock.schedule(
      requestTimeoutMs,
      () => late.reject(new RegistryError("timed_out", `No answer to ${call} in ${requestTimeoutMs} ms`)),
    );
    try {
      await Promise.race([released, this.#closed.promise, late.promise]);
    } finally {
      timer.cancel();
    }
  }

  #checkOpen(): void {
    if (!this.#open) throw new RegistryError("closed", "The registry is closed");
  }
}
