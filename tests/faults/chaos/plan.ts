/**
 * The plan of one chaos run, all of it drawn from its seed.
 *
 * @module
 */
import type { SettingsInput } from "../../../config/settings.ts";
import type { VersionFlag } from "../../../config/version_flag.ts";
import type { KafkaClientName } from "../../../transport/open.ts";
import { randomOf } from "../scenario.ts";

/** How a file is stored; only plain ones change during the load. */
export type Packing = "plain" | "gz" | "zst";

/** A file at the start: a range of the lines from which all files are made. */
export interface FilePlan {
  readonly symbol: number;
  readonly from: number;
  readonly rows: number;
  readonly packing: Packing;
}

/** What happens, and when, counted from the start of the first load. Files are numbers of those that exist then. */
export type ChaosEvent =
  & { readonly atMs: number }
  & (
    | { readonly type: "freeze"; readonly brokers: readonly number[]; readonly ms: number }
    | { readonly type: "broker-killed"; readonly broker: number; readonly ms: number }
    | { readonly type: "load-killed" }
    | { readonly type: "load-stopped" }
    | { readonly type: "append"; readonly file: number; readonly rows: number }
    | { readonly type: "torn"; readonly file: number; readonly rows: number; readonly ms: number }
    | { readonly type: "rotate"; readonly file: number; readonly rows: number }
    | { readonly type: "rewrite"; readonly file: number; readonly rows: number }
    | { readonly type: "copytruncate"; readonly file: number; readonly rows: number }
  );

/** A run. */
export interface Plan {
  readonly seed: number;
  readonly client: KafkaClientName;
  readonly version: VersionFlag;
  readonly partitions: number;
  readonly minInsync: 2 | 3;
  readonly firstLeader: number;
  readonly files: readonly FilePlan[];
  readonly settings: SettingsInput;
  readonly flags: readonly string[];
  readonly events: readonly ChaosEvent[];
}

/** Lines for the files; appended lines come after those of the start. */
export const POOL_ROWS = 24_000;
export const SYMBOLS = 3;
const BROKERS = [1, 2, 3] as const;
/** The rows of a run at its start: few enough for a short run, enough for several checkpoints. */
const [LEAST_ROWS, MAX_ROWS] = [2_000, 14_000] as const;
const MAX_FILES = 8;
/** About how long a load without faults lasts. */
const LOAD_S = 4;
const EVENTS_MS = 5_000;
const LONGEST_FREEZE_MS = 12_000;

type TimeOuts = { readonly deliveryTimeoutMs: number; readonly requestTimeoutMs: number };

const TIME_OUTS: readonly [TimeOuts, ...TimeOuts[]] = [
  { deliveryTimeoutMs: 2_000, requestTimeoutMs: 1_000 },
  { deliveryTimeoutMs: 5_000, requestTimeoutMs: 2_000 },
  { deliveryTimeoutMs: 120_000, requestTimeoutMs: 5_000 },
];

const KINDS: readonly (readonly [kind: ChaosEvent["type"], weight: number])[] = [
  ["freeze", 5],
  ["broker-killed", 2],
  ["load-killed", 5],
  ["load-stopped", 1],
  ["append", 3],
  ["torn", 2],
  ["rotate", 2],
];
/** After one of these events the file's former rows are unknown, so few runs have one. */
const REPLACING: readonly ChaosEvent["type"][] = ["rewrite", "copytruncate"];
const REPLACING_SHARE = 0.15;

