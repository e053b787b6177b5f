import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in sharing a load; the command line notices it. */
function sharing(file: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file, tests: ["tests/cli/shard_test.ts"] };
}

export const mutations: readonly Mutation[] = [
  sharing("cli/load/shard.ts", {
    name: "shares files by their places in the list",
    find: `sources.filter((source) => indexOfKey(shardKeyOf(source), of) === index)`,
    replace: `sources.filter((_, at) => at % of === index)`,
  }),
  sharing("cli/load/shard.ts", {
    name: "spreads the days of a symbol over the shards",
    find: `return isOfOneSymbol && typeof symbol === "string" ? symbol :`,
    replace: `return isOfOneSymbol && symbol === "-" ? symbol :`,
  }),
  sharing("cli/load/shard.ts", {
    name: "reckons with other bytes of the hash",
    find: `.digest().readUInt32BE(0)`,
    replace: `.digest().readUInt32LE(0)`,
  }),
  sharing("cli/load/follow_command.ts", {
    name: "follows files that shards have loaded",
    find: `await lockFor(session, null)`,
    replace: `await session.lockDataDir("load")`,
  }),
  sharing("cli/load/shard_folder.ts", {
    name: "takes the folder of a shard for one of its own",
    find: `if (ofShard !== null)`,
    replace: `if (ofShard === undefined)`,
  }),
  sharing("cli/commands/load.ts", {
    name: "reads the days of a symbol at once",
    find: `        orderKeyOf: shard === null ? undefined : shardKeyOf,
`,
    replace: ``,
  }),
  sharing("cli/commands/load.ts", {
    name: "takes records of other shards' files for those of its own",
    find: `{ dataDir, sources: all }`,
    replace: `{ dataDir, sources }`,
  }),
  sharing("cli/load/shard_folder.ts", {
    name: "resumes with another number of shards",
    find: `  await refuseOtherShards(dataDir, shard.of);
`,
    replace: ``,
  }),
  sharing("cli/load/shard_folder.ts", {
    name: "does not look whether a process is about to begin with another number",
    find: `hasLoads(folder) || await isLocked(folder)`,
    replace: `hasLoads(folder)`,
  }),
  sharing("cli/load/shard_folder.ts", {
    name: "shares a load that was begun without shards",
    find: `  if (hasLoads(dataDir)) throw`,
    replace: `  if (dataDir === "") throw`,
  }),
  sharing("cli/load/shared_load.ts", {
    name: "loads without shards what shards have begun",
    find: `      await refuseOtherShards(dataDir, null);
`,
    replace: ``,
  }),
  sharing("cli/load/shared_load.ts", {
    name: "has no lock for each shard",
    find: `const lock = await lockShardFolder(dataDir, { shard, clock });`,
    replace: `const lock = await session.lockDataDir(\`\${shard.index}/\${clock.now()}\`);`,
  }),
  sharing("cli/load/shared_load.ts", {
    name: "shares files whose order counts",
    find: `  if (isInOrder(all, settings)) {`,
    replace: `  if (isInOrder([], settings)) {`,
  }),
  {
    name: "does not read what others write while it waits for an end",
    file: "stable_ends.ts",
    find: `!(await hasOwn({ from, to: before, isOwn }, options))`,
    replace: `inRow.length > 0`,
    tests: ["stable_ends_test.ts"],
  },
  {
    name: "does not wait for what stands behind a request that followers hold up",
    file: "stable_ends.ts",
    find: `const READ_AFTER_LOOKS = 3;`,
    replace: `const READ_AFTER_LOOKS = 2;`,
    tests: ["stable_ends_test.ts"],
  },
  {
    name: "keeps every record that others have written after a doubt",
    file: "topic_ledger.ts",
    find: `return this.#soughtIn(partition).has(recordKey(record));`,
    replace: `return this.#soughtIn(partition).size > 0 || recordKey(record) === "";`,
    tests: ["topic_ledger_test.ts"],
  },
];
