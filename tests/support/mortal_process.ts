/** A process that can be killed at any moment, for tests: a runtime whose ports go silent when it dies. */
import type { Clock } from "../../kernel/clock.ts";
import type { Settings } from "../../config/settings.ts";
import { type Runtime, startRuntime } from "../../runtime.ts";
import type { RowSource } from "../../sources/source.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import type { StateDatabase } from "../../state/database.ts";
import { DeadLetterStore } from "../../state/dead_letters.ts";
import { WrittenIds } from "../../state/written_ids.ts";
import type { RuntimeEvent } from "../../telemetry/events.ts";
import type { Log, LogAdmin, LogProducer, SendOutcome, StoredRecord } from "../../transport/log.ts";
import type { MemoryBroker } from "../../transport/memory/broker.ts";
import { MemoryLog } from "../../transport/memory/log.ts";
import type { SchemaRegistry } from "../../transport/registry.ts";

/** The surroundings that outlive a process. */
export interface Surroundings {
  readonly broker: MemoryBroker;
  readonly registry: SchemaRegistry;
  readonly database: StateDatabase;
  readonly dataDir: string;
  readonly clock: Clock;
  /** Resolves when the disk has what was committed; rejects if it never will. @default at once */
  readonly synced?: (() => Promise<void>) | undefined;
}

/** Options of a process. */
export interface ProcessOptions {
  readonly settings: Settings;
  readonly random?: () => number;
  /** The process dies with this send, counted from 1, or with that of this row: never answered, written or not. */
  readonly death?: ({ readonly atSend: number } | { readonly atRow: number }) & { readonly stored: boolean };
  /** The files that it will load. */
  readonly files?: readonly RowSource[];
}

/** One run. Its requests at the time of a kill may still happen; it never gets their answers. */
export class MortalProcess {
  readonly runtime: Runtime;
  readonly events: RuntimeEvent[];
  readonly #life: Life;
  readonly #log: MemoryLog;

  private constructor(runtime: Runtime, { life, log, events }: { life: Life; log: MemoryLog; events: RuntimeEvent[] }) {
    this.runtime = runtime;
    this.events = events;
    this.#life = life;
    this.#log = log;
  }

  static async start(
    around: Surroundings,
    { settings, random, death, files = [] }: ProcessOptions,
  ): Promise<MortalProcess> {
    const { broker, registry, database, dataDir, clock, synced } = around;
    const life = new Life(death);
    const events: RuntimeEvent[] = [];
    const log = new MemoryLog(broker);
    const letters = new DeadLetterStore(database);
    const runtime = await startRuntime(settings, {
      log: new MortalLog(log, life),
      registry,
      clock,
      deadLetters: { add: (added) => life.check() && letters.add(added) },
      checkpoints: { store: new MortalStore(database, life, synced), openIndex: () => new WrittenIds(dataDir), files },
      observe: (event) => events.push(event),
      ...(random === undefined ? {} : { random }),
    });
    return new MortalProcess(runtime, { life, log, events });
  }

  get alive(): boolean {
    return this.#life.alive;
  }

  /** From this moment on nothing that it does has any effect. */
  kill(): void {
    this.#life.alive = false;
  }

  /** Removes its remains from the test; it may be dead. */
  async remove(): Promise<void> {
    await this.runtime.stop({ deadlineMs: 0 });
    await this.#log.close();
  }
}

class Life {
  alive = true;
  readonly #death: ProcessOptions["death"];
  #sends = 0;

  constructor(death: ProcessOptions["death"]) {
    this.#death = death;
  }

  /** As {@link Life.hear}, for a send, which may be its last act. */
  async send<T>(records: Parameters<LogProducer["send"]>[2], ask: () => Promise<T>): Promise<T> {
    const dies = this.#diesWith(++this.#sends, records);
    if (dies && this.#death?.stored === false) this.alive = false;
    return await this.hear(() => {
      const asked = ask();
      if (dies) this.alive = false;
      return asked;
    });
  }

  #diesWith(send: number, records: Parameters<LogProducer["send"]>[2]): boolean {
    const death = this.#death;
    if (death === undefined) return false;
    if ("atSend" in death) return send === death.atSend;
    for (const { row } of records) if (row === death.atRow) return true;
    return false;
  }