/** The run of a seed. */
export function planOf(seed: number, clients: readonly KafkaClientName[]): Plan {
  // Neighbouring seeds give similar first numbers, so these are discarded.
  const random = randomOf(Math.imul(seed, 0x9e3779b1));
  const below = (limit: number) => Math.floor(random() * limit);
  const between = (least: number, most: number) => least + below(most - least + 1);
  const pick = <T>(...items: readonly [T, ...T[]]): T => items[below(items.length)] ?? items[0];
  const [first = "platformatic", ...others] = clients;
  const client = pick(first, ...others);
  const count = between(2, MAX_FILES);
  const rows = between(LEAST_ROWS, MAX_ROWS);
  const files: FilePlan[] = [];
  for (let at = 0; at < count; at++) {
    const share = Math.max(50, Math.floor(rows / count * (0.5 + random())));
    const shared = at > 0 && random() < 0.35 ? files[below(at)] : undefined;
    files.push({
      symbol: shared?.symbol ?? below(SYMBOLS),
      // A file that shares rows begins within another one.
      from: shared === undefined ? below(POOL_ROWS / 2) : shared.from + below(shared.rows),
      rows: share,
      packing: random() < 0.75 ? "plain" : pick("gz", "zst"),
    });
  }
  const events = Array.from({ length: between(2, 5) }, () => eventOf({ random, kind: kindOf(random) }));
  if (random() < REPLACING_SHARE) events.push(eventOf({ random, kind: pick(...asPair(REPLACING)) }));
  return {
    seed,
    client,
    version: random() < 0.6 ? "v2" : pick("v1", "both", "both"),
    partitions: pick(1, 1, between(2, 12)),
    minInsync: random() < 0.8 ? 2 : 3,
    firstLeader: pick(...BROKERS),
    files,
    settings: {
      kafka: { ...pick(...TIME_OUTS), connectionTimeoutMs: 1_000 },
      pipeline: { checkpointRows: pick(500, 2_000, 50_000), batchRows: pick(50, 500), windowRows: pick(1_000, 10_000) },
    },
    flags: ["--rate", String(Math.ceil(rows / LOAD_S)), "--files-in-flight", String(between(1, 4))],
    events: events.toSorted((a, b) => a.atMs - b.atMs),
  };
}

function asPair(kinds: readonly ChaosEvent["type"][]): [ChaosEvent["type"], ...ChaosEvent["type"][]] {
  const [first = "append", ...others] = kinds;
  return [first, ...others];
}

function kindOf(random: () => number): ChaosEvent["type"] {
  let left = random() * KINDS.reduce((sum, [, weight]) => sum + weight, 0);
  for (const [kind, weight] of KINDS) {
    left -= weight;
    if (left < 0) return kind;
  }
  return "load-killed";
}

function eventOf({ random, kind }: { readonly random: () => number; readonly kind: ChaosEvent["type"] }): ChaosEvent {
  const below = (limit: number) => Math.floor(random() * limit);
  const atMs = 500 + below(EVENTS_MS);
  const file = below(1_000);
  const rows = 20 + below(600);
  switch (kind) {
    case "freeze": {
      const [one = 1, two = 2] = BROKERS.toSorted(() => random() - 0.5);
      const ms = 500 + Math.floor((LONGEST_FREEZE_MS - 500) * random() ** 3);
      return { atMs, type: kind, brokers: random() < 0.65 ? [one] : [one, two], ms };
    }
    case "broker-killed":
      return { atMs, type: kind, broker: 1 + below(BROKERS.length), ms: below(3_000) };
    case "torn":
      return { atMs, type: kind, file, rows, ms: 100 + below(1_500) };
    case "load-killed":
    case "load-stopped":
      return { atMs, type: kind };
    default:
      return { atMs, type: kind, file, rows };
  }
}

/** A short description of the run. */
export function planText({ client, version, partitions, minInsync, files, events }: Plan): string {
  const rows = files.reduce((sum, file) => sum + file.rows, 0);
  const packed = files.filter(({ packing }) => packing !== "plain").length;
  const said = events.map((event) => {
    const at = `${(event.atMs / 1_000).toFixed(1)}s`;
    if (event.type === "freeze") return `${at} freeze ${event.brokers.join("+")} for ${(event.ms / 1_000).toFixed(1)}s`;
    return event.type === "broker-killed" ? `${at} kill broker ${event.broker}` : `${at} ${event.type}`;
  });
  return `${client} ${version}, ${partitions} partitions, min ${minInsync}, ${files.length} files (${packed} packed) of ` +
    `${rows} rows: ${said.join(", ")}`;
}
