import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in a store; the tests of these names notice it. */
function state(
  name: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: string[] },
): Mutation {
  const tests = (entry.tests ?? [name]).map((test) => `state/${test}_test.ts`);
  return { ...entry, file: `state/${name}.ts`, tests, flags: ["--allow-read", "--allow-write", "--allow-run"] };
}

/** A fault in the common base of both kinds of SQLite files. */
function sqlite(entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly file?: string }): Mutation {
  const tests = ["sqlite_file_test.ts", "storage_error_test.ts", "embedded/producer_test.ts"];
  return { file: "sqlite_file.ts", ...entry, tests, flags: ["--allow-read", "--allow-write", "--allow-sys"] };
}

/** A fault in the syncs beside the event loop. */
function sync(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "background_sync.ts", tests: ["background_sync_test.ts"], flags: [] };
}

const marks: readonly Mutation[] = [
  state("marks", {
    name: "believes a mark that is not what was stored",
    find: `const isWhole = row.digest === null || `,
    replace: `const isWhole = row.digest !== null || `,
  }),
  state("checkpoint", {
    name: "finds a checkpoint damaged whose position is of the former kind",
    find: `position: z.preprocess(migratedPosition, filePositionSchema),`,
    replace: `position: filePositionSchema,`,
    tests: ["former_positions"],
  }),
  state("checkpoint", {
    name: "loses where a half row began when it reads a position of the former kind",
    find: `unended === undefined ? at : { ...at, unended: migratedPosition(unended) }`,
    replace: `at`,
    tests: ["former_positions"],
  }),
  state("migrations", {
    name: "forgets the marks that stood among the checkpoints",
    find: `     FROM checkpoints WHERE source GLOB 'replay:*';`,
    replace: `     FROM checkpoints WHERE source GLOB 'replays:*';`,
    tests: ["marks"],
  }),
];

const checkpoints: readonly Mutation[] = [
  state("checkpoints", {
    name: "moves a checkpoint back",
    find: `      if (back !== null) {`,
    replace: `      if (back === "") {`,
    tests: ["checkpoints", "checkpoint_model"],
  }),
  state("checkpoint_succession", {
    name: "compares only the first partition",
    tests: ["checkpoints"],
    find: `(after[index] ?? -1n) < offset`,
    replace: `index === 0 && (after[index] ?? -1n) < offset`,
  }),
  state("checkpoints", {
    name: "takes a checkpoint of another load",
    find: `      if (other !== null) {`,
    replace: `      if (other === "") {`,
  }),
  state("checkpoint_succession", {
    name: "takes a topic that was made again for the same",
    tests: ["checkpoints"],
    find: `same.id !== topic.id) return`,
    replace: `same.id === "") return`,
  }),
  state("checkpoints", {
    name: "commits dead letters before their checkpoint",
    find: `    return this.#database.transaction(() => {
      const stored = this.load(checkpoint);`,
    replace: `    this.#letters.add(deadLetters);
    return this.#database.transaction(() => {
      const stored = this.load(checkpoint);`,
  }),
  state("checkpoints", {
    name: "forgets the dead letters",
    find: `      this.#letters.add(deadLetters);`,
    replace: ``,
    tests: ["checkpoints", "checkpoint_crash"],
  }),
  state("checkpoints", {
    name: "takes dead letters of rows past the position",
    find: ` || row > checkpoint.position.row`,
    replace: ``,
  }),
  state("checkpoint_rows", {
    name: "gives a checkpoint whatever its digest",
    find: `if (Buffer.compare(digestOf(key, body), digest) === 0) return`,
    replace: `if (digest.length >= 0) return`,
    tests: ["checkpoint_damage"],
  }),
  state("checkpoint_rows", {
    name: "gives what it wrote last, whatever is stored",
    find: `if (written?.body === body && Buffer.compare(written.digest, digest) === 0) return`,
    replace: `if (written !== undefined) return`,
    tests: ["checkpoint_damage"],
  }),
  state("checkpoints", {
    name: "trusts the structure of the file",
    find: `    database.checkStructure("checkpoints");`,
    replace: ``,
    tests: ["checkpoint_damage"],
  }),
  state("checkpoints", {
    name: "does not tell that commits were lost",
    find: `this.rolledBack = database.lostCommits;`,
    replace: `this.rolledBack = false;`,
    tests: ["checkpoint_damage"],
  }),
  state("checkpoints", {
    name: "begins over a load that is under way",
    find: `if (!replace && `,
    replace: `if (replace && `,
  }),
  state("checkpoint", {
    name: "leaves the key out of the digest",
    find: `JSON.stringify([source, versions, body])`,
    replace: `JSON.stringify([source.slice(0, 0), versions.slice(0, 0), body])`,
    tests: ["checkpoint_damage"],
  }),
  state("checkpoint", {
    name: "needs no account of the rows",
    find: `  if (settled !== read) return`,
    replace: `  if (settled > read + 1e9) return`,
    tests: ["checkpoints"],
  }),
];

