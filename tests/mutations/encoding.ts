import type { Mutation } from "../../scripts/mutations/mutation.ts";

const TESTS = ["actors/converter_shards_test.ts"];

/** A fault in the converter, noticed by its test with shards. */
function converter(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "actors/converter.ts", tests: TESTS };
}

/** A fault in what encodes elsewhere, noticed by its own test unless others are named. */
function encoding(
  name: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  const tests = entry.tests ?? [`actors/encoding/${name}_test.ts`];
  return { ...entry, file: `actors/encoding/${name}.ts`, tests };
}

/** A fault in an encoder shard. */
function shard(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "actors/encoder_shard.ts", tests: ["actors/encoder_shard_test.ts"] };
}

const sequencer: readonly Mutation[] = [
  converter({
    name: "hands over whatever is encoded first",
    find: `this.#last = this.#last.then(() => this.#handOver(batch));`,
    replace: `this.#last = this.#handOver(batch);`,
  }),
  converter({
    name: "takes batches without a bound",
    find: `    if (this.#handingOver.length >= this.#most) await this.#handingOver.shift();
`,
    replace: ``,
  }),
  converter({
    name: "has one batch under way although it has shards",
    find: `this.#most = Math.max(1, shards.length * BATCHES_PER_SHARD);`,
    replace: `this.#most = 1;`,
  }),
  converter({
    name: "says that a batch is through whose shard has died",
    find: `      message.delivery.fail(cause);
      return null;`,
    replace: `      return null;`,
  }),
  converter({
    name: "dies with a shard",
    find: `      message.delivery.fail(cause);
      return null;`,
    replace: `      throw cause;`,
  }),
  converter({
    name: "blames every batch that was under way",
    find: `      if (delivery !== this.#inHand?.delivery) delivery.fail(cause);
`,
    replace: ``,
  }),
  converter({
    name: "blames no batch at all",
    find: `      if (delivery !== this.#inHand?.delivery) delivery.fail(cause);`,
    replace: `      delivery.fail(cause);`,
  }),
  converter({
    name: "blames the batch before for one that it takes",
    find: `    this.#inHand = message;
    const elsewhere`,
    replace: `    const elsewhere`,
  }),
  converter({
    name: "lets its shards go on with what nobody waits for",
    find: `      for (const encoding of elsewhere) encoding?.abandon(cause);
`,
    replace: ``,
  }),
  converter({
    name: "stops before what is under way has been handed over",
    find: `if (purpose === "stop") return this.#last;`,
    replace: `if (purpose === "stop") return;`,
  }),
  converter({
    name: "does not read back what a shard has encoded",
    find: `if (this.#verify) verifyEncoding(batch, target, records);`,
    replace: `if (this.#verify && this.#pool.size === 0) verifyEncoding(batch, target, records);`,
  }),
];

const shards: readonly Mutation[] = [
  shard({
    name: "never misses a sign of its worker",
    find: `    this.#silentBeats += 1;
`,
    replace: ``,
  }),
  shard({
    name: "takes a slow worker for a dead one",
    find: `      case "ready":
      case "pong":
        this.#silentBeats = 0;
        return;`,
    replace: `      case "ready":
      case "pong":
        return;`,
  }),
  shard({
    name: "asks its worker for a sign only once",
    find: `    this.#context.schedule(this.#beatMs, { type: "beat" });`,
    replace:
      `    if (this.#silentBeats === 0 && this.#count === 0) this.#context.schedule(this.#beatMs, { type: "beat" });`,
  }),
  shard({
    name: "lives on when its worker has died",
    find: `      case "worker_failed":
        throw message.cause;`,
    replace: `      case "worker_failed":
        return;`,
  }),
  shard({
    name: "keeps a job that its worker cannot encode",
    find: "throw new EncoderWorkerError(`Encoding in a worker has failed: ${message.reason}`);",
    replace: `return;`,
  }),
  shard({
    name: "owes nobody an answer for a job",
    find: `    obligation: (message) => message.reply,
`,
    replace: ``,
  }),
  shard({
    name: "leaves its worker running",
    find: `  end(): void {
    this.#worker.terminate();`,
    replace: `  end(): void {`,
  }),
  shard({
    name: "leaves a worker running that came too late",
    find: `    worker.terminate();
    throw cause;`,
    replace: `    throw cause;`,
  }),
  shard({
    name: "stops while its worker encodes",
    find: `if (purpose === "restart" || this.#jobs.size === 0) return;`,
    replace: `return;`,
  }),
  shard({
    name: "begins what nobody waits for",
    find: `    if (message.reply.settled) return;
`,
    replace: ``,
  }),
];

const elsewhere: readonly Mutation[] = [
  encoding("rows_elsewhere", {
    name: "encodes rows again that were acknowledged",
    find: `    if (!delivery.isPending(targetIndex, index)) continue;
`,
    replace: ``,
  }),
  encoding("rows_elsewhere", {
    name: "loses the bad rows of a batch",
    find: `  for (const index of bad) refuse(message, index, targetIndex);
`,
    replace: ``,
  }),
  encoding("rows_elsewhere", {
    name: "writes what loses something",
    find: `else if (encoder.takes(events, index)) rows[count++] = index;
    else return null;`,
    replace: `else rows[count++] = index;`,
  }),
  encoding("rows_elsewhere", {
    name: "forgets the id in the header of v1",
    find: `idInHeader: hasIdInHeader(target)`,
    replace: `idInHeader: false`,
  }),
  encoding("encode_job", {
    name: "gives all rows the shared fields of the first",
    find: `if (fields !== last || fields === null) {`,
    replace: `if (last === null) {`,
    tests: ["actors/encoding/rows_elsewhere_test.ts"],
  }),
  encoding("serve_encoder", {
    name: "lets an error of a job end the thread",
    find: `  } catch (error) {`,
    replace: `  } catch (error) {
    throw error;`,
    tests: ["actors/encoding/encoder_worker_test.ts"],
  }),
  encoding("start_encoder_thread", {
    name: "lets the error of a thread end the process",
    find: `    event.preventDefault();
`,
    replace: ``,
    tests: ["actors/encoding/encoder_worker_test.ts"],
  }),
];

export const mutations: readonly Mutation[] = [...sequencer, ...shards, ...elsewhere];
