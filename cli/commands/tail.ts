/**
 * `tail`: shows the records of a topic as JSON lines.
 *
 * @module
 */
import { type Command, InvalidArgumentError, Option } from "commander";
import { escapeControlsInJson } from "../../telemetry/escape_controls.ts";
import { addCommand, onRun } from "../shared/command.ts";
import type { Cli } from "../shared/context.ts";
import { EXIT } from "../shared/exit_codes.ts";
import { wholeNumber } from "../shared/options.ts";
import type { CommonOptions } from "../shared/options.ts";
import type { Session } from "../shared/session.ts";
import { UsageError } from "../shared/usage_error.ts";
import type { ShownRecord } from "../tail/shown_record.ts";
import type { TailStart } from "../tail/tail_ranges.ts";
import { tailTopic } from "../tail/tail_topic.ts";

interface TailOptions extends CommonOptions {
  readonly from?: TailStart;
  readonly since?: SinceTime;
  readonly key?: string;
  readonly limit?: number;
  readonly follow?: true;
}

/** A point in time, or an age in milliseconds. */
type SinceTime = { readonly timestamp: number } | { readonly ageMs: number };

/** How long the last line of a burst is held back, and the shortest time between two such waits. */
const HOLD_BACK_MS = 100;
const HOLD_BACK_EVERY_MS = 1000;

/** Adds the command to the program. */
export function register(program: Command, cli: Cli): void {
  const command = addCommand(program, {
    name: "tail",
    summary: "show the records of a topic as JSON lines",
    details: "Each line is {topic, partition, offset, key, schema_id, schema, value}. Values are decoded by their " +
      "schema id; decimals are texts. A value that cannot be decoded is shown as base64 with the reason in its error " +
      "field. At a terminal, without --json, the field instants shows the instants of the value as ISO 8601 text. Partitions come as they are read, each in its own order. The command never creates a topic.",
    examples: [
      "tail market.equities.trades.asx --limit 5",
      "tail market.equities.trades.asx --key BHP --since 15m",
      "tail market.equities.trades.asx --from end --follow",
    ],
  })
    .argument("<topic>", "name of the topic")
    .addOption(
      new Option("--from <where>", "beginning, end, or an offset in each partition (default: beginning)")
        .argParser(startOf).conflicts("since"),
    )
    .addOption(
      new Option(
        "--since <time>",
        "first record at or after an instant (2026-01-31T10:00:00Z) or an age (90s, 15m, 2h, 7d)",
      )
        .argParser(sinceOf),
    )
    .option("--key <key>", "only records with this key; reads only the partitions that it belongs to")
    .addOption(wholeNumber("--limit <n>", "stop after this many records", { min: 1 }))
    .option("--follow", "wait for new records");
  onRun<TailOptions>(command, cli, async (session, { options, operands: [topic = ""] }) => {
    await using opened = await session.openLog();
    await using schemas = await session.openRegistry();
    const signal = options.follow ? cli.stop.take() : new AbortController().signal;
    const chunks = tailTopic({ log: opened.log, registry: schemas.registry }, {
      topic,
      start: tailStart(options, cli.clock.now()),
      key: options.key === undefined ? null : keyBytes(options.key),
      limit: options.limit ?? Infinity,
      follow: options.follow ?? false,
      signal,
      showsInstants: cli.stdout.isTerminal && !session.json,
    });
    const holdBack = (options.follow ?? false) && !cli.stdout.isTerminal;
    await show(chunks, { session, holdBack });
    return EXIT.ok;
  });
}

/**
 * Prints the chunks. The program notices a closed pipe only when it writes. `tail --follow | head -1` must end even if
 * no records arrive any more, so the last line of a burst waits a moment, until the reader has had time to leave.
 */
async function show(
  chunks: AsyncIterable<readonly ShownRecord[]>,
  { session, holdBack }: { readonly session: Session; readonly holdBack: boolean },
): Promise<void> {
  const { clock, stdout } = session.cli;
  let heldBackAt = -Infinity;
  for await (const chunk of chunks) {
    const lines = chunk.map((record) => `${escapeControlsInJson(JSON.stringify(record))}\n`);
    if (holdBack && lines.length > 1 && clock.monotonic() - heldBackAt >= HOLD_BACK_EVERY_MS) {
      stdout.write(lines.splice(0, lines.length - 1).join(""));
      await clock.sleep(HOLD_BACK_MS);
      heldBackAt = clock.monotonic();
    }
    stdout.write(lines.join(""));
  }
}

function tailStart({ from, since }: TailOptions, now: number): TailStart {
  if (since === undefined) return from ?? { type: "beginning" };
  return { type: "time", timestamp: "ageMs" in since ? Math.max(0, now - since.ageMs) : since.timestamp };
}

function keyBytes(key: string): Uint8Array {
  if (key === "") throw new UsageError("--key is empty: no record has an empty key.");
  return new TextEncoder().encode(key);
}

function startOf(text: string): TailStart {
  if (text === "beginning" || text === "end") return { type: text };
  if (/^\d{1,18}$/.test(text)) return { type: "offset", offset: BigInt(text) };
  throw new InvalidArgumentError("It must be beginning, end or an offset.");
}

const UNIT_MS: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

function sinceOf(text: string): SinceTime {
  const [, amount, unit = ""] = /^(\d{1,9})([smhd])$/.exec(text) ?? [];
  const unitMs = UNIT_MS[unit];
  if (amount !== undefined && unitMs !== undefined) return { ageMs: Number(amount) * unitMs };
  try {
    return { timestamp: Temporal.Instant.from(text).epochMilliseconds };
  } catch {
    throw new InvalidArgumentError(
      "It must be an instant with an offset such as 2026-01-31T10:00:00Z, or an age such as 90s, 15m, 2h or 7d.",
    );
  }
}