  /** @throws if the process is dead: an effect that must not happen. */
  check(): true {
    if (!this.alive) throw new Error("the process is dead");
    return true;
  }

  /** Passes the answer on, if the process still lives. */
  async hear<T>(ask: () => Promise<T>): Promise<T> {
    const answer = this.alive ? await ask() : await never();
    return this.alive ? answer : await never();
  }
}

function never(): Promise<never> {
  return new Promise(() => {});
}

class MortalStore extends CheckpointStore {
  readonly #life: Life;
  readonly #synced: Surroundings["synced"];
  #isBroken = false;

  constructor(database: StateDatabase, life: Life, synced: Surroundings["synced"]) {
    super(database);
    this.#life = life;
    this.#synced = synced;
  }

  override get isBroken(): boolean {
    return this.#isBroken;
  }

  override begin(...args: Parameters<CheckpointStore["begin"]>) {
    return this.#life.check() && super.begin(...args);
  }

  override doubt(...args: Parameters<CheckpointStore["doubt"]>) {
    return this.#life.check() && super.doubt(...args);
  }

  override rename(...args: Parameters<CheckpointStore["rename"]>) {
    return this.#life.check() && super.rename(...args);
  }

  override save(...args: Parameters<CheckpointStore["save"]>) {
    return this.#life.check() && super.save(...args);
  }

  /** Synced as the test says: its time is that of its clock, and no disk takes longer. */
  override async durably<T>(change: () => T): Promise<T> {
    const result = change();
    try {
      await this.#synced?.();
    } catch (cause) {
      this.#isBroken = true;
      throw cause;
    }
    return await this.#life.hear(() => Promise.resolve(result));
  }
}

class MortalLog implements Log {
  readonly admin: LogAdmin;
  readonly #log: Log;
  readonly #life: Life;

  constructor(log: Log, life: Life) {
    this.#log = log;
    this.#life = life;
    const { admin } = log;
    this.admin = {
      clusterId: () => life.hear(() => admin.clusterId()),
      brokers: () => life.hear(() => admin.brokers()),
      listTopics: () => life.hear(() => admin.listTopics()),
      describeTopic: (name) => life.hear(() => admin.describeTopic(name)),
      rights: (topic) => life.hear(() => admin.rights(topic)),
      createTopic: (spec) => life.hear(() => admin.createTopic(spec)),
      deleteTopic: (name) => life.hear(() => admin.deleteTopic(name)),
      offsets: (topic) => life.hear(() => admin.offsets(topic)),
      leaderOffsets: (topic, partitions) => life.hear(() => admin.leaderOffsets(topic, partitions)),
    };
  }

  async createProducer(): Promise<LogProducer> {
    const producer = await this.#life.hear(() => this.#log.createProducer());
    let failed: Exclude<SendOutcome, { readonly type: "stored" }> | null = null;
    return {
      send: (topic, partition, records) =>
        this.#life.send(records, async () => {
          // The outcome is on its way to the caller, which takes longer through here than without.
          if (failed !== null) return failed;
          const outcome = await producer.send(topic, partition, records);
          if (outcome.type !== "stored") failed = outcome;
          return outcome;
        }),
      close: () => this.#life.hear(() => producer.close()),
    };
  }

  async *read(...args: Parameters<Log["read"]>): AsyncGenerator<readonly StoredRecord[]> {
    for await (const records of this.#log.read(...args)) yield await this.#life.hear(() => Promise.resolve(records));
  }

  offsetForTime(...args: Parameters<Log["offsetForTime"]>): Promise<bigint> {
    return this.#life.hear(() => this.#log.offsetForTime(...args));
  }

  close(): Promise<void> {
    return this.#log.close();
  }
}
