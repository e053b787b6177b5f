/** Dead letters exported to a topic of a real Kafka, read back byte for byte, with each client. */
import assert from "node:assert/strict";
import { systemClock } from "../../kernel/clock.ts";
import { exportToTopic } from "../../cli/dlq/topic_export.ts";
import { StateDatabase } from "../../state/database.ts";
import { type DeadLetter, DeadLetterStore } from "../../state/dead_letters.ts";
import type { Log, StoredRecord } from "../../transport/log.ts";
import { realStack } from "../support/real_stack.ts";
import { KAFKA_CLIENTS } from "./kafka_clients.ts";
import { KafkaProxy } from "../faults/kafka_proxy.ts";

const CLIENT = { clientId: "dlq", requestTimeoutMs: 5_000, connectionTimeoutMs: 5_000, clock: systemClock };
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function letter(row: number, change: Partial<DeadLetter> = {}): DeadLetter {
  return {
    source: "trades:/data/é.csv",
    dataType: "trades",
    row,
    schemaVersion: null,
    versions: null,
    file: "é.csv",
    line: row,
    offset: row * 50,
    length: 3,
    stage: "receiving",
    rule: "bad_date",
    reason: 'The date is "\u0001é😀".',
    bytes: Uint8Array.of(row % 256, 255, 0, 13, 10),
    messageId: null,
    recordedAt: Date.UTC(2014, 2, 10),
    ...change,
  };
}

/** Nothing, every byte, and the longest row. */
const LETTERS: readonly DeadLetter[] = [
  letter(1, { bytes: new Uint8Array(0) }),
  letter(2, { bytes: Uint8Array.from({ length: 256 }, (_, byte) => byte), schemaVersion: "v1", messageId: "m-é" }),
  letter(3, { bytes: new Uint8Array(1024 * 1024).fill(171) }),
  ...Array.from({ length: 300 }, (_, index) => letter(index + 4)),
];

async function recordsOf(log: Log, topic: string): Promise<readonly StoredRecord[]> {
  const records: StoredRecord[] = [];
  for (const { partition, start, end } of await log.admin.offsets(topic)) {
    if (start === end) continue;
    for await (const chunk of log.read(topic, partition, { from: start, to: end })) records.push(...chunk);
  }
  return records;
}

function headersOf({ headers }: StoredRecord): Record<string, string> {
  return Object.fromEntries(headers.map(([name, bytes]) => [name, utf8.decode(bytes)]));
}

async function withLetters(run: (database: StateDatabase) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using database = StateDatabase.open(folder);
    new DeadLetterStore(database).add(LETTERS);
    await run(database);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const [broker] = realStack()?.brokers ?? [];

for (const [name, openLog] of broker === undefined ? [] : KAFKA_CLIENTS) {
  Deno.test(`${name}: exported letters are in Kafka byte for byte, with all headers, once`, async () => {
    const topic = `dead-letters.${crypto.randomUUID().slice(0, 8)}`;
    const log = await openLog({ brokers: [broker ?? ""], ...CLIENT, deliveryTimeoutMs: 30_000 });
    try {
      await withLetters(async (database) => {
        const options = {
          database,
          log,
          topic,
          create: { allowed: true },
          filter: {},
          partitioner: "murmur2" as const,
          signal: new AbortController().signal,
        };
        const before = Date.now();
        const first = await exportToTopic(options);
        assert.deepEqual([first.letters, first.last, first.complete], [LETTERS.length, LETTERS.length, true]);
        assert.equal((await exportToTopic(options)).letters, 0);
        const records = await recordsOf(log, topic);
        assert.equal(records.length, LETTERS.length);
        for (const [index, record] of records.entries()) {
          const wanted = LETTERS[index];
          assert.ok(wanted !== undefined && record.value !== null, `letter ${index + 1} has a value`);
          assert.equal(record.value.toHex(), wanted.bytes.toHex());
          const key = [wanted.source, wanted.dataType, wanted.row, wanted.schemaVersion, wanted.versions];
          assert.deepEqual(JSON.parse(utf8.decode(record.key ?? new Uint8Array())), key);
          assert.ok(record.timestamp >= before && record.timestamp <= Date.now());
          const { "dlq.export": exportId, ...headers } = headersOf(record);
          assert.match(exportId ?? "", /^[0-9a-f-]{36}$/);
          assert.deepEqual(headers, {
            "dlq.id": String(index + 1),
            "dlq.recorded_at": "2014-03-10T00:00:00.000Z",
            "dlq.stage": wanted.stage,
            "dlq.rule": wanted.rule,
            "dlq.reason": wanted.reason,
            "dlq.data_type": wanted.dataType,
            ...(wanted.schemaVersion === null ? {} : { "dlq.schema_version": wanted.schemaVersion }),
            ...(wanted.messageId === null ? {} : { "dlq.message_id": wanted.messageId }),
            "dlq.source": wanted.source,
            "dlq.file": wanted.file,
            "dlq.row": String(wanted.row),
            "dlq.line": String(wanted.line),
            "dlq.offset": String(wanted.offset),
            "dlq.length": String(wanted.length),
            "dlq.intact": "true",
            "dlq.state": "open",
          });
        }
      });
    } finally {
      await log.admin.deleteTopic(topic).catch(() => {});
      await log.close();
    }
  });

  Deno.test(`${name}: letters whose acknowledgement got lost are found in Kafka, and not written again`, async () => {
    const topic = `dead-letters.${crypto.randomUUID().slice(0, 8)}`;
    await using proxy = await KafkaProxy.start(broker ?? "");
    const log = await openLog({ brokers: [proxy.address], ...CLIENT, requestTimeoutMs: 500, deliveryTimeoutMs: 2_000 });
    try {
      await withLetters(async (database) => {
        const struck = proxy.strike({ type: "swallow_answers" });
        const { letters, found_in_topic, complete } = await exportToTopic({
          database,
          log,
          topic,
          create: { allowed: true },
          filter: {},
          partitioner: "murmur2" as const,
          signal: new AbortController().signal,
        });
        await struck;
        assert.ok(complete);
        assert.ok(found_in_topic > 0, "those that were sent when the answer got lost");
        assert.equal(letters + found_in_topic, LETTERS.length);
        const ids = (await recordsOf(log, topic)).map((record) => Number(headersOf(record)["dlq.id"]));
        assert.deepEqual(ids, LETTERS.map((_, index) => index + 1));
      });
    } finally {
      await log.admin.deleteTopic(topic).catch(() => {});
      await log.close();
    }
  });
}
