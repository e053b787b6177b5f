/**
 * The converter: rows in, encoded records out, for each target version of the batch. A row that cannot be written as a
 * version is refused with its rule; what throws otherwise is a bug, and the batch goes back to its source.
 *
 * With encoder shards, several batches are under way: other threads encode them in whatever order, and they are handed over
 * in the order in which they came. What those cannot encode is encoded here when its turn comes.
 *
 * @module
 */
import { OutOfSequenceError } from "./delivery.ts";
import { encodeRows } from "./encode_rows.ts";
import type { EncodedRecords } from "./encoded_records.ts";
import { EncoderPool, type EncodingElsewhere } from "./encoding/encoder_pool.ts";
import { jobElsewhere, recordsOf } from "./encoding/rows_elsewhere.ts";
import { assertNever } from "./kernel/assert_never.ts";
import type { ActorContext, ActorRef, ActorSpec, Behaviour, StopPurpose } from "./kernel/types.ts";
import type { ConverterMessage, EncoderShardMessage, RowsAdmitted, Target } from "./messages.ts";
import { verifyEncoding } from "./verify_encoding.ts";

/** Options of the converter. */
export interface ConverterOptions {
  /** @default "converter" */
  readonly id?: string;
  /** Mailbox bound, in batches. @default 8 */
  readonly capacity?: number;
  /** Reads each record back before it is sent; a record that is not its row's is a crash of the converter. @default false */
  readonly verify?: boolean;
  /** What encodes in other threads. @default none: this one encodes */
  readonly shards?: readonly ActorRef<EncoderShardMessage>[];
}

/** One that is encoded and one that waits, so that a thread does not idle until this one has looked at its answer. */
export const BATCHES_PER_SHARD = 2;

/** A batch that has been taken and not been handed over. */
interface BatchUnderWay {
  readonly message: RowsAdmitted;
  /** For each target what a shard does, or null. */
  readonly elsewhere: readonly (EncodingElsewhere | null)[];
}

type Internal =
  | { readonly type: "handed_over" }
  | { readonly type: "crashed"; readonly cause: unknown };

type Context = ActorContext<ConverterMessage, Internal>;

/** The spec of a converter. */
export function converterActor(options: ConverterOptions = {}): ActorSpec<ConverterMessage, Internal> {
  return {
    id: options.id ?? "converter",
    capacity: options.capacity ?? 8,
    obligation: (message) => message.delivery,
    start: (context) => new Converter(options, context),
  };
}

class Converter implements Behaviour<ConverterMessage | Internal> {
  readonly #context: Context;
  readonly #verify: boolean;
  readonly #pool: EncoderPool;
  readonly #most: number;
  readonly #underWay = new Set<BatchUnderWay>();
  /** Of the batches under way, in order; each begins when the one before is through. */
  readonly #handingOver: Promise<void>[] = [];
  #last: Promise<void> = Promise.resolve();
  /** The one that is to blame if something throws now. */
  #inHand: RowsAdmitted | null = null;

  constructor({ verify = false, shards = [] }: ConverterOptions, context: Context) {
    this.#context = context;
    this.#verify = verify;
    this.#pool = new EncoderPool(shards);
    this.#most = Math.max(1, shards.length * BATCHES_PER_SHARD);
  }

  async receive(message: ConverterMessage | Internal): Promise<void> {
    switch (message.type) {
      case "rows_admitted":
        return await this.#take(message);
      case "handed_over":
        return;
      case "crashed":
        throw message.cause;
      default:
        assertNever(message);
    }
  }

  /** What is under way waits for producers, which are still there when this one stops for good. */
  drain(purpose: StopPurpose): Promise<void> | void {
    if (purpose === "stop") return this.#last;
  }

  /** A batch that was only waiting for its turn is not to blame; the one in hand is the kernel's to fail. */
  end(): void {
    for (const { message: { delivery }, elsewhere } of [...this.#underWay]) {
      const cause = new OutOfSequenceError("The converter ended before the batch had its turn");
      for (const encoding of elsewhere) encoding?.abandon(cause);
      if (delivery !== this.#inHand?.delivery) delivery.fail(cause);
    }
  }

  /** Returns when there is room for another one. */
  async #take(message: RowsAdmitted): Promise<void> {
    const batch = this.#begin(message);
    this.#underWay.add(batch);
    this.#last = this.#last.then(() => this.#handOver(batch));
    this.#handingOver.push(this.#last);
    this.#context.pipeToSelf(
      this.#last,
      (): Internal => ({ type: "handed_over" }),
      (cause): Internal => ({ type: "crashed", cause }),
    );
    if (this.#handingOver.length >= this.#most) await this.#handingOver.shift();
  }

  #begin(message: RowsAdmitted): BatchUnderWay {
    if (this.#pool.size === 0) return { message, elsewhere: [] };
    const before = this.#inHand;
    this.#inHand = message;
    const elsewhere = message.targets.map((target, index) => {
      const job = jobElsewhere(message, index, target);
      return job === null ? null : this.#pool.encode(job, this.#context.signal);
    });
    this.#inHand = before;
    return { message, elsewhere };
  }

  /** Once every batch before has been handed over. */
  async #handOver(batch: BatchUnderWay): Promise<void> {
    const { clock, signal } = this.#context;
    signal.throwIfAborted();
    const { message, elsewhere } = batch;
    const { targets, delivery } = message;
    this.#inHand = message;
    const timestamp = clock.now();
    for (const [index, target] of targets.entries()) {
      const records = await this.#recordsOf(message, index, { target, elsewhere: elsewhere[index] ?? null });
      if (records === null) break;
      await this.#send(message, index, { target, records, timestamp });
    }
    delivery.finish();
    this.#underWay.delete(batch);
    this.#inHand = null;
  }

  /** Null if a shard has died with the batch, which goes back to its source. */
  async #recordsOf(
    message: RowsAdmitted,
    index: number,
    { target, elsewhere }: { target: Target; elsewhere: EncodingElsewhere | null },
  ): Promise<EncodedRecords | null> {
    if (elsewhere === null) return encodeRows(message, index, target);
    try {
      return recordsOf(message, target, await elsewhere.values);
    } catch (cause) {
      message.delivery.fail(cause);
      return null;
    }
  }

  async #send(
    { batch, place, epoch, delivery }: RowsAdmitted,
    index: number,
    { target, records, timestamp }: { target: Target; records: EncodedRecords; timestamp: number },
  ): Promise<void> {
    if (this.#verify) verifyEncoding(batch, target, records);
    const part = delivery.openPart(index, target.topic, records.length);
    try {
      await target.producer.send(
        { type: "records_encoded", place, epoch, timestamp, records, part },
        { signal: this.#context.signal },
      );
    } catch (cause) {
      part.fail(cause);
      throw cause;
    }
  }
}
