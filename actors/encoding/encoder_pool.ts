/**
 * The encoder shards as one: each job goes to the shard that has the fewest in hand.
 *
 * @module
 */
import { AnswerDebt } from "../debt.ts";
import type { EncodedValues } from "../encoded_records.ts";
import type { ActorRef } from "../kernel/types.ts";
import type { EncoderShardMessage } from "../messages.ts";
import type { EncodeJob } from "./encode_job.ts";

/** A job that a shard has, or is about to get. */
export interface EncodingElsewhere {
  /** Rejects if the shard died with the job. */
  readonly values: Promise<EncodedValues>;
  /** Nobody waits for it any more. */
  abandon(cause: unknown): void;
}

export class EncoderPool {
  readonly #shards: readonly { readonly ref: ActorRef<EncoderShardMessage>; jobs: number }[];

  constructor(shards: readonly ActorRef<EncoderShardMessage>[]) {
    this.#shards = shards.map((ref) => ({ ref, jobs: 0 }));
  }

  /** How many shards there are. */
  get size(): number {
    return this.#shards.length;
  }

  /** @param signal Aborted: whoever asks has ended. */
  encode(job: EncodeJob, signal: AbortSignal): EncodingElsewhere {
    const shard = this.#shards.reduce((best, other) => other.jobs < best.jobs ? other : best);
    const { promise: values, resolve, reject } = Promise.withResolvers<EncodedValues>();
    values.catch(() => {}); // Whose batch comes later in the order may be looked at only then, or never.
    const reply = new AnswerDebt<EncodedValues>({ reply: resolve, fail: reject });
    shard.jobs += 1;
    reply.onSettled(() => shard.jobs -= 1);
    const fail = (cause: unknown) => reply.fail(cause);
    shard.ref.send({ type: "encode_rows", job, reply }, { signal }).catch(fail);
    return { values, abandon: fail };
  }
}
