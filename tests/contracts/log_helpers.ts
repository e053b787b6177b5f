/**
 * Small things that the log's contract cases share.
 *
 * @module
 */
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import {
  type Log,
  LogError,
  type LogErrorCode,
  type LogProducer,
  type LogRecord,
  type RecordHeader,
  type SendOutcome,
  type StoredRecord,
  type TopicSpec,
} from "../../transport/log.ts";
import type { LogContractEnv, LogFaultHooks, LogFaultName } from "./log_env.ts";
import { eventually, within } from "./patience.ts";

/** 2026-01-02T03:04:05.678Z in milliseconds: record time of the cases. Topics keep records of any age. */
export const RECORD_TIME = 1_767_323_045_678;

/** UTF-8 bytes. */
export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A record with this text as its value. */
export function record(value: string, options: Partial<LogRecord> = {}): LogRecord {
  return { key: bytes("key"), value: bytes(value), timestamp: RECORD_TIME, ...options };
}

/** Records with the values `{prefix}0`, `{prefix}1` and so on. */
export function numbered(prefix: string, count: number): LogRecord[] {
  return Array.from({ length: count }, (_, at) => record(`${prefix}${at}`));
}

/** Makes a topic with a fresh name, which it returns. */
export async function newTopic(env: LogContractEnv, options: Partial<Omit<TopicSpec, "name">> = {}): Promise<string> {
  const name = env.freshTopic();
  // Records of the cases are older than the broker's retention time.
  const config = { "retention.ms": "-1", ...options.config };
  await env.log.admin.createTopic({ partitions: 1, ...options, name, config });
  return name;
}

/** Runs a function with a new producer of `log`, and closes the producer. */
export async function withProducer<T>(log: Log, use: (producer: LogProducer) => Promise<T>): Promise<T> {
  const producer = await log.createProducer();
  try {
    return await use(producer);
  } finally {
    await producer.close();
  }
}

/** Sends and asserts that the records are stored; @returns the offset of the first. */
export async function store(
  producer: LogProducer,
  topic: string,
  { partition = 0, records }: { readonly partition?: number; readonly records: readonly LogRecord[] },
): Promise<bigint> {
  const outcome = await within("the outcome of a send", producer.send(topic, partition, records));
  if (outcome.type !== "stored") throw new Error(`The send is ${outcome.type}`, { cause: outcome.error });
  return outcome.baseOffset;
}

/** Sends with a new producer, because a producer may send nothing after an outcome other than `stored`. */
export function sendOnce(
  log: Log,
  topic: string,
  { partition = 0, records }: { readonly partition?: number; readonly records: readonly LogRecord[] },
): Promise<SendOutcome> {
  return withProducer(log, (producer) => within("the outcome of a send", producer.send(topic, partition, records)));
}

/** First and one past the last offset of a partition. */
export async function bounds(log: Log, topic: string, partition = 0): Promise<{ start: bigint; end: bigint }> {
  const offsets = (await log.admin.offsets(topic)).find((each) => each.partition === partition);
  assert.ok(offsets, `no offsets of ${topic}/${partition}`);
  return { start: offsets.start, end: offsets.end };
}

/** Waits until a partition ends at an offset, as a real log may show an acknowledged record a moment later. */
export async function endsAt(
  log: Log,
  topic: string,
  { partition = 0, end }: { partition?: number; end: bigint },
): Promise<void> {
  await eventually(
    `${topic}/${partition} ends at ${end}`,
    async () => (await bounds(log, topic, partition)).end === end ? true : null,
  );
}

/** All records from an offset to another (by default all that are there). */
export async function readAll(
  log: Log,
  topic: string,
  { partition = 0, from, to }: { readonly partition?: number; readonly from?: bigint; readonly to?: bigint } = {},
): Promise<StoredRecord[]> {
  const { start, end } = await bounds(log, topic, partition);
  const found: StoredRecord[] = [];
  const reading = async () => {
    for await (const chunk of log.read(topic, partition, { from: from ?? start, to: to ?? end })) found.push(...chunk);
  };
  await within(`reading ${topic}/${partition}`, reading());
  return found;
}

/** Values as text, in offset order. */
export function texts(records: readonly StoredRecord[]): (string | null)[] {
  return records.map(({ value }) => value === null ? null : Buffer.from(value).toString());
}

/** A record in a form that compares equal for any class of the bytes. Headers are grouped by key, in order. */
export function plain({ key, value, timestamp, headers = [] }: LogRecord): unknown {
  const hex = (content: Uint8Array | null) => content === null ? null : Buffer.from(content).toString("hex");
  return { key: hex(key), value: hex(value), timestamp, headers: headersByKey(headers) };
}

function headersByKey(headers: readonly RecordHeader[]): Record<string, string[]> {
  const grouped: Record<string, string[]> = {};
  for (const [key, value] of headers) (grouped[key] ??= []).push(Buffer.from(value).toString("hex"));
  return Object.fromEntries(Object.entries(grouped).sort(([a], [b]) => a < b ? -1 : 1));
}

/** The promise must reject with a {@link LogError} of one of these codes. */
export async function rejectsWith(promise: Promise<unknown>, ...codes: readonly LogErrorCode[]): Promise<void> {
  const settled = await within(
    `a rejection with ${codes.join(" or ")}`,
    promise.then(() => null, (error: unknown) => error),
  );
  assert.ok(settled instanceof LogError, `expected a LogError ${codes.join(" or ")}, got ${String(settled)}`);
  assert.ok(codes.includes(settled.code), `expected ${codes.join(" or ")}, got ${settled.code}: ${settled.message}`);
}

/** Reads and ignores the records, to observe errors. */
export async function drain(reading: AsyncIterable<readonly StoredRecord[]>): Promise<void> {
  for await (const _ of reading) { /* only its end matters */ }
}

/** A fault that the case requires, so the environment has it. */
export function fault<Name extends LogFaultName>(env: LogContractEnv, name: Name): NonNullable<LogFaultHooks[Name]> {
  const hook = env.faults[name];
  if (!hook) throw new Error(`The case uses the fault "${name}" without requiring it`);
  return hook;
}