const files: readonly Mutation[] = [
  sqlite({
    name: "commits before the work is done",
    find: `        const result = work();
        this.#commitWork();`,
    replace: `        this.#commitWork();
        const result = work();`,
  }),
  sqlite({
    name: "takes a failed commit for failed work",
    find: `return new CommitError(code,`,
    replace: `return new StorageError(code,`,
  }),
  sqlite({
    name: "leaves later commits without a sync",
    find: `      this.#database.exec(\`PRAGMA synchronous = \${this.#sync}\`);`,
    replace: ``,
  }),
  sqlite({
    name: "commits to a log that could not be synced",
    find: `    if (failed !== null) throw this.#commitError(failed.cause);`,
    replace: ``,
  }),
  {
    name: "tries a checkpoint again and again that no disk will take",
    file: "runtime/tree.ts",
    find: ` || store.isBroken`,
    replace: ``,
    tests: ["failed_sync_test.ts"],
  },
  {
    name: "sends rows before their checkpoint is on disk",
    file: "runtime/resuming/find_start_point.ts",
    find: `const { checkpoint, retired } = await store.durably(() =>`,
    replace: `const { checkpoint, retired } = await Promise.try(() =>`,
    tests: ["failed_sync_test.ts"],
  },
  sync({
    name: "takes a sync under way for one of what was written since",
    find: `    this.#next = null;
    await (this.#underWay = this.#sync());`,
    replace: `    await (this.#underWay = this.#sync());
    this.#next = null;`,
  }),
  sync({
    name: "believes a sync after one that failed",
    find: `      this.#failed ??= { cause };`,
    replace: ``,
  }),
  sqlite({
    name: "leaves a failed transaction open",
    find: `    if (this.#database.isTransaction) this.#rollback.run();`,
    replace: ``,
  }),
  sqlite({
    name: "brings a format up to date that no version wrote",
    find: `      if (version < 1) throw`,
    replace: `      if (version < 0) throw`,
  }),
  sqlite({
    name: "takes an empty database that another program has marked",
    find: ` || owner !== 0) throw`,
    replace: `) throw`,
  }),
  sqlite({
    name: "takes the words of any error for SQLite's",
    file: "storage_error.ts",
    find: `  return fromSqlite || `,
    replace: `  return !fromSqlite || fromSqlite || `,
  }),
  state("wal_recovery", {
    name: "does not look into the index",
    find: `known.frames > Math.max(log.committedFrames, known.backfilled)`,
    replace: `known.frames > 1e9`,
    tests: ["wal_recovery"],
  }),
  state("wal_recovery", {
    name: "takes what is in the database for lost",
    find: `Math.max(log.committedFrames, known.backfilled)`,
    replace: `log.committedFrames`,
    tests: ["wal_recovery"],
  }),
  state("wal_recovery", {
    name: "counts frames of the generation before",
    find: ` || !sameSalts(salts, [frame.getUint32(8), frame.getUint32(12)])`,
    replace: ``,
    tests: ["wal_recovery"],
  }),
  state("wal_recovery", {
    name: "reads no further than the first damaged frame",
    find: `    if (isCommit && sums === null) droppedCommits += 1;`,
    replace: `    if (sums === null) break;`,
    tests: ["wal_recovery"],
  }),
];

const deadLetters: readonly Mutation[] = [
  state("dead_letter", {
    name: "leaves the bytes out of the checksum",
    find: `return crc32(letter.bytes, `,
    replace: `return crc32(letter.bytes.subarray(0, 0), `,
    tests: ["dead_letters"],
  }),
  state("dead_letter_export", {
    name: "overwrites an export",
    find: `    if (await isThere(file)) throw`,
    replace: `    if (file === "") throw`,
    tests: ["dead_letter_export"],
  }),
  state("dead_letter_export", {
    name: "takes no account of the size",
    find: `segment.bytes + line.length > maxBytes`,
    replace: `segment.bytes + line.length > Infinity`,
    tests: ["dead_letter_export"],
  }),
  state("dead_letter_export", {
    name: "decodes text that is not UTF-8",
    find: `{ fatal: true, ignoreBOM: true }`,
    replace: `{ fatal: false, ignoreBOM: true }`,
    tests: ["dead_letter_export"],
  }),
];

/** Faults in data that outlives a run: each of them loses something, writes it twice, or hides it. */
export const mutations: readonly Mutation[] = [...checkpoints, ...marks, ...files, ...deadLetters];
