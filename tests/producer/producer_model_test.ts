/**
 * Random calls, crashes, flags and faults, compared with a model of the allowed answers: each call settles once; a
 * resolved one means one record in each topic of its flag; an OutcomeUnknownError means one record or none; any other
 * error means none, except the copies that it names; and each topic has its records in the order of the calls.
 */
import assert from "node:assert/strict";
import { actorsOf } from "../../producer/actors_of.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import { OutcomeUnknownError, RecordRefusedError } from "../../producer/errors.ts";
import type { ProduceReceipt } from "../../producer/receipt.ts";
import { storedMessageId } from "../../records/ids/stored_identity.ts";
import type { SendFault } from "../../transport/memory/log_faults.ts";
import {
  exampleTrade,
  type ProducerBench,
  settle,
  storedAt,
  TRADES,
  withProducer,
} from "../support/producer_harness.ts";

/** More with RUNS=1000, others with SEED=1000. */
const RUNS = Number(Deno.env.get("RUNS") ?? 20);
const STEPS = 80;
const OTHER_SCHEMA = '{"type":"record","name":"Other","fields":[{"name":"a","type":"int"}]}';
const V1_SUBJECT = "market.equities.trades.v1-value";
const TOPICS = [TRADES, `${TRADES}.v1`];

interface Call {
  readonly id: string;
  readonly number: number;
  readonly flag: VersionFlag;
  settled: number;
  receipt: ProduceReceipt | null;
  cause: unknown;
}

/** A small generator, so that the seed reproduces a run (mulberry32). */
function diceOf(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) % sides;
  };
}

const FAULTS: readonly SendFault[] = [
  { type: "unknown", stored: "yes" },
  { type: "unknown", stored: "no" },
  { type: "unknown", stored: "late", afterMs: 50 },
  { type: "refuse", code: "leader_changed" },
];

class Run {
  readonly calls: Call[] = [];
  readonly #bench: ProducerBench;
  readonly #roll: (sides: number) => number;
  #flag: VersionFlag = "v2";
  #refused = false;
  #away: { release(): void } | null = null;

  constructor(bench: ProducerBench, roll: (sides: number) => number) {
    this.#bench = bench;
    this.#roll = roll;
  }

