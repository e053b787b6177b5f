/** The scene of tests of loads that resume in a new process: files in a folder, and runs that may be killed. */
import { join } from "node:path";
import { killActor } from "../../kernel/testing.ts";
import type { VersionFlag } from "../../config/version_flag.ts";
import type { SourceOptions } from "../../runtime.ts";
import type { RowSource } from "../../sources/source.ts";
import { partitionFor } from "../../transport/partitioner.ts";
import { MortalProcess } from "./mortal_process.ts";
import { HEADER, type ResumeBench, resumeBench, type ResumeBenchOptions, whileTimePasses } from "./resume_harness.ts";

/** The tools of a test. */
export interface Scene extends ResumeBench {
  readonly folder: string;
  /** Writes a file, or appends to it. */
  write(name: string, lines: readonly string[], options?: { append?: boolean }): string;
  start(files?: readonly RowSource[], schemaVersion?: VersionFlag): Promise<MortalProcess>;
  /** A run from its start to its end; @returns the end of each source, and the messages. */
  load(paths: readonly string[], options?: SourceOptions, schemaVersion?: VersionFlag): Promise<Ended>;
}

/** The result of a run. */
export interface Ended {
  readonly ends: readonly string[];
  /** Why those ended that were stopped, in the order of their ends. */
  readonly stops: readonly string[];
  readonly process: MortalProcess;
  /** Types of the events. */
  readonly told: ReadonlySet<string>;
}

/** Runs a test in a scene. */
export async function scene(options: ResumeBenchOptions, body: (scene: Scene) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    using bench = resumeBench(folder, options);
    const { clock, around, settings } = bench;
    const start = (files: readonly RowSource[] = [], schemaVersion = settings.schemaVersion) =>
      MortalProcess.start(around, { settings: { ...settings, schemaVersion }, random: () => 0.5, files });
    await body({
      ...bench,
      folder,
      start,
      write: (name, lines, { append = false } = {}) => {
        const path = join(folder, name);
        const text = lines.map((line) => `${line}\n`).join("");
        Deno.writeTextFileSync(path, append ? text : HEADER + text, { append });
        return path;
      },
      load: async (paths, options = {}, schemaVersion = settings.schemaVersion) => {
        const sources = paths.map(bench.sourceOf);
        const process = await start(sources, schemaVersion), stops: string[] = [];
        const ends = await whileTimePasses(
          clock,
          Promise.all(sources.map(async (source) => {
            const handle = await process.runtime.addSource(source, options);
            const end = await handle.done.catch(() => null);
            if (end?.type === "stopped") stops.push(`${source.name}: ${end.cause}`);
            return end?.type ?? "cut off";
          })),
        );
        await whileTimePasses(clock, process.remove());
        return { ends, stops, process, told: new Set(process.events.map(({ type }) => type)) };
      },
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** Rows a second apart; some are equal except for their time. */
export function rowsOf(count: number, { from = 0, symbol = (_row: number): string => "BHP" } = {}): string[] {
  return Array.from({ length: count }, (_, at) => {
    const row = from + at;
    return `${symbol(row)},${new Date(Date.UTC(2024, 4, 6) + row * 1_000).toISOString()},45.5,${1 + row % 3},AUD`;
  });
}

/** How many records the topics have received. */
export function written({ broker }: Pick<ResumeBench, "broker">): number {
  return broker.appends.reduce((sum, { records }) => sum + records.length, 0);
}

/** A symbol that goes to one partition of three, and to another of four. */
export function symbolIn(ofThree: number, ofFour: number): string {
  for (let number = 0;; number++) {
    const symbol = `S${number}`, key = new TextEncoder().encode(symbol);
    if (partitionFor(key, 3, "murmur2") === ofThree && partitionFor(key, 4, "murmur2") === ofFour) return symbol;
  }
}

/** Kills an actor; false if it is just restarting. */
export function killed({ runtime }: MortalProcess, path: string): boolean {
  try {
    killActor(runtime.system, path);
    return true;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
