import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in keeping a failure red, or a source within its limit; its own test notices it unless others are named. */
function fault(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  const tests = entry.tests ?? [file.replace(/\.ts$/, "_test.ts")];
  return { ...entry, file, tests, flags: ["--allow-read", "--allow-write", "--allow-env", "--allow-run"] };
}

export const mutations: readonly Mutation[] = [
  fault("exit_code_of.ts", {
    name: "gives several failures up although one may pass",
    find: `causes.every((cause) => exitCodeOf(cause) !== EXIT.failed)`,
    replace: `causes.some((cause) => exitCodeOf(cause) !== EXIT.failed)`,
  }),
  fault("exit_code_of.ts", {
    name: "forgets what is in the cause of a parked topic",
    find: `if (isWrapper(cause)) return isFinal(cause.cause);`,
    replace: `if (isWrapper(cause)) return false;`,
  }),
  fault("state/dead_letters.ts", {
    name: "leaves a letter retired whose row was refused again",
    find: `}, retired_at = NULL, retired_why = NULL\``,
    replace: `}\``,
  }),
  fault("state/dead_letters.ts", {
    name: "retires the letters of other version flags",
    find: `WHERE source = ? AND versions = ? AND retired_at IS NULL
`,
    replace: `WHERE source = ? AND ? <> '' AND retired_at IS NULL
`,
  }),
  fault("dead_letter_filter.ts", {
    name: "counts the letters of other version flags",
    find: `versions IN ('-', ?)`,
    replace: `'' <> ?`,
    tests: ["state/dead_letters_test.ts"],
  }),
  fault("state/dead_letters.ts", {
    name: "makes a damaged letter a good one when it is moved",
    find: `letter.intact ? checksumOf(moved) : -1`,
    replace: `checksumOf(moved)`,
  }),
  fault("state/migrations.ts", {
    name: "has no index of the rows that have letters",
    find: "`CREATE INDEX dead_letters_by_row ON dead_letters (source, data_type, row);`,",
    replace: "`CREATE INDEX dead_letters_by_row ON dead_letters (data_type);`,",
    tests: ["state/dead_letters_test.ts"],
  }),
  fault("state/dead_letters.ts", {
    name: "sorts all letters of a source for each page",
    find: `? "dead_letters NOT INDEXED" : "dead_letters"`,
    replace: `? "dead_letters" : "dead_letters"`,
  }),
  fault("state/dead_letters.ts", {
    name: "moves only the first page of letters",
    find: `if (page.length < MOVED_AT_ONCE) return;`,
    replace: `return;`,
  }),
  fault("dead_letter_rows.ts", {
    name: "does not say in a letter which load it is of",
    find: `      origin,
`,
    replace: `      origin: null,
`,
  }),
  fault("dead_letter_rows.ts", {
    name: "opens a letter for a version that has the row",
    find: `const isOfAll = !row.ok && refused.get(index) === targets.length;`,
    replace: `const isOfAll = !row.ok;`,
  }),
  fault("checkpoint_books.ts", {
    name: "counts letters that were replayed",
    find: `Math.max(0, deadLettered - (openLetters ?? deadLettered))`,
    replace: `0`,
    tests: ["letters_command_test.ts"],
  }),
  fault("encoding/encoded_records.ts", {
    name: "writes replayed rows without what they are of",
    find: `this.#replayed === null ? this.#origin : replayOf(this.#replayed[this.#indexOf(at)])`,
    replace: `this.#origin`,
    tests: ["replay_job_test.ts"],
  }),
  fault("resuming/indexed_rows.ts", {
    name: "does not know what a replay has written of a row that cannot be read",
    find: `if (messageId === null) return true;`,
    replace: `if (messageId === null) return false;`,
  }),
  fault("origin_owners.ts", {
    name: "forgets the load of a file whose rows were all replayed",
    find: `if (!place.isFormer && await isInPlace(place)) this.#own(origin, source, run);`,
    replace: ``,
    tests: ["letters_command_test.ts"],
  }),
  fault("found_rows.ts", {
    name: "writes a row once more that a replay with other flags has written",
    find: `isOther = true;`,
    replace: `isOther = false;`,
    tests: ["replay_job_test.ts"],
  }),
  fault("found_rows.ts", {
    name: "lets an equal row take what a replay has written of another one",
    find: `index.reserveRow({ topic: target.topic, version: target.version, ...place });`,
    replace: `void place;`,
    tests: ["replay_job_test.ts"],
  }),
  fault("letter_ledger.ts", {
    name: "settles letters for a topic that has not got the row",
    find: `const lacking = isOwn || flag === null ? topics : topicsUnder(flag);`,
    replace: `const lacking = topics;`,
    tests: ["replay_job_test.ts"],
  }),
  fault("letter_ledger.ts", {
    name: "leaves the letters of other version flags open",
    find: `if (missing.length === wanted.length) continue;`,
    replace: `if (missing.length === wanted.length || !isOwn) continue;`,
    tests: ["replay_job_test.ts"],
  }),
  fault("dead_letter_rows.ts", {
    name: "forgets the header of a csv row",
    find: `      header: batch.header ?? null,`,
    replace: `      header: null,`,
    tests: ["letters_command_test.ts"],
  }),
  fault("dead_letter_source.ts", {
    name: "reads each row with the columns of the first",
    find: `this.#parsers.get(header);`,
    replace: `this.#parsers.get(header) ?? [...this.#parsers.values()][0];`,
  }),
  fault("migrations.ts", {
    name: "gives the ids of removed letters once more",
    find: `   INSERT INTO sqlite_sequence SELECT * FROM old_sequence;`,
    replace: ``,
    tests: ["state/dead_letters_test.ts"],
  }),
  fault("state/checkpoints.ts", {
    name: "begins a load and leaves the letters of the one before open",
    find: `const retired = ofFormer + this.#letters.retire(checkpoint, { at, why });`,
    replace: `const retired = ofFormer;`,
  }),
  fault("file_checkpoint.ts", {
    name: "takes a file whose letters were replayed for another one, once its rows are in other words",
    find: `found.verdict === "other_file" && this.#mayBeReplayed(checkpoint, sought)`,
    replace: `found.verdict === "complete" && this.#mayBeReplayed(checkpoint, sought)`,
    tests: ["letters_of_former_text_test.ts"],
  }),
  fault("state/checkpoints.ts", {
    name: "leaves the letters of a file under its old name",
    find: `      this.#letters.move(key, { source, file });`,
    replace: ``,
  }),
  fault("state/checkpoints.ts", {
    name: "leaves the letter of a half row open once the row is whole",
    find: `      if (hasReadAgain(stored, checkpoint)) halves`,
    replace: `      if (checkpoint.position.row < 0) halves`,
  }),
  fault("commands/load.ts", {
    name: "forgets the letters of a file that was replaced",
    find: `store.count({ named: source, versions, state })`,
    replace: `store.count({ source, versions, state })`,
    tests: ["letters_command_test.ts"],
  }),
  fault("letter_limit.ts", {
    name: "takes letters of later rows for a share of the rows before them",
    find: `rows: Math.max(before.rows + index + 1, before.lettersUpTo)`,
    replace: `rows: before.rows + index + 1`,
  }),
  fault("letter_limit.ts", {
    name: "keeps one letter too many",
    find: `if (deadLettered > most)`,
    replace: `if (deadLettered > most + 1)`,
  }),
  fault("letter_cut.ts", {
    name: "leaves nothing unsettled, so that nothing is looked for past the checkpoint",
    find: `Math.min(rows, held.record.rows - 1)`,
    replace: `rows`,
  }),
  fault("letter_cut.ts", {
    name: "counts letters of later rows against earlier ones",
    find: `rowsBeforeFrontier ?? rowsSoFar`,
    replace: `rowsSoFar`,
  }),
  fault("pending_batch.ts", {
    name: "passes on what settled after the batch that is held",
    find: `if (whole.settled !== null) rest.settled?.append(whole.settled);`,
    replace: `if (whole.settled !== null) (next === null ? rest : first).settled?.append(whole.settled);`,
    tests: ["letter_cut_test.ts"],
  }),
  fault("delivery_window.ts", {
    name: "counts letters that only memory has",
    find: `      this.account.takeBack(letters);`,
    replace: ``,
    tests: ["letter_cut_test.ts"],
  }),
  fault("account.ts", {
    name: "takes a row back for each of its letters",
    find: `this.#counts.dead_lettered -= rows.size;`,
    replace: `this.#counts.dead_lettered -= letters.length;`,
  }),
  fault("account.ts", {
    name: "has rows of a stopped source as lost",
    find: `this.#notSettled = this.#read - this.settled;`,
    replace: ``,
  }),
  fault("letter_cut.ts", {
    name: "keeps no letter of the batch that has one too many",
    find: `if (kept <= 0) return;`,
    replace: `if (kept !== -1) return;`,
  }),
  fault("replay_rows.ts", {
    name: "replays a letter whose source was loaded from its start since",
    find: `  if (letter.retired !== null) return "retired";`,
    replace: ``,
    tests: ["replay_job_test.ts"],
  }),
  fault("replay_rows.ts", {
    name: "replays the letters of a load under another version flag",
    find: `return flag === null || versions.join()`,
    replace: `return flag !== undefined || versions.join()`,
    tests: ["replay_job_test.ts"],
  }),
  fault("letter_ledger.ts", {
    name: "leaves the letters of a row that stand under another name of its file",
    find: `return [...letters, ...elsewhere.filter(isOpen)];`,
    replace: `return elsewhere.length < 0 ? [] : letters;`,
    tests: ["replay_job_test.ts"],
  }),
  fault("replay_rows.ts", {
    name: "writes a row for each name that its file had",
    find: `if (isAsked && letter.source < first.source) return`,
    replace: `if (isAsked && letter.source === first.source) return`,
    tests: ["replay_job_test.ts"],
  }),
  fault("replay_job.ts", {
    name: "knows by one name of a file alone what a replay with other flags has written",
    find: `if (replayOf !== undefined) this.#others.add(`,
    replace: `if (replayOf === undefined) this.#others.delete(`,
    tests: ["replay_job_test.ts"],
  }),
  fault("letter_cut.ts", {
    name: "stops a load for letters of before, though nothing of it has settled",
    find: `(window.account.settled === 0 ? null : limit(window.rowsSoFar))`,
    replace: `limit(window.rowsSoFar)`,
    tests: ["dead_letter_limit_test.ts"],
  }),
  fault("commands/load.ts", {
    name: "is green although letters of an earlier run are open",
    find: `return open > 0 ? EXIT.deadLettered`,
    replace: `return report.dead_lettered > 0 ? EXIT.deadLettered`,
    tests: ["dead_letter_limit_test.ts"],
  }),
  fault("rows_in_topics.ts", {
    name: "takes what was there before a killed replay for its rows",
    find: `this.#options.from?.(topic.name) ?? []`,
    replace: `[]`,
    tests: ["replay_job_test.ts"],
  }),
  fault("found_rows.ts", {
    name: "takes a row for written whose id has other content",
    find: `if (byContent && (index.takeOther(wanted) || index.takeReplayed(wanted))) has`,
    replace: `if (byContent && (index.takeOther(wanted) || index.takeReplayed(wanted) || index.isReused(wanted))) has`,
    tests: ["replay_job_test.ts"],
  }),
  fault("replay_job.ts", {
    name: "counts no id that is there with other content",
    find: `this.#idReused += 1;`,
    replace: ``,
    tests: ["replay_job_test.ts"],
  }),
  fault("exit_code_of.ts", {
    name: "takes a refused log-in for something that no configuration mends",
    find: `if (isOfSettings(cause)) return EXIT.configuration;`,
    replace: ``,
  }),
  fault("state/checkpoints.ts", {
    name: "leaves letters retired whose text was found again",
    find: `      this.#letters.reopen(key, TEXT_REPLACED);
`,
    replace: ``,
  }),
  fault("known_checkpoint.ts", {
    name: "retires the letters of a text that was rotated",
    find: `return isElsewhere ? null : former;`,
    replace: `return former;`,
    tests: ["letters_of_former_text_test.ts"],
  }),
  fault("known_checkpoint.ts", {
    name: "leaves the letters of a text open whose rows are in the file",
    find: `if (!allRefused(former) && !(await file.isRelated(content))) return null;`,
    replace: `if (!allRefused(former)) return null;`,
    tests: ["letters_of_former_text_test.ts"],
  }),
  fault("file_checkpoint.ts", {
    name: "takes a load for one that wrote nothing whose rows a replay has written",
    find: `return this.#options.store.openLetters(checkpoint) === checkpoint.position.row;`,
    replace: `return true;`,
    tests: ["letters_of_former_text_test.ts"],
  }),
];
