/**
 * A V8 profile, summed up by stage of a record's way.
 *
 * @module
 */
import { z } from "zod";

const profile = z.object({
  nodes: z.array(z.object({
    id: z.int(),
    callFrame: z.object({ functionName: z.string(), url: z.string() }),
    children: z.array(z.int()).optional(),
  })),
  samples: z.array(z.int()),
  timeDeltas: z.array(z.number()),
});

/** A profile as V8 writes it. */
export type CpuProfile = z.output<typeof profile>;

/** @throws {z.ZodError} If the text is no profile. */
export function parseProfile(text: string): CpuProfile {
  return profile.parse(JSON.parse(text));
}

/** Stages by the place of the code, the first that fits; by folder, so that they survive a new file. */
const STAGES: readonly (readonly [stage: string, place: RegExp])[] = [
  ["the bench's own objects", /\/bench\/doors\/(trade_objects|tick_trades)\.ts/],
  ["reading the file, cutting lines", /\/(sources\/files|storage)\//],
  ["parsing the format", /\/sources\//],
  ["stable ids", /\/records\/ids\//],
  ["values, checks and conversion", /\/records\//],
  ["encoding", /\/(actors\/encoding|schemas)\//],
  ["calls and receipts", /\/producer\//],
  ["actors, account, checkpoints", /\/(actors|kernel|state|runtime|telemetry)\/|\/runtime\.ts/],
  ["command line, configuration", /\/(cli|config)\//],
  ["Kafka client", /\/transport\/|\/(@platformatic\/[a-z-]+|kafkajs)\//],
  ["other packages", /\/npm\/|\/node_modules\//],
  ["sockets, files and timers of Deno", /^(ext|node|checkin|deno):/],
];
const NAMED = new Map([
  ["(garbage collector)", "garbage collection"],
  ["(idle)", "idle"],
  ["(program)", "V8 and Deno without a function"],
]);
/** Code of the one who calls it. */
const NO_PLACE = /\/decimal\.js\//;
const OTHER = "everything else";

/** Microseconds of each stage. */
export function microsByStage({ nodes, samples, timeDeltas }: CpuProfile): Map<string, number> {
  const stages = new Map<number, string>();
  const parents = new Map(nodes.flatMap(({ id, children = [] }) => children.map((child) => [child, id] as const)));
  const byId = new Map(nodes.map((node) => [node.id, node]));
  // What has no place of its own, as the functions that are built into V8 have none, belongs to its caller.
  const stageOf = (id: number): string =>
    stages.getOrInsertComputed(id, () => {
      const { functionName = "", url = "" } = byId.get(id)?.callFrame ?? {};
      const placed = NO_PLACE.test(url) ? undefined : STAGES.find(([, place]) => place.test(url));
      const own = NAMED.get(functionName) ?? placed?.[0];
      const parent = parents.get(id);
      return own ?? (parent === undefined ? OTHER : stageOf(parent));
    });
  const sums = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const stage = stageOf(id);
    sums.set(stage, (sums.get(stage) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return sums;
}
