import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { type StackHandle, stackRemove, stackUp } from "../../cli/stack/local_stack.ts";
import { killRole, restartRole } from "../support/stack_roles.ts";
import { brokersKnownBy } from "../../cli/stack/probes.ts";
import { eventually } from "../contracts/patience.ts";
import type { Log, SendOutcome } from "../../transport/log.ts";
import { realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS, type OpenKafkaLog } from "./kafka_clients.ts";

const PARTITIONS = 6;
const BATCH = 50;
const PACE_MS = 10;
const DELIVERY_TIMEOUT_MS = 60_000;

/** One partition's writer: batch after batch, until it is stopped or an outcome is not `stored`. */
interface Lane {
  readonly partition: number;
  stored: number;
  unknown: SendOutcome | null;
  slowestMs: number;
}

async function write(log: Log, topic: string, { lane, stop }: { lane: Lane; stop: AbortSignal }): Promise<void> {
  const producer = await log.createProducer();
  while (!stop.aborted && lane.unknown === null) {
    const records = Array.from({ length: BATCH }, (_, at) => ({
      key: null,
      value: new TextEncoder().encode(String(lane.stored + at)),
      timestamp: systemClock.now(),
    }));
    const begin = systemClock.monotonic();
    const outcome = await producer.send(topic, lane.partition, records);
    lane.slowestMs = Math.max(lane.slowestMs, systemClock.monotonic() - begin);
    if (outcome.type !== "stored") lane.unknown = outcome;
    else {
      assert.equal(outcome.baseOffset, BigInt(lane.stored), "each record is in the log once, so offsets count them");
      lane.stored += BATCH;
      // The machine is shared with the brokers.
      await systemClock.sleep(PACE_MS);
    }
  }
  await producer.close();
}

async function valuesIn(log: Log, topic: string, partition: number): Promise<number[]> {
  const end = (await log.admin.offsets(topic))[partition]?.end ?? 0n;
  const values: number[] = [];
  for await (const chunk of log.read(topic, partition, { from: 0n, to: end })) {
    for (const { value } of chunk) values.push(Number(new TextDecoder().decode(value ?? new Uint8Array())));
  }
  return values;
}

interface Crash {
  readonly role: string;
  readonly port: number;
  readonly brokers: number;
  readonly lanes: readonly Lane[];
}

/** Kills a broker without warning while sends are in flight, and brings it back (after a while if the others can work). */
async function crash(handle: StackHandle, { role, port, brokers, lanes }: Crash): Promise<void> {
  const goesOn = async (what: string) => {
    const before = lanes.map(({ stored }) => stored);
    const moved = () => lanes.every(({ stored, unknown }, at) => unknown !== null || stored > (before[at] ?? 0));
    await eventually(what, () => Promise.resolve(moved() ? true : null));
  };
  await goesOn(`sends before ${role} is killed`);
  await killRole(handle, role);
  if (brokers > 1) await goesOn(`sends without ${role}`);
  await restartRole(handle, role);
  await eventually(`${role} is back`, async () => await brokersKnownBy(port) === brokers ? true : null);
  await goesOn(`sends with ${role} again`);
}

async function withStack(brokers: 1 | 3, use: (handle: StackHandle, addresses: readonly string[]) => Promise<void>) {
  const handle: StackHandle = { cache: cacheDir(), name: `killed-${Deno.pid}-${brokers}`, say: () => {} };
  try {
    await use(handle, (await stackUp(handle, { brokers, shortLived: true })).addresses.brokers);
  } finally {
    await stackRemove(handle);
  }
}

interface Cluster {
  readonly open: OpenKafkaLog;
  readonly handle: StackHandle;
  readonly addresses: readonly string[];
}

async function crashAll({ open, handle, addresses }: Cluster): Promise<void> {
  const log = await open({
    brokers: addresses,
    clientId: "killed",
    requestTimeoutMs: 10_000,
    deliveryTimeoutMs: DELIVERY_TIMEOUT_MS,
    connectionTimeoutMs: 5_000,
    clock: systemClock,
  });
  const topic = "killed";
  await log.admin.createTopic({ name: topic, partitions: PARTITIONS });
  const lanes = Array.from(
    { length: PARTITIONS },
    (_, partition): Lane => ({ partition, stored: 0, unknown: null, slowestMs: 0 }),
  );
  const stop = new AbortController();
  const writing = lanes.map((lane) => write(log, topic, { lane, stop: stop.signal }));
  for (const [at, address] of addresses.slice(0, 2).entries()) {
    const port = Number(address.split(":")[1]);
    await crash(handle, { role: `broker-${at + 1}`, port, brokers: addresses.length, lanes });
  }
  stop.abort();
  await Promise.all(writing);
  for (const { partition, stored, unknown, slowestMs } of lanes) {
    assert.ok(slowestMs < DELIVERY_TIMEOUT_MS + 5_000, `partition ${partition} waited ${slowestMs} ms`);
    assert.notEqual(unknown?.type, "refused");
    const found = await valuesIn(log, topic, partition);
    // The records of an unknown send are there completely or not at all.
    assert.ok([stored, stored + (unknown === null ? 0 : BATCH)].includes(found.length), `${found.length}, ${stored}`);
    assert.deepEqual(found, Array.from({ length: found.length }, (_, value) => value));
  }
  await log.close();
}

if (realStack() !== null) {
  for (const [client, open] of KAFKA_CLIENTS) {
    Deno.test(`${client} stores every record once while two of three brokers are killed and restarted in turn`, () => {
      return withStack(3, (handle, addresses) => crashAll({ open, handle, addresses }));
    });
    Deno.test(`${client} stores every record once while the only broker is killed and restarted`, () => {
      return withStack(1, (handle, addresses) => crashAll({ open, handle, addresses }));
    });
  }
}
