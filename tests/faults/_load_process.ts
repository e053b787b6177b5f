/**
 * The program of the scenarios: the real command line, which also reports acknowledgements on stderr. It takes the
 * program's arguments. A line `@stored COUNT` gives the number of records that the log has acknowledged to any producer.
 *
 * @module
 */
import { systemClock } from "../../kernel/clock.ts";
import { systemCli } from "../../cli/shared/context.ts";
import type { TransportDoor } from "../../cli/shared/transport.ts";
import { main } from "../../cli/main.ts";
import type { Log, LogProducer } from "../../transport/log.ts";

const TELL_EVERY_MS = 20;

const utf8 = new TextEncoder();
let stored = 0;
let told = 0;
let waits = false;

function count(records: number): void {
  stored += records;
  if (!waits) tell();
}

/** The last number is told, too: a load that follows does not end after it. */
function tell(): void {
  told = stored;
  Deno.stderr.writeSync(utf8.encode(`@stored ${stored}\n`));
  waits = true;
  systemClock.schedule(TELL_EVERY_MS, () => {
    waits = false;
    if (told < stored) tell();
  });
}

function watchedProducer(producer: LogProducer): LogProducer {
  return {
    async send(topic, partition, records) {
      const outcome = await producer.send(topic, partition, records);
      if (outcome.type === "stored") count(records.length);
      return outcome;
    },
    close: () => producer.close(),
  };
}

function watchedLog(log: Log): Log {
  return {
    admin: log.admin,
    createProducer: async () => watchedProducer(await log.createProducer()),
    read: (topic, partition, options) => log.read(topic, partition, options),
    offsetForTime: (topic, partition, timestamp) => log.offsetForTime(topic, partition, timestamp),
    close: () => log.close(),
  };
}

function watched(door: TransportDoor): TransportDoor {
  return {
    async open(settings, options) {
      const opened = await door.open(settings, options);
      const { registry } = opened;
      return { log: watchedLog(opened.log), registry, [Symbol.asyncDispose]: () => opened[Symbol.asyncDispose]() };
    },
    openLog: (settings, options) => door.openLog(settings, options),
    openRegistry: (settings, options) => door.openRegistry(settings, options),
  };
}

const cli = systemCli();
Deno.exit(await main(Deno.args, { ...cli, transport: watched(cli.transport) }));
