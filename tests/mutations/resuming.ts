import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in resuming after the process; whole loads notice it unless other tests are named. */
function resuming(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["resume_test.ts"], ...entry, file };
}

const KNOWN = { tests: ["resume_known_test.ts"] };
const COMPACTED = { tests: ["resume/compacted_topics_test.ts"] };
const MOVED = { tests: ["moved_content_test.ts"] };
const MOVED_FLAGS = { tests: ["moved_flags_test.ts"] };
const OTHER_SETTINGS = { tests: ["other_settings_test.ts"] };
const CONTENT_OWNER = { tests: ["content_owner_test.ts"] };
const BLANK = { tests: ["blank_checkpoint_test.ts"] };
const CUT = { tests: ["cut_files_test.ts"] };
const OWN_RECORDS = { tests: ["own_records_test.ts"] };

export const mutations: readonly Mutation[] = [
  {
    name: "looks at a file before its brokers answer, and resumes what was there then",
    file: "resuming/find_start_point.ts",
    find: `  if (file.followed !== true) await looking;`,
    replace: ``,
    tests: ["brokers_away_test.ts"],
  },
  {
    name: "looks at the files of the run from the first one on for each head",
    file: "resuming/files_of_run.ts",
    find: `      firstRows.files = Math.max(firstRows.files, at + 1);
`,
    replace: `      firstRows.files = firstRows.known.has(firstRow) ? 0 : at + 1;
      firstRows.known.delete(firstRow);
      if (head?.firstRow === firstRow) return true;
`,
    tests: ["files_of_run_test.ts"],
  },
  resuming("known_checkpoint.ts", {
    name: "takes the rows of a file that is gone for new ones of the file that got them",
    find: `if (own.verdict === "go_on") await refuseJoined(own.checkpoint, sought, this.#about);`,
    replace: ``,
    ...CUT,
  }),
  resuming("gone_files.ts", {
    name: "takes the parts of a file that was split by symbol for new files",
    find: `if (part !== name && await files.haveParts(whole)) {`,
    replace: `if (part !== null && await files.haveParts(whole)) {`,
    ...CUT,
  }),
  resuming("latest_of_keys.ts", {
    name: "leaves a key to a row that its file has no more",
    find: `const [last] = this.#statements.all(this.#sql.lastRow, [integerIn(latest, "n")]);`,
    replace: `const last = { place: 1e9, row: 0 };`,
    ...COMPACTED,
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "writes a row that may have moved here",
    find: `if (this.#moved === "refuse") throw new MovedRowError(wanted);`,
    replace: ``,
    ...MOVED,
  }),
  resuming("written_ids.ts", {
    name: "takes a row that stands in two files for one that has moved",
    find: `return needed > 0 && copies >= needed;`,
    replace: `return needed > 0 && copies > 0;`,
    ...OWN_RECORDS,
  }),
  resuming("state/checkpoints.ts", {
    name: "forgets whose records those of a file's earlier load are",
    find: `before?.ok && !forget ? formerOriginsOf`,
    replace: `before?.ok && forget ? formerOriginsOf`,
    ...MOVED,
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "knows rows by their ids alone",
    find: `this.index.takeOther(wanted) || this.index.takeAlike(wanted)`,
    replace: `this.index.takeOther(wanted)`,
    ...OWN_RECORDS,
  }),
  resuming("origin_owners.ts", {
    name: "lets a row take the record that another row of the run has the id of",
    find: `if (digest !== null) index.want({ topic: name, messageId, version, digest, file: source.id });`,
    replace: ``,
    ...OWN_RECORDS,
  }),
  resuming("record_digest.ts", {
    name: "takes an id that is made of the message id for content",
    find: `"trade_id" in record && record.trade_id === ownIdOf(record)`,
    replace: `"trade_id" in record && record.trade_id === ""`,
    ...OWN_RECORDS,
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "leaves a key to another text of the file",
    find: `return this.#hasLastWord(sought, { topic, version }) ? this.own : null;`,
    replace: `return this.own;`,
    ...COMPACTED,
  }),
  resuming("file_checkpoint.ts", {
    name: "takes a file that says the same as an earlier one for loaded, whatever came between",
    find: `if (moved.verdict !== "complete" || !isOvertaken(checkpoint, sought)) return`,
    replace: `if (moved.checkpoint !== null) return`,
    ...COMPACTED,
  }),
  resuming("verify_checkpoint.ts", {
    name: "takes a line that has got another record for another file",
    find: `const mayBeIt = isNamed && file.hasLists;`,
    replace: `const mayBeIt = isNamed && !file.hasLists;`,
    tests: ["tests/cli/record_lines_test.ts"],
  }),
  resuming("verify_checkpoint.ts", {
    name: "does not see that a file was cut after its mark",
    find: `if (checkpoint.ahead !== 0 && isPlain && file.stamp.size < then.stamp.size) {`,
    replace: `if (checkpoint.ahead === -1) {`,
    ...CUT,
  }),
  resuming("delivery_window.ts", {
    name: "does not see that topics have rows past the end of the file",
    find: `failure ?? (exhausted ? this.books.rowsPastEnd(this.#readPosition, end) : null);`,
    replace: `failure ?? null;`,
    ...CUT,
  }),
  resuming("known_checkpoint.ts", {
    name: "takes a further part of a file that was split for a new file",
    find: `      await refuseParts(sought, this.#about);
`,
    replace: ``,
    ...CUT,
  }),
  resuming("find_start_point.ts", {
    name: "takes a part of what a killed load has written for a new file",
    find:
      `if (there === null && known.origin !== null && index.isPart(source, known.origin, all)) throw known.refusal;`,
    replace: ``,
    ...CUT,
  }),
  resuming("written_ids_sql.ts", {
    name: "takes a record of the id for a row of other content",
    find: `WHERE topic = ? AND id = ? AND owner = ? AND digest = ? AND origin IS NOT ? LIMIT 1`,
    replace: `WHERE topic = ? AND id = ? AND owner = ? AND ? IS NOT NULL AND origin IS NOT ? LIMIT 1`,
    ...OWN_RECORDS,
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "takes a load's own record for a row of other content",
    find: `if (digest !== null && own.some((copy) => isCopyOf(copy, sought) && copy.digest === digest)) {`,
    replace: `if (digest !== null && own.some((copy) => isCopyOf(copy, sought))) {`,
    tests: ["indexed_rows_test.ts"],
  }),
  resuming("rows_in_topics.ts", {
    name: "puts records into the index twice when their reading breaks off",
    find: `this.#next.get(place) ?? range.from;`,
    replace: `range.from;`,
    ...OWN_RECORDS,
  }),
  resuming("live_topics.ts", {
    name: "reads a topic once more from the start after an outage",
    find: `            next = record.offset + 1n;`,
    replace: ``,
    tests: ["live_topics_test.ts"],
  }),
  resuming("live_topics.ts", {
    name: "takes a read that was aborted for one that came to its end",
    find: `  // An aborted read ends as if the log ended there.
  signal.throwIfAborted();`,
    replace: ``,
    tests: ["live_topics_test.ts"],
  }),
  resuming("live_topics.ts", {
    name: "waits for ever for records that are lost",
    find: ` || cause.code === "end_lost") throw cause;`,
    replace: `) throw cause;`,
    tests: ["live_topics_test.ts"],
  }),
  resuming("shared_work.ts", {
    name: "waits for the work of another source when it is stopped",
    find: `return await untilAborted(known, signal);`,
    replace: `return await known;`,
    tests: ["shared_work_test.ts"],
  }),
  resuming("fresh_answers.ts", {
    name: "gives an answer to what was asked before the call",
    find: `    if (before !== undefined) this.#next.set(name, question);`,
    replace: `    this.#next.set(name, question);
    answer.finally(() => this.#next.delete(name)).catch(() => {});`,
    tests: ["fresh_answers_test.ts"],
  }),
  resuming("fresh_answers.ts", {
    name: "joins a question that all have given up",
    find: `    if (this.#next.get(name) === question) this.#next.delete(name);
`,
    replace: ``,
    tests: ["fresh_answers_test.ts"],
  }),
  resuming("fresh_answers.ts", {
    name: "waits for a question that all have given up",
    find: `untilAborted(ask(abandoned.signal), abandoned.signal)`,
    replace: `ask(abandoned.signal)`,
    tests: ["fresh_answers_test.ts"],
  }),
  resuming("fresh_answers.ts", {
    name: "ends a question when one of its callers gives up",
    find: `if (signal.aborted && question.callers === 0)`,
    replace: `if (signal.aborted)`,
    tests: ["fresh_answers_test.ts"],
  }),
  resuming("live_topics.ts", {
    name: "asks once more for each source that begins at the same time",
    find: `    return this.#looks.get(name, signal, (signal) => this.#look(targets, signal));`,
    replace: `    void name;
    return this.#look(targets, signal);`,
    tests: ["live_topics_test.ts"],
  }),
  resuming("rows_in_topics.ts", {
    name: "does not look for what a replay has written",
    find: `    await noteReplayed(source, { index, topics, signal });`,
    replace: ``,
    tests: ["audit_test.ts"],
  }),
  resuming("find_start_point.ts", {
    name: "believes the checkpoint of a killed load that writes only what is absent",
    find: `origin, ahead: null }, options);`,
    replace: `origin, ahead: options.checkpointRows }, options);`,
    ...OWN_RECORDS,
  }),
  resuming("rows_in_topics.ts", {
    name: "finds a thousand rows past a checkpoint only",
    find: `        if (!further) found.add(`,
    replace: `        if (!further && found.size < 1_000) found.add(`,
    ...OWN_RECORDS,
  }),
  resuming("rows_in_topics.ts", {
    name: "takes another load's record for its own",
    find: `if (value === null || !isOfOrigin(value, originBytes)) {`,
    replace: `if (value === null || originBytes.length === 0) {`,
    ...OWN_RECORDS,
  }),
  resuming("rows_in_topics.ts", {
    name: "believes a checkpoint that is older than what was sent",
    find: `      if (further) return null;`,
    replace: `      if (further) further = false;`,
    ...OWN_RECORDS,
  }),
  resuming("origin_owners.ts", {
    name: "lets a file take what another file of the run has written",
    find: `    run.index.reserve(origin, source.id);`,
    replace: ``,
    ...OWN_RECORDS,
  }),
  resuming("origin_owners.ts", {
    name: "takes a source for the one that an origin has written, though some of its records are others",
    find: `records.every((count, at) => count === counts[at])`,
    replace: `records.every((count, at) => count >= (counts[at] ?? 0))`,
    ...OWN_RECORDS,
  }),
  resuming("origin_owners.ts", {
    name: "gives what an origin has written to the file of its name, whatever is in it",
    find: `      const elsewhere = await this.#ownerElsewhere(known.get(origin) ?? []);`,
    replace: `      const elsewhere = known.get(origin)?.[0]?.source ?? null;`,
    ...CONTENT_OWNER,
  }),
  resuming("other_checkpoints.ts", {
    name: "takes a file for being in place by its path alone",
    find: `other.isGone = !(await isInPlace(checkpoint));`,
    replace: `other.isGone = !(await isInPlace({ ...checkpoint, position: { row: 0, at: {} } }));`,
    ...CONTENT_OWNER,
  }),
  resuming("known_checkpoint.ts", {
    name: "leaves the checkpoint of a content to the name that another file has",
    find: `this.#options.store.rename(other.key, key.source, { file: name });`,
    replace: `this.#options.store.load(other.key);`,
    ...CONTENT_OWNER,
  }),
  resuming("find_start_point.ts", {
    name: "believes a checkpoint that is older than the topics, since its load had ended",
    find: `    if (row <= checkpoint.position.row) return {`,
    replace: `    if (row >= 0) return {`,
    ...OWN_RECORDS,
  }),
  resuming("written_since.ts", {
    name: "reads topics from their start though their ends are known",
    find: `      const from = next < start ? start : next;`,
    replace: `      const from = next < start ? next : start;`,
    tests: ["written_since_test.ts"],
  }),
  resuming("locked_log.ts", {
    name: "sends on though the lock was removed",
    find: `        isHeld() ? producer`,
    replace: `        isHeld() || partition >= 0 ? producer`,
    tests: ["locked_log_test.ts"],
  }),
  resuming("resuming/rows_past_checkpoint.ts", {
    name: "writes a superseded row again in a compacted topic",
    find: `if (last !== undefined && last > sought.row) return SUPERSEDED;`,
    replace: `if (last !== undefined && last < sought.row - 1e9) return SUPERSEDED;`,
    tests: ["rows_past_checkpoint_test.ts"],
  }),
  resuming("resuming/rows_past_checkpoint.ts", {
    name: "writes a row of a killed load behind that of a later file",
    find: `    return this.#isSuperseded(topic, sought) ? SUPERSEDED : null;`,
    replace: `    return null;`,
    ...COMPACTED,
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "writes a row that is there no more behind that of a later file",
    find: `    return standing === "superseded";`,
    replace: `    return standing.length === 0;`,
    ...COMPACTED,
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "writes in doubt over the latest record of a key",
    find: `    if (typeof standing !== "string") throw new UnknownOrderError(sought, standing.unknown);`,
    replace: `    if (typeof standing !== "string") return false;`,
    ...COMPACTED,
  }),
  resuming("find_start_point.ts", {
    name: "forgets that rows were sent whose places others have taken",
    find: `sentTo: rows.anySent ? sentTo : 0`,
    replace: `sentTo: rows.size > 0 ? sentTo : 0`,
    ...COMPACTED,
  }),
  resuming("find_start_point.ts", {
    name: "takes no row of a killed load for one that may be gone, with --overlap skip",
    find: `doubtedRows: sentTo, fromStart`,
    replace: `doubtedRows: 0, fromStart`,
    ...COMPACTED,
  }),
  resuming("origin_owners.ts", {
    name: "takes all files of a run for one",
    find: `    return place < 0 ? files.length : place;`,
    replace: `    return place < 0 ? files.length : 0;`,
    ...COMPACTED,
  }),
  resuming("rows_in_topics.ts", {
    name: "does not note the latest record of a key",
    find: `            if (topic.compacted) {`,
    replace: `            if (topic.compacted && copy === null) {`,
    ...COMPACTED,
  }),
  resuming("latest_of_keys.ts", {
    name: "takes what a file had once for newer than what it has",
    find: `row: integerIn(last, "row") - 0.5`,
    replace: `row: integerIn(last, "row") + 0.5`,
    tests: ["latest_of_keys_test.ts"],
  }),
  resuming("latest_of_keys.ts", {
    name: "writes v1 of a row over its v2",
    find: ` || version === "v2")) continue;`,
    replace: ` || version.length > 0)) continue;`,
    tests: ["latest_of_keys_test.ts"],
  }),
  resuming("latest_of_keys.ts", {
    name: "takes a record of a file outside the run for one of its files",
    find: `    if (owner !== undefined && place === undefined) return null;
`,
    replace: ``,
    tests: ["latest_of_keys_test.ts"],
  }),
  resuming("load_job.ts", {
    name: "loads files of reference data side by side",
    find: `limitRows === undefined && !this.#options.inOrder ? filesInFlight`,
    replace: `limitRows === undefined ? filesInFlight`,
    tests: ["load_job_test.ts"],
  }),
  resuming("load_job.ts", {
    name: "loads a file of reference data after one that has failed",
    find: `      if (this.#options.inOrder) this.#endAfterFailure();
`,
    replace: ``,
    tests: ["load_job_test.ts"],
  }),
  resuming("resuming/rows_past_checkpoint.ts", {
    name: "keeps the last place of a row that is there twice",
    find: `(before.partition === partition && offset < before.offset)`,
    replace: `(before.partition === partition && offset > before.offset)`,
    tests: ["rows_past_checkpoint_test.ts"],
  }),
  resuming("resuming/rows_past_checkpoint.ts", {
    name: "settles a row by a record of another message",
    find: `      if (found.messageId !== sought.messageId) throw new RowConflictError(topic, sought, found.messageId);
`,
    replace: ``,
    tests: ["rows_past_checkpoint_test.ts"],
  }),
  resuming("live_topics.ts", {
    name: "waits once for a run, not for each topic",
    find: `return this.#settling.done(key, signal,`,
    replace: `return this.#settling.done("all", signal,`,
    tests: ["live_topics_test.ts"],
  }),
  resuming("source_checkpoint.ts", {
    name: "moves on over a topic that had grown before",
    find: `Math.max(this.#options.partitionsOf(topic.name), topic.next.length)`,
    replace: `Math.max(this.#options.partitionsOf(topic.name), 0)`,
    tests: ["source_checkpoint_test.ts"],
  }),
  resuming("pending_batch.ts", {
    name: "numbers the rows of a half as those of the whole",
    find: `[whole.firstRow + from, whole.rowsBefore + from]`,
    replace: `[whole.firstRow, whole.rowsBefore + from]`,
    tests: ["delivery_window_test.ts"],
  }),
  resuming("rows_in_topics.ts", {
    name: "skips the scan of what was sent past the checkpoint",
    find: `    for (const range of ranges.filter(({ partition }) => partitions.has(partition))) {`,
    replace: `    for (const range of ranges.filter(() => partitions.has(-1))) {`,
  }),
  resuming("rows_in_topics.ts", {
    name: "scans from the end of a partition instead of from where the checkpoint is",
    find: `    const known = next[partition] ?? 0n;`,
    replace: `    const known = next[partition] === undefined ? 0n : end;`,
  }),
  resuming("rows_in_topics.ts", {
    name: "looks only where keys belong now, although the topic has grown",
    find: `{ from: known?.partitions ?? 1, to: topic.offsets.length }`,
    replace: `{ from: topic.offsets.length, to: topic.offsets.length }`,
  }),
  resuming("find_start_point.ts", {
    name: "takes each end for an orderly one",
    find: `  if (ahead === 0) {`,
    replace: `  if (ahead >= 0) return { written: null, found: 0, sentTo: 0 };
  {`,
  }),
  resuming("find_start_point.ts", {
    name: "believes a checkpoint of which it is not known what was sent past it",
    find: `  const past = ahead === null ? null : await rowsPast(checkpoint, { ahead, live }, options);
  if (ahead === null || past === null) {`,
    replace: `  const past = await rowsPast(checkpoint, { ahead: ahead ?? 0, live }, options);
  if (past === null) {`,
  }),
  resuming("find_start_point.ts", {
    name: "says that nothing may have been sent past where it goes on",
    find: `    ahead: Math.max(ahead, checkpointRows),`,
    replace: `ahead: 0,`,
  }),
  resuming("actors/sources/source.ts", {
    name: "sends rows under a checkpoint that knows no row of the file",
    find: `return this.#keeper.noteFirst(next) && (`,
    replace: `return (`,
    ...BLANK,
  }),
  resuming("known_checkpoint.ts", {
    name: "refuses a file that was cut though another one of the run has what was written of it",
    find: `    if (origin === null || hasOtherSettings(own)) throw refusal;`,
    replace: `    if (origin !== "" || hasOtherSettings(own)) throw refusal;`,
    ...BLANK,
  }),
  resuming("find_start_point.ts", {
    name: "takes a file that was cut for another one, whichever file has what was written of it",
    find: `  if (owner === null) throw known.refusal;`,
    replace: `  if (owner === null) return there;`,
    ...BLANK,
  }),
  resuming("known_checkpoint.ts", {
    name: "looks up two sources at a time",
    find: `    return this.#turns.run(() => {
      this.#files.begin(sought.key.source);
      return this.#find(sought);
    });`,
    replace: `    this.#files.begin(sought.key.source);
    return this.#find(sought);`,
  }),
  resuming("file_checkpoint.ts", {
    name: "forgets the checkpoint of a file that was replaced",
    find: `      others.putAside(own.checkpoint);
`,
    replace: `      store.remove(key);
`,
  }),
  resuming("file_checkpoint.ts", {
    name: "takes the checkpoint of a source that is being read",
    find: `    others.delete(key);
`,
    replace: ``,
  }),
  resuming("known_checkpoint.ts", {
    name: "loads a file again that was loaded to its end",
    find: `    if (verdict === "other_file") return null;`,
    replace: `    if (verdict === "other_file" || verdict === "complete") return null;`,
  }),
  resuming("source_checkpoint.ts", {
    name: "always says that nothing was sent past it",
    find: `    return drained ? earlier : Math.max(earlier, this.#options.checkpointRows);`,
    replace: `    return 0 * earlier;`,
  }),
  resuming("source_checkpoint.ts", {
    name: "forgets the rows that an earlier run had sent",
    find: `    return drained ? earlier : Math`,
    replace: `    return drained ? 0 : Math`,
    tests: ["source_checkpoint_test.ts"],
  }),
  resuming("source_checkpoint.ts", {
    name: "moves on over a topic that has grown",
    find: `if (partitions > topic.partitions || topic.partitioner === null) return topic;`,
    replace: `if (topic.partitioner === null) return topic;`,
  }),
  resuming("source_checkpoint.ts", {
    name: "lets a start that is no longer waited for overtake",
    find: `    return this.#turns.run(async () => {
      wanted`,
    replace: `    return Promise.resolve().then(async () => {
      wanted`,
    tests: ["source_checkpoint_test.ts"],
  }),
  resuming("source_checkpoint.ts", {
    name: "sends as many rows past a checkpoint as it likes",
    find: `    return Math.max(0, this.#saved.position.row + this.#options.checkpointRows - read);`,
    replace: `    return Infinity * (1 + read);`,
    tests: ["source_checkpoint_test.ts"],
  }),
  resuming("source_checkpoint.ts", {
    name: "forgets letters that are not stored",
    find: `this.#options.window.books.settled?.forgetLetters([...superseded, ...deadLetters]);`,
    replace: `this.#options.window.books.settled?.forgetLetters(this.#options.window.books.settled.letters);`,
    tests: ["source_checkpoint_test.ts"],
  }),
  resuming("source_checkpoint.ts", {
    name: "keeps the checkpoint of the version that is written now",
    find: `    this.#options.doubt(versions);
`,
    replace: ``,
  }),
  resuming("checkpoint_keeper.ts", {
    name: "takes a checkpoint that was lost for stored",
    find: `      case "checkpoint_lost":
        this.#saving = false;
        break;`,
    replace: `      case "checkpoint_lost":
        this.#saving = false;
        if (this.#options.checkpoint.rowsToSave > 0) this.#impossible = true;
        break;`,
    tests: ["checkpoint_keeper_test.ts"],
  }),
  resuming("checkpoint_keeper.ts", {
    name: "does not wait for the last checkpoint",
    find: `return !this.#saving && (this.#impossible || this.#options.checkpoint.isFinal);`,
    replace: `return this.#saving || this.#impossible || this.#options.checkpoint.isFinal;`,
    tests: ["checkpoint_keeper_test.ts"],
  }),
  resuming("checkpoint_keeper.ts", {
    name: "stores two checkpoints at a time",
    find: `    if (this.#saving || this.#impossible || checkpoint.versions === null) return;`,
    replace: `    if (this.#impossible || checkpoint.versions === null) return;`,
    tests: ["checkpoint_keeper_test.ts"],
  }),
  resuming("stores/checkpoints.ts", {
    name: "answers before the checkpoint is stored",
    find: `          await sink.save(checkpoint, { deadLetters, superseded });`,
    replace: `          saved.reply({ type: "saved" });
          await sink.save(checkpoint, { deadLetters, superseded });`,
    tests: ["stores/checkpoints_test.ts"],
  }),
  resuming("actors/sources/source.ts", {
    name: "reports its end before the last checkpoint is stored",
    find: `    this.#storeRest();
    if (this.#restStored) this.#report(this.#end);`,
    replace: `    this.#report(this.#end);`,
  }),
  resuming("actors/sources/source.ts", {
    name: "stops reading in order without the last checkpoint",
    find: `if (this.#restStored) this.#report(this.#end);`,
    replace: `if (this.#end.type === "drained" || this.#restStored) this.#report(this.#end);`,
    tests: ["checkpoint_keeper_test.ts"],
  }),
  resuming("checkpoint_keeper.ts", {
    name: "goes on for ever without checkpoints when its file is another one",
    find: `        this.#options.failed(message.cause);
`,
    replace: ``,
    tests: ["checkpoint_keeper_test.ts"],
  }),
  resuming("delivery_window.ts", {
    name: "moves the checkpoint before the rows are acknowledged",
    find: `    this.#readPosition = batch.next;
    this.account`,
    replace: `    this.#readPosition = batch.next;
    this.books.settle(pending, { before: undefined, after: undefined });
    this.account`,
    tests: ["delivery_window_test.ts"],
  }),
  resuming("delivery_window.ts", {
    name: "drops the batch in hand",
    find: `      pending.state = "queued";
      this.#recovering = true;`,
    replace: `      pending.record.states.forEach((states) => states.fill(ROW.acknowledged));
      this.#settle(pending);`,
  }),
  resuming("checkpoint_books.ts", {
    name: "keeps no offsets of the rows that were found",
    find: `if (found.place !== null) record`,
    replace: `if (found.place === undefined) record`,
    tests: ["delivery_window_test.ts"],
  }),
  resuming("checkpoint_books.ts", {
    name: "gives what has settled to the wrong side of a batch that was halved",
    find: `    const heir = next === null ? after : before;`,
    replace: `    const heir = before;`,
    tests: ["delivery_window_test.ts"],
  }),
  resuming("partition_marks.ts", {
    name: "is one offset behind",
    find: `this.#next.set(this.#partition, this.#highest + 1n);`,
    replace: `this.#next.set(this.#partition, this.#highest);`,
    tests: ["partition_marks_test.ts"],
  }),
  resuming("open_rows.ts", {
    name: "forgets the rows of the open instant when it is opened in the middle",
    find: `instant: new OpenInstant(instant)`,
    replace: `instant: new OpenInstant(instant.micros === 0 ? instant : undefined)`,
    tests: ["reading_from_anywhere_test.ts"],
  }),
  resuming("other_checkpoints.ts", {
    name: "takes the shortest content for the file's",
    find: `reachOf(next) - reachOf(one)`,
    replace: `reachOf(one) - reachOf(next)`,
    ...KNOWN,
  }),
  resuming("file_checkpoint.ts", {
    name: "believes a file's own checkpoint, however little it knows",
    find: `verdict === "refused" || checkpoint.position.row > 0 ||`,
    replace: `verdict === "refused" || checkpoint.position.row >= 0 ||`,
    ...KNOWN,
  }),
  resuming("verify_checkpoint.ts", {
    name: "takes a mark of nothing for that of another file",
    find: `content.bytes === 0 && !isIt`,
    replace: `content.bytes < 0 && !isIt`,
    ...KNOWN,
  }),
  resuming("verify_checkpoint.ts", {
    name: "refuses a file of other rows that got the inode of one whose load was killed",
    find: `content.bytes === 0 && !isNamed && `,
    replace: `content.bytes < 0 && !isNamed && `,
    ...BLANK,
  }),
  resuming("verify_checkpoint.ts", {
    name: "compares the size of a compressed file with that of a plain one that had its inode",
    find: ` && compressionOfName(then.path) === compressionOfName(path);`,
    replace: `;`,
    ...BLANK,
  }),
  resuming("find_start_point.ts", {
    name: "does not look for what a killed load has written of a file that begins anew",
    find: `if (there !== null) return`,
    replace: `if (there === "") return`,
    ...KNOWN,
  }),
  resuming("known_checkpoint.ts", {
    name: "does not know what was written under another setting of the version flag",
    find: `      if (beside !== null) return this.#doubt(name, { verdict: "only_missing", reasons: [beside] });
`,
    replace: ``,
    ...KNOWN,
  }),
  resuming("known_checkpoint.ts", {
    name: "goes on beside what another setting of the version flag has written further",
    find: `const isDoubted = doubt !== null && (own.verdict === "go_on" ||`,
    replace: `const isDoubted = doubt !== null && (own.verdict !== "go_on" &&`,
    ...KNOWN,
  }),
  resuming("file_checkpoint.ts", {
    name: "knows the checkpoint of another setting of the version flag by its name alone",
    find: `await this.#findMoved({ ...sought, key }, kept);`,
    replace: `isOfLoad ? await this.#findMoved({ ...sought, key }, kept) : null;`,
    ...OTHER_SETTINGS,
  }),
  resuming("other_flags.ts", {
    name: "leaves the letters of another setting of the version flag to a name that the file had",
    find: `own.adopted ? otherFlags(sought.key.versions) : []`,
    replace: `own.adopted ? otherFlags(sought.key.versions).slice(2) : []`,
    ...MOVED_FLAGS,
  }),
  resuming("other_flags.ts", {
    name: "writes again what another setting of the version flag has written of a row that was half",
    find: `return unended?.row ?? row;`,
    replace: `return unended === undefined ? row : row;`,
    ...MOVED_FLAGS,
  }),
  resuming("other_flags.ts", {
    name: "writes with other settings what another setting of the version flag has written",
    find: `    if (other.verdict === "refused") throw`,
    replace: `    if (other.verdict === "complete") throw`,
    ...OTHER_SETTINGS,
  }),
  resuming("find_start_point.ts", {
    name: "writes with other settings what is absent with them",
    find: `    if (mode === "only_missing") await known.refuseOtherSettings(sought);
`,
    replace: ``,
    ...OTHER_SETTINGS,
  }),
  resuming("file_checkpoint.ts", {
    name: "refuses a changed file though what was read of it stands in another one of the run",
    find: `    if (holder === null) return found;`,
    replace: `    if (holder !== "") return found;`,
    ...CONTENT_OWNER,
  }),
  resuming("files_of_run.ts", {
    name: "takes a copy that has a checkpoint of its own for the file that was changed",
    find: `    return own === undefined || own.bytes < content.bytes || (await file.compare(own)).type !== "same";`,
    replace: `    return own === undefined || own.bytes > 0;`,
    ...CONTENT_OWNER,
  }),
  resuming("known_checkpoint.ts", {
    name: "leaves a file loaded though one that comes before it was loaded after it",
    find: `this.#otherOrder(own.checkpoint, sought) ?? beside`,
    replace: `beside`,
    ...COMPACTED,
  }),
  resuming("files_of_run.ts", {
    name: "compares a file with those that come after it too",
    find: `files.slice(0, Math.max(place, 0))`,
    replace: `files`,
    ...COMPACTED,
  }),
  resuming("find_start_point.ts", {
    name: "tells nothing of loads with another data folder",
    find: `if (mode === "resume") await options.unknown.lookAt(live.topics, signal);`,
    replace: ``,
    tests: ["resume/unknown_loads_test.ts"],
  }),
  resuming("unknown_loads.ts", {
    name: "takes the loads of the data folder for unknown ones",
    find: `origins.delete(origin);`,
    replace: `origins.has(origin);`,
    tests: ["resuming/unknown_loads_test.ts"],
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "knows rows that files share by their ids alone",
    find: `(this.#fromStart && this.index.hasAlike(wanted))`,
    replace: `false`,
    tests: ["own_records_test.ts"],
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "takes a row for shared by content in a file of which it does not know how often it had it",
    find: `this.#fromStart && this.index`,
    replace: `this.index`,
    tests: ["indexed_rows_test.ts"],
  }),
  resuming("resuming/indexed_rows.ts", {
    name: "forgets which rows were left out for another file's",
    find: `if (isThere) this.index.noteShared(wanted);`,
    replace: ``,
    tests: ["indexed_rows_test.ts"],
  }),
];
