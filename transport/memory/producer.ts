/**
 * The writing side of the in-memory log.
 *
 * @module
 */
import { Buffer } from "node:buffer";
import {
  LogError,
  type LogErrorCode,
  type LogProducer,
  type LogRecord,
  type LogRecords,
  type SendOutcome,
} from "../log.ts";
import { refusalOf } from "../log_rules.ts";
import { copyOf, type MemoryBroker } from "./broker.ts";
import type { ArmedFault } from "./fault_script.ts";
import type { SendFault } from "./log_faults.ts";
import { allHeaders } from "../source_header.ts";

interface Send {
  readonly topic: string;
  readonly partition: number;
  /** A copy made at the time of the call. */
  readonly records: readonly LogRecord[];
}

/**
 * A client of a {@link MemoryBroker}. It throws a `LogMisuseError` if a caller breaks the rule of use: two unsettled
 * sends on a partition, a send after an outcome other than `stored`, bytes that change before the send has settled.
 */
export class MemoryProducer implements LogProducer {
  readonly #broker: MemoryBroker;
  readonly #id: string;
  readonly #unsettled = new Set<Promise<unknown>>();
  #failed = false;
  #closed = false;

  constructor(broker: MemoryBroker, id: string) {
    this.#broker = broker;
    this.#id = id;
  }

  send(topic: string, partition: number, records: LogRecords): Promise<SendOutcome> {
    if (this.#closed) return Promise.resolve(refused("closed", `Producer ${this.#id} is closed`));
    if (this.#failed) this.#broker.misuse(`A send on ${this.#id} after an outcome other than "stored": close it first`);
    const copies = Array.from(records, copyOf);
    const settle = this.#broker.claim(topic, partition);
    const sending = this.#settled({ topic, partition, records: copies }, records)
      .finally(() => {
        settle();
        this.#unsettled.delete(sending);
      });
    this.#unsettled.add(sending);
    // Not before the caller can know the outcome; the error of a misuse is no outcome.
    sending.then(({ type }) => this.#failed ||= type !== "stored", () => {});
    return sending;
  }

  async close(): Promise<void> {
    this.#closed = true;
    await Promise.allSettled(this.#unsettled);
  }

  async #settled(send: Send, given: LogRecords): Promise<SendOutcome> {
    const outcome = await this.#deliver(send);
    const now = [...given];
    if (!send.records.every((record, at) => sameBytes(record, now[at]))) {
      this.#broker.misuse(
        `The bytes of a record for ${send.topic}/${send.partition} changed before its send had settled`,
      );
    }
    return outcome;
  }

  async #deliver(send: Send): Promise<SendOutcome> {
    const { faults, clock } = this.#broker;
    // Even without a delay the outcome comes after the call has returned, as from a network.
    await Promise.resolve();
    if (faults.delays.sendMs > 0) await clock.sleep(faults.delays.sendMs);
    const armed = faults.takeSend({ operation: "send", topic: send.topic, partition: send.partition });
    const outcome = armed === null ? this.#write(send) : await this.#strike(armed, send);
    return outcome.type === "stored" ? await this.#replicated(outcome, send) : outcome;
  }

  /** Acknowledges once the followers have the records too. A leader that is replaced meanwhile never answers. */
  async #replicated(stored: SendOutcome, { topic, partition }: Send): Promise<SendOutcome> {
    const target = this.#broker.topic(topic)?.partitions[partition];
    if (target === undefined || target.frozen === null) return stored;
    const { leaderEpoch, frozen } = target;
    const late = await this.#isLate(frozen.ended);
    return late || target.leaderEpoch !== leaderEpoch ? this.#unanswered() : stored;
  }

  async #strike(armed: ArmedFault<SendFault>, send: Send): Promise<SendOutcome> {
    const { fault } = armed;
    if (fault.type === "refuse") return refused(fault.code, `The script refuses this send: ${fault.code}`);
    if (fault.type === "hang") return await this.#hang(armed, { send, lost: fault.lost ?? false });
    const told = unknown(fault.code ?? "timed_out", "The script leaves this send's outcome unknown");
    if (fault.stored === "yes") this.#write(send);
    if (fault.stored === "late") {
      const write = () => void this.#write(send, { late: true });
      if (fault.afterMs === undefined) armed.released.then(write);
      else this.#broker.clock.schedule(fault.afterMs, write);
    }
    return told;
  }

  async #hang(armed: ArmedFault<SendFault>, { send, lost }: { send: Send; lost: boolean }): Promise<SendOutcome> {
    const late = await this.#isLate(armed.released);
    if (late && !lost) armed.released.then(() => this.#write(send, { late: true }));
    return late || lost ? this.#unanswered() : this.#write(send);
  }

  /** Waits for a promise, at most for the delivery time-out; true if that passed first. */
  async #isLate(awaited: Promise<void>): Promise<boolean> {
    const { clock, deliveryTimeoutMs } = this.#broker;
    const timedOut = Promise.withResolvers<true>();
    const timer = clock.schedule(deliveryTimeoutMs, () => timedOut.resolve(true));
    const late = await Promise.race([awaited.then(() => false), timedOut.promise]);
    timer.cancel();
    return late;
  }

  #unanswered(): SendOutcome {
    return unknown("timed_out", `No answer within the delivery time-out of ${this.#broker.deliveryTimeoutMs} ms`);
  }

  #write({ topic, partition, records }: Send, { late } = { late: false }): SendOutcome {
    try {
      this.#broker.requirePartition(topic, partition);
      const refusal = refusalOf(records, this.#broker.requireTopic(topic).spec.config ?? {});
      if (refusal !== null) return { type: "refused", error: refusal };
      const baseOffset = this.#broker.append(records, { topic, partition, producer: this.#id, late });
      return { type: "stored", baseOffset };
    } catch (error) {
      if (error instanceof LogError) return { type: "refused", error };
      throw error;
    }
  }
}

function refused(code: LogErrorCode, message: string): SendOutcome {
  return { type: "refused", error: new LogError(code, message) };
}

function unknown(code: LogErrorCode, message: string): SendOutcome {
  return { type: "unknown", error: new LogError(code, message) };
}

function sameBytes(copy: LogRecord, given: LogRecord | undefined): boolean {
  if (given === undefined) return false;
  const same = (a: Uint8Array | null, b: Uint8Array | null) =>
    a === null || b === null ? a === b : Buffer.compare(a, b) === 0;
  const headers = allHeaders(given);
  return same(copy.key, given.key) && same(copy.value, given.value) && copy.headers?.length === headers.length &&
    copy.headers.every(([name, content], at) => name === headers[at]?.[0] && same(content, headers[at][1]));
}
