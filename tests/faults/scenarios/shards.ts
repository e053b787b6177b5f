/**
 * Several processes that share the files of one load and write to one topic: each is killed at random moments and started
 * again while the others write, and one of them is started twice at the same time.
 *
 * @module
 */
import { join } from "node:path";
import { Bench } from "../fault_harness.ts";
import { pause } from "../fault_stack.ts";
import { type LoadEnd, LoadRun } from "../load_run.ts";
import { BASELINE_ROWS } from "../recipes.ts";
import { sumAudits, unless } from "../result.ts";
import { randomOf, type Scenario, type ScenarioSet } from "../scenario.ts";

/** Their symbols are in both of two shards, and in each of three. */
const SYMBOLS = 8;
/** So slow that each shard is there to be killed. */
const LOAD_S = 4;

/** What the shards of a scenario have in common. */
interface Shards {
  readonly bench: Bench;
  readonly of: number;
  readonly kills: number;
  readonly random: () => number;
}

/** How a shard came to its end. */
interface ShardEnd {
  readonly last: LoadEnd;
  readonly killed: number;
  readonly peakRssMb: number;
  readonly problems: readonly string[];
}

function commandOf({ bench, of }: Shards, configFile: string, index: number, flags: readonly string[] = []) {
  const { client, version } = bench.options;
  const dataDir = join(bench.dir, "data");
  return { client, version, configFile, dataDir, input: bench.input, flags: ["--shard", `${index}/${of}`, ...flags] };
}

/** Kills the shard at random moments, starts it again each time, then lets it run to its end. */
async function keepLoading(shards: Shards, index: number): Promise<ShardEnd> {
  const { bench, of, kills, random } = shards;
  const configFile = await bench.configFile();
  const rate = String(Math.ceil(bench.input.rows / of / LOAD_S));
  const slow = commandOf(shards, configFile, index, ["--rate", rate]);
  const problems: string[] = [];
  let killed = 0, peakRssMb = 0;
  for (let kill = 0; kill < kills; kill++) {
    const load = kill > 0 || index > 0 ? new LoadRun(slow) : await oneOfTwo(slow, problems);
    await load.whenStored(Math.ceil(random() * bench.records / of / (kills + 1)));
    await pause(random() * 50, load.signal);
    load.kill();
    const { code, peakRssMb: peak } = await load.ended;
    peakRssMb = Math.max(peakRssMb, peak);
    if (code !== 0) killed++;
  }
  const last = await new LoadRun(commandOf(shards, configFile, index)).ended;
  problems.push(
    ...unless(last.code === 0, `shard ${index}: exit code ${last.code}; stderr: ${last.stderr.join(" | ")}`),
    ...unless(killed > 0 || kills === 0, `shard ${index} was never killed before its end`),
  );
  return { last, killed, peakRssMb: Math.max(peakRssMb, last.peakRssMb), problems };
}

/** Starts the same shard twice at the same time; the one that is not refused. */
async function oneOfTwo(command: ConstructorParameters<typeof LoadRun>[0], problems: string[]): Promise<LoadRun> {
  const [one, other] = [new LoadRun(command), new LoadRun(command)];
  const refused = await Promise.race([one, other].map(async (run) => ({ run, end: await run.ended })));
  const { code, stderr } = refused.end;
  problems.push(
    ...unless(code === 1, `the second of one shard: exit code ${code}; stderr: ${stderr.join(" | ")}`),
    ...unless(refused.run.stored === 0, `the second of one shard has written ${refused.run.stored} records`),
  );
  return refused.run === one ? other : one;
}

/** Another number of shards is refused, whatever is left to do. */
async function otherNumber(shards: Shards): Promise<readonly string[]> {
  const configFile = await shards.bench.configFile();
  const problems: string[] = [];
  const others = Array.from({ length: shards.of + 1 }, (_, index) => index);
  for (const flags of [["--shard", `${others.length - 1}/${others.length}`], []]) {
    const run = new LoadRun({ ...commandOf(shards, configFile, 0), flags });
    const { code, stderr } = await run.ended;
    if (code !== 5 || run.stored > 0) {
      problems.push(`${flags.join(" ")}: exit code ${code}, ${run.stored} records; stderr: ${stderr.join(" | ")}`);
    }
  }
  return problems;
}

function shardsKilled(
  { of, kills, partitions }: { readonly of: number; readonly kills: number; readonly partitions: number },
  { name, set }: { readonly name: string; readonly set: ScenarioSet },
): Scenario {
  return {
    name,
    set,
    what:
      `${of} shards write to one topic; each is killed -9 ${kills} times and started again while the others write, one ` +
      "is started twice at once, and another number of shards is refused",
    covers: ["F23"],
    versions: ["v2"],
    async run(options) {
      const { client, version, seed } = options;
      const settings = { pipeline: { checkpointRows: 2_000, batchRows: 200 } };
      const layout = { partitions, minInsync: 1 } as const;
      await using bench = await Bench.open({ rows: BASELINE_ROWS, symbols: SYMBOLS, settings, layout }, options);
      const shards = { bench, of, kills, random: randomOf(seed) };
      const ends = await Promise.all(Array.from({ length: of }, (_, index) => keepLoading(shards, index)));
      const refused = await otherNumber(shards);
      const { found, missing, twice, late, problems } = sumAudits(await bench.audit());
      const judged = await bench.judge();
      const sum = (of: (end: ShardEnd) => number) => ends.reduce((total, end) => total + of(end), 0);
      return {
        scenario: name,
        client,
        version,
        read: sum(({ last }) => last.report?.read ?? 0),
        acked: sum(({ last }) => last.report?.acked ?? 0),
        dead_lettered: sum(({ last }) => last.report?.dead_lettered ?? 0),
        found,
        missing,
        twice,
        late,
        recovery_s: null,
        peak_rss_mb: Math.max(...ends.map(({ peakRssMb }) => peakRssMb)),
        seconds: bench.seconds,
        exit: Math.max(...ends.map(({ last }) => last.code)),
        note: `${sum(({ killed }) => killed)} kills, seed ${seed}; read and acked are the last runs'`,
        problems: [
          ...problems,
          ...judged,
          ...refused,
          ...ends.flatMap(({ problems }) => problems),
          ...unless(missing === 0, `${missing} rows are missing`),
          ...unless(twice === 0, `${twice} records are there twice`),
          ...unless(late === 0, `${late} records are late`),
        ],
        date: new Date().toISOString().slice(0, 10),
      };
    },
  };
}

export const SHARD_SCENARIOS: readonly Scenario[] = [
  shardsKilled({ of: 2, kills: 1, partitions: 1 }, { name: "shards-killed-2", set: "long" }),
  shardsKilled({ of: 3, kills: 5, partitions: 4 }, { name: "shards-killed", set: "long" }),
  shardsKilled({ of: 4, kills: 25, partitions: 2 }, { name: "shards-killed-100", set: "soak" }),
];