  async step(): Promise<void> {
    const { clock, log } = this.#bench;
    const roll = this.#roll;
    switch (roll(12)) {
      case 0:
      case 1:
      case 2:
      case 3:
        for (let count = roll(8); count >= 0; count--) this.#call();
        break;
      case 4:
        this.#kill();
        break;
      case 5: {
        const fault = FAULTS[roll(FAULTS.length)];
        if (fault?.type === "unknown" && fault.stored === "late") log.broker.faults.next("send", fault);
        else if (fault !== undefined) log.broker.faults.next("send", fault);
        break;
      }
      case 6:
        this.#setFlag((["v1", "v2", "both"] as const)[roll(3)] ?? "v2");
        break;
      case 7:
        await this.#changeRegistry();
        break;
      case 8:
        if (this.#away === null) this.#away = log.broker.faults.unreachable();
        else this.#comeBack();
        break;
      case 9: {
        const held = log.broker.faults.next("send", { type: "hang" });
        clock.schedule(20 + roll(200), () => held.release());
        break;
      }
      default:
        await clock.advance(roll(roll(4) === 0 ? 3_000 : 60));
    }
    if (roll(3) === 0) await clock.runUntilIdle();
  }

  /** Asserts that all calls settle once all faults are healed, or the producer is closed. */
  async end(): Promise<void> {
    const { clock, log, registry, producer } = this.#bench;
    if (this.#roll(3) === 0) {
      // The faults of the moment stay active.
      await settle(clock, producer.close({ deadlineMs: this.#roll(4_000) }));
    } else {
      this.#comeBack();
      log.broker.faults.clear();
      registry.server.faults.clear();
      await settle(clock, producer.flush());
    }
    log.broker.faults.clear();
    await clock.advance(10_000);
  }

  #comeBack(): void {
    this.#away?.release();
    this.#away = null;
  }

  #call(): void {
    const number = this.calls.length;
    const trade = exampleTrade({ sourceSequence: number, quantity: this.#roll(30) === 0 ? "0.5" : "10" });
    const call: Call = { id: trade.message_id, number, flag: this.#flag, settled: 0, receipt: null, cause: null };
    this.calls.push(call);
    this.#bench.producer.produceTrade("equities", "ASX", trade).then((receipt) => {
      call.settled += 1;
      call.receipt = receipt;
    }, (cause) => {
      call.settled += 1;
      call.cause = cause;
    });
  }

  #kill(): void {
    const actors = actorsOf(this.#bench.producer);
    const paths = actors.paths().filter((path) => actors.at(path).state === "running");
    const path = paths[this.#roll(paths.length)];
    if (path !== undefined) actors.kill(path);
  }

  #setFlag(flag: VersionFlag): void {
    this.#flag = flag;
    this.#bench.producer.setSchemaVersion(flag);
  }

  /** The registry refuses v1, or accepts it again. */
  async #changeRegistry(): Promise<void> {
    const { registry } = this.#bench;
    await registry.deleteSubject(V1_SUBJECT).catch(() => {});
    if (!this.#refused) await registry.register(V1_SUBJECT, OTHER_SCHEMA).catch(() => {});
    this.#refused = !this.#refused;
  }
}

function judge({ log, producer }: ProducerBench, calls: readonly Call[]): void {
  const seen = new Map<string, number>();
  const numbers = new Map(calls.map(({ id, number }) => [id, number]));
  for (const topic of TOPICS) {
    for (const { records } of log.broker.topic(topic)?.partitions ?? []) {
      let last = -1;
      for (const record of records) {
        const id = storedMessageId(record) ?? "";
        const key = `${topic} ${id}`;
        seen.set(key, (seen.get(key) ?? 0) + 1);
        const number = numbers.get(id) ?? assert.fail("a record that no caller passed");
        assert.ok(number > last, `call ${number} is after call ${last} in ${topic}`);
        last = number;
      }
    }
  }
  for (const { id, number, flag, settled, receipt, cause } of calls) {
    const copies = TOPICS.map((topic) => seen.get(`${topic} ${id}`) ?? 0);
    const found = copies.reduce((sum, each) => sum + each, 0);
    const what = `call ${number} under ${flag}: ${receipt === null ? String(cause) : "resolved"}, copies ${copies}`;
    assert.equal(settled, 1, what);
    assert.ok(copies.every((each) => each <= 1), what);
    if (receipt !== null) {
      assert.equal(found, flag === "both" ? 2 : 1, what);
      const versions = receipt.copies.map(({ schemaVersion }) => schemaVersion).sort();
      assert.deepEqual(versions, flag === "both" ? ["v1", "v2"] : [flag]);
      for (const copy of receipt.copies) assert.equal(storedMessageId(storedAt(log, copy)), id);
    } else if (cause instanceof OutcomeUnknownError) {
      assert.ok(found >= cause.written.length, what);
    } else {
      const written = cause instanceof RecordRefusedError ? cause.written : [];
      assert.equal(found, written.length, what);
      for (const copy of written) assert.equal(storedMessageId(storedAt(log, copy)), id);
    }
  }
  const { acked, rejected, pending } = producer.stats();
  assert.deepEqual([acked + rejected, pending], [calls.length, 0]);
}

const base = Number(Deno.env.get("SEED") ?? 1);

for (let at = 0; at < RUNS; at += 10) {
  Deno.test(`a producer tells its callers the truth through crashes, failures and changes (seeds ${base + at} to ${base + at + 9})`, async () => {
    for (let seed = base + at; seed < base + at + 10; seed++) {
      await withProducer(async (bench) => {
        const run = new Run(bench, diceOf(seed));
        try {
          for (let step = 0; step < STEPS; step++) await run.step();
          await run.end();
          judge(bench, run.calls);
        } catch (error) {
          throw new Error(`seed ${seed}`, { cause: error });
        }
      }, {
        config: { exchanges: { asx: { partitions: 3 } }, pipeline: { maxAttempts: 2, batchRows: 4, windowRows: 40 } },
      });
    }
  });
}
