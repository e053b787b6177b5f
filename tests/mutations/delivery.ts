import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in an actor; its own test notices it unless others are named. */
function actor(
  name: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  const tests = entry.tests ?? [`${name}_test.ts`];
  return { ...entry, file: `${name}.ts`, tests };
}

/** A fault in the counts or the order of a lane; its model notices it. */
function lane(name: string, entry: Pick<Mutation, "find" | "replace">): Mutation {
  return actor("partition_lane", { name, ...entry, tests: ["partition_lane_model_test.ts"] });
}

const delivery: readonly Mutation[] = [
  actor("delivery", {
    name: "completes before the producers are done",
    find: `if (!this.settled || this.#openParts > 0 || this.#completed) return;`,
    replace: `if (!this.settled || this.#completed) return;`,
  }),
  actor("delivery", {
    name: "completes before the converter is done",
    find: `if (!this.settled || this.#openParts > 0 || this.#completed) return;`,
    replace: `if (this.#openParts > 0 || this.#completed) return;`,
  }),
  actor("delivery", {
    name: "completes twice when a killed converter goes on",
    find: ` || this.#completed) return;`,
    replace: `) return;`,
  }),
  actor("delivery", {
    name: "tells a mere matter of order although something crashed",
    find: `return rank(cause) > rank(known) ? cause : known;`,
    replace: `return known;`,
  }),
  actor("delivery", {
    name: "acknowledges a row that was refused before",
    find: `      if (states[index] !== ROW.pending) continue;
`,
    replace: ``,
  }),
  actor("delivery", {
    name: "does not tell how far a partition has acknowledged",
    find: `    marks?.[this.target]?.raise(partition, baseOffset + BigInt(to - from - 1));`,
    replace: `    marks?.[this.target]?.raise(partition, baseOffset);`,
  }),
  actor("delivery", {
    name: "counts a part that is given back as acknowledged",
    find: `    this.#onCause(cause);
    this.settleOnce({ failed: true });`,
    replace: `    this.#record.states[this.target]?.fill(ROW.acknowledged);
    this.settleOnce({ failed: true });`,
  }),
];

const window: readonly Mutation[] = [
  actor("delivery_window", {
    name: "sends a batch of bad rows on",
    find: `if (pending.record.refusals.length > 0 && !hasPendingRows(pending)) pending.state = "storing";`,
    replace: ``,
    tests: ["source_test.ts"],
  }),
  actor("delivery_window", {
    name: "does not say that a batch was refused when it was read",
    find: `if (pending.state === "storing") this.#listener?.changed();`,
    replace: ``,
    tests: ["source_test.ts"],
  }),
  actor("pending_batch", {
    name: "refuses a bad row for a target that has it",
    find: `      if (states[index] !== ROW.pending) return;
`,
    replace: ``,
  }),
  actor("letter_cut", {
    name: "takes rows under way for none when it counts the bad ones",
    find: `const before = { rows: pending.rowsBefore, deadLettered, lettersUpTo };`,
    replace: `const before = { rows: window.account.settled, deadLettered, lettersUpTo: 0 };`,
    tests: ["source_test.ts"],
  }),
  actor("delivery_window", {
    name: "drops a batch that was returned",
    find: `      pending.state = "queued";
      this.#recovering = true;`,
    replace: `      this.#settle(pending);`,
  }),
  actor("delivery_window", {
    name: "starts no new run after a return",
    find: `      this.#run += 1;
      this.#index = 0;`,
    replace: ``,
  }),
  actor("delivery_window", {
    name: "sends returned batches while others of their run are under way",
    find: `      if (this.inFlight) return null;
      this.#run`,
    replace: `      this.#run`,
  }),
  actor("delivery_window", {
    name: "admits new rows during a recovery",
    find: `if (this.recovering || this.end.reached) return 0;`,
    replace: `if (this.end.reached) return 0;`,
  }),
  actor("delivery_window", {
    name: "has no room after its only batch was condemned",
    find: `return this.#recovering && this.#batches.length > 0;`,
    replace: `return this.#recovering;`,
  }),
  actor("checkpoint_books", {
    name: "moves its frontier with any batch that settles",
    tests: ["delivery_window_test.ts"],
    find: `if (before === undefined) this.#frontier = next;`,
    replace: `this.#frontier = next; if (before === undefined) return;`,
  }),
  actor("checkpoint_books", {
    name: "forgets the position of a batch that settled before an older one",
    tests: ["delivery_window_test.ts"],
    find: `else before.next = next;`,
    replace: ``,
  }),
  actor("delivery_window", {
    name: "sends a suspect together with others",
    find: `if (suspect && (pending.state !== "queued" || this.inFlight)) return null;`,
    replace: ``,
  }),
  actor("suspects", {
    name: "condemns a whole batch",
    tests: ["delivery_window_test.ts"],
    find: `    if (pending.batch.rows.length > 1) return "halve";
`,
    replace: ``,
  }),
  actor("delivery_window", {
    name: "settles refused rows before their dead letters are stored",
    find: `    if (pending.record.refusals.length > 0) pending.state = "storing";
    else this.#settle(pending);`,
    replace: `    this.#settle(pending);`,
  }),
  actor("delivery_window", {
    name: "lets go of no room when a batch settles",
    find: `this.#unsettledRows -= pending.record.rows;`,
    replace: ``,
  }),
  actor("pending_batch", {
    name: "keeps the refusals of a batch to its first half",
    find: `refusal.index >= from && refusal.index < to ?`,
    replace: `refusal.index < to && from === 0 ?`,
  }),
];

const lanesAndLedger: readonly Mutation[] = [
  actor("partition_lane", {
    name: "mixes epochs in a send",
    find: `run?.message.epoch === epoch; run`,
    replace: `run !== undefined; run`,
  }),
  actor("partition_lane", {
    name: "gives what is queued before what is in flight",
    find: `const all = [...this.inFlight, ...queued];`,
    replace: `const all = [...queued, ...this.inFlight];`,
  }),
  actor("partition_lane", {
    name: "takes back what is being sent",
    find: `if (this.sending) return queued;`,
    replace: ``,
  }),
  actor("partition_lane", {
    name: "has no bound in bytes",
    find: `      bytes -= run.bytes;
`,
    replace: ``,
  }),
  actor("record_run", {
    name: "has no bound in bytes",
    find: ` && this.#bytesTo(to + 1) <= bytes`,
    replace: ``,
    tests: ["partition_lane_test.ts"],
  }),
  actor("record_run", {
    name: "acknowledges the rows before its own",
    find: `partition, baseOffset, this.from, this.to);`,
    replace: `partition, baseOffset, 0, this.length);`,
    tests: ["producers/producer_test.ts"],
  }),
  actor("record_run", {
    name: "tells the values of the records before its own",
    find: `return this.message.records.start(this.from);`,
    replace: `return 0;`,
  }),
  actor("record_run", {
    name: "tells the rows of the records before its own",
    find: `indexes: indexes.subarray(this.from, this.to)`,
    replace: `indexes`,
  }),
  actor("record_run", {
    name: "does not say of replayed records what each is of",
    find: `return load === null ? allHeaders(record) : record.headers;`,
    replace: `return record.headers;`,
  }),
  actor("partition_lane", {
    name: "loses what does not go out with the first records of a run",
    find: `this.#queue[this.#head] = run.slice(count, run.length);`,
    replace: `this.#head += 1;`,
  }),
  actor("topic_lanes", {
    name: "keeps the old partitions of keys when a topic has grown",
    find: `this.#partitionOfKey.clear();
    this.#lanes`,
    replace: `this.#lanes`,
  }),
  actor("topic_lanes", {
    name: "writes what is in the log already",
    find: `      if (found === undefined) continue;
`,
    replace: `      if (found !== null) continue;
`,
  }),
  actor("topic_lanes", {
    name: "claims only what was found in the partition that a key belongs to now",
    find: `if (found === undefined) continue;`,
    replace: `if (found?.partition !== lane?.partition) continue;`,
    tests: ["pipeline/chaos_test.ts"],
  }),
  actor("topic_lanes", {
    name: "forgets what came before the partitions were known",
    find: `      this.#unplaced.push(run);`,
    replace: ``,
  }),
  actor("topic_ledger", {
    name: "forgets the records that no row has claimed yet",
    find: `const own = this.#soughtIn(partition);`,
    replace: `const own = this.#soughtIn(partition);
    this.#unclaimed.clear();`,
  }),
  actor("topic_ledger", {
    name: "lets a record be claimed twice",
    find: `alike.splice(at, 1)`,
    replace: `alike.slice(at, at + 1)`,
  }),
  actor("topic_ledger", {
    name: "keeps what others have written",
    find: `const wanted = own.get(recordKey(record));`,
    replace: `const wanted = own.get(recordKey(record)) ?? (() => true);`,
  }),
  actor("topic_ledger", {
    name: "forgets an earlier doubtful send with the next one",
    find: `if (sends === undefined) this.#doubtful.set(partition, [{ records, wanted }]);
    else sends.push({ records, wanted });`,
    replace: `this.#doubtful.set(partition, [{ records, wanted }]);`,
  }),
  actor("topic_lanes", {
    name: "takes a record for another one of the same id",
    find: `(found) => recordKey(found) === recordKey(run.sent(at))`,
    replace: `() => true`,
    tests: ["records_in_doubt_test.ts"],
  }),
  actor("sent_record", {
    name: "takes a row's record for that of another file's equal row",
    find: "`${content} ${source?.origin} ${source?.row} ${idKey(messageId)}`",
    replace: "`${content} ${idKey(messageId)}`",
    tests: ["topic_ledger_test.ts"],
  }),
  actor("sent_record", {
    name: "takes a record that was changed for the one that it was",
    find: "`${content} ${source",
    replace: "`${source",
    tests: ["records_in_doubt_test.ts"],
  }),
  actor("sent_record", {
    name: "knows a record by the id of its schema",
    find: `value.subarray(HEADER_BYTES)`,
    replace: `value.subarray(0)`,
    tests: ["records_in_doubt_test.ts"],
  }),
  actor("sent_record", {
    name: "does not know an id again that was given in upper case",
    find: `messageId.toLowerCase()`,
    replace: `messageId`,
    tests: ["records_in_doubt_test.ts"],
  }),
  actor("producers/producer", {
    name: "takes what was found for calls that were given up for wanted",
    find: `({ ended }) => ended !== true`,
    replace: `({ ended }) => ended !== false`,
  }),
  actor("producers/producer", {
    name: "answers for a row with the record of another file's equal row",
    find: `found.schemaId === schemaId && isSameSource(found.source, source)`,
    replace: `found.schemaId === schemaId`,
  }),
  actor("topic_ledger", {
    name: "knows a partition's end better each time it is opened",
    find: `if (!this.#next.has(partition)) this.#next.set(partition, end);`,
    replace: `this.#next.set(partition, end);`,
  }),
  actor("stream_order", {
    name: "lets a batch pass that follows a gap",
    find: `run === expected.run && index === expected.index;`,
    replace: `run === expected.run && index >= expected.index;`,
  }),
  actor("stream_order", {
    name: "lets a batch of an old run pass",
    find: `run > expected.run);`,
    replace: `run !== expected.run);`,
  }),
  actor("stream_order", {
    name: "starts a run in its middle",
    find: `const newRun = index === 0 && (`,
    replace: `const newRun = (`,
  }),
];

const resolution: readonly Mutation[] = [
  actor("resolve_by_reading", {
    name: "skips the scan",
    find: `if (end > from) {`,
    replace: `if (end < from) {`,
  }),
  actor("resolve_by_reading", {
    name: "scans from the end",
    find: `const from = acknowledged < start ? start : acknowledged;`,
    replace: `const from = end;`,
  }),
  actor("resolve_by_reading", {
    name: "scans from where retention has deleted",
    find: `const from = acknowledged < start ? start : acknowledged;`,
    replace: `const from = acknowledged;`,
  }),
  actor("topic_session", {
    name: "reads before the client is closed",
    find: `  await ledger.closing;
`,
    replace: ``,
    tests: ["producers/producer_test.ts"],
  }),
  actor("topic_session", {
    name: "leaves doubtful partitions unread",
    find: `new Map(ledger.unsettled.map(`,
    replace: `new Map(ledger.unsettled.slice(1).map(`,
    tests: ["producers/producer_test.ts"],
  }),
  actor("topic_opening", {
    name: "writes on to a topic that was deleted and made again",
    find: `if (known.id === null || ledger.topicId === null || known.id === ledger.topicId) return;`,
    replace: `return;`,
  }),
  actor("topic_opening", {
    name: "makes a topic again that was written to",
    find: `  if (known === null) {
    throw`,
    replace: `  if (known === null) return;
  if (known === null) {
    throw`,
  }),
];

const producer: readonly Mutation[] = [
  actor("producers/producer", {
    name: "has two unsettled sends on a partition",
    find: `if (lane.inFlight.length > 0) continue;`,
    replace: ``,
  }),
  actor("producers/producer", {
    name: "lets records wait for more that will never come",
    find: `      this.#pump();
    });
  }`,
    replace: `    });
  }`,
  }),
  actor("linger", {
    name: "leaves the timer of a partition that has waited less",
    find: `this.#next === null || at < this.#next.at`,
    replace: `this.#next === null`,
    tests: ["producers/producer_test.ts"],
  }),
  actor("linger", {
    name: "sets no further timer",
    find: `    this.#next = null;
  }`,
    replace: `  }`,
  }),
  actor("linger", {
    name: "forgets a timer without ending it",
    find: `    this.#next?.timer.cancel();
    this.#next = null;`,
    replace: `    this.#next = null;`,
  }),
  actor("producers/producer", {
    name: "lets records wait again that have waited for their topic",
    find: `    this.#lanes.endWaiting();
`,
    replace: ``,
  }),
  lane("does not count what has left the queue", {
    find: `      this.#queued -= run.length;
`,
    replace: ``,
  }),
  lane("does not count the bytes that have left the queue", {
    find: `      this.#queuedBytes -= run.bytes;
`,
    replace: ``,
  }),
  lane("takes a queue of many bytes for one that waits for more", {
    find: ` || this.#queuedBytes >= this.maxBytes`,
    replace: ``,
  }),
  lane("counts what was taken back", {
    find: `    this.#queued = 0;
`,
    replace: ``,
  }),
  lane("counts the bytes of what was taken back", {
    find: `    this.#queuedBytes = 0;
    this.waitingSince`,
    replace: `    this.waitingSince`,
  }),
  lane("waits on for what was taken back", {
    find: `    this.waitingSince = null;
    if (this.sending)`,
    replace: `    if (this.sending)`,
  }),
  actor("producers/producer", {
    name: "forgets that a send was started",
    find: `this.#options.ledger.sendStarted(lane.partition, () => records.sent(), wantedBy(runs));`,
    replace: ``,
  }),
  actor("producers/producer", {
    name: "sends on with a client that has failed",
    find: `    if (this.#phase !== "parked") this.#phase = "resolving";
    if (code`,
    replace: `    if (code`,
  }),
  actor("producers/producer", {
    name: "replaces its client while other sends are under way",
    find: `    else if (!this.#lanes.sending) this.#client.open();
  }

  /** Sends nothing more`,
    replace: `    else this.#client.open();
  }

  /** Sends nothing more`,
  }),
  actor("producers/producer", {
    name: "takes an outcome that is unknown for stored",
    find: `    if (outcome.type === "stored") {
      let`,
    replace: `    if (outcome.type !== "refused") {
      outcome = { type: "stored", baseOffset: 0n };
      let`,
  }),
  actor("producers/producer", {
    name: "accepts batches in any order",
    find: `if (!this.#order.accepts(place)) {`,
    replace: `if (!this.#order.accepts(place) && false) {`,
  }),
  actor("producers/producer", {
    name: "claims nothing of what was found",
    find: `for (const { partition, records, end } of found) ledger.found(partition, records, end);`,
    replace: `for (const { partition, end } of found) ledger.settled(partition, end);`,
  }),
  actor("producers/producer", {
    name: "gives back what is being sent when it parks",
    find: `    if (this.#phase === "ready") this.#pump();
    else if (this.#phase === "parked") this.#giveBack();`,
    replace: `    if (this.#phase === "ready" || this.#phase === "parked") this.#pump();`,
  }),
  actor("producers/producer", {
    name: "leaves a topic parked for ever",
    find: `if (this.#parkedBy !== null && another) this.#unpark();`,
    replace: ``,
  }),
  actor("producers/producer", {
    name: "tries a parked topic again for the source that was refused",
    find: `if (this.#parkedBy !== null && another) this.#unpark();`,
    replace: `if (this.#parkedBy !== null) this.#unpark();`,
  }),
  actor("producers/producer", {
    name: "lays new lanes before the old ones have settled",
    find: `    this.#phase = "growing";
    if (!this.#lanes.sending) this.#client.open();`,
    replace: `    this.#layLanes(this.#lanes.count + 1);
    this.#growth.start();`,
  }),
  actor("producers/producer", {
    name: "drops what it has when it is to end",
    find: `if (purpose === "restart" || this.#lanes.idle) return;`,
    replace: `return;`,
  }),
  actor("topic_client", {
    name: "leaves a client open that connects while the incarnation ends",
    tests: ["producers/producer_test.ts"],
    find: `    this.#opening?.then(({ client }) => client.close()).catch(() => {});`,
    replace: ``,
  }),
  actor("topic_client", {
    name: "is held up for ever by a client that cannot be closed",
    tests: ["producers/producer_test.ts"],
    find: `finished.close().catch(() => {});`,
    replace: `finished.close();`,
  }),
  actor("topic_client", {
    name: "lets the next incarnation begin while its client still sends",
    tests: ["producers/producer_test.ts"],
    find: `    await this.#options.ledger.closing;
  }`,
    replace: `    this.#options.ledger.closing = Promise.resolve();
  }`,
  }),
  actor("stall_watch", {
    name: "says late that the log does not answer",
    find: `if (stall === null) return this.look((lanes.sendingSince ?? now) + stallMs - now);`,
    replace: `if (stall === null) return this.look();`,
    tests: ["producers/producer_test.ts"],
  }),
  actor("producers/producer", {
    name: "refuses a record that may be in the log",
    find: `if (code === "message_too_large" && outcome.type === "refused") this`,
    replace: `if (code === "message_too_large") this`,
  }),
  actor("producers/producer", {
    name: "refuses a whole send that is too large",
    find: `if (lane.shrink()) return;`,
    replace: ``,
  }),
];

const source: readonly Mutation[] = [
  actor("actors/sources/source", {
    name: "takes every batch at once, and gives none back when it dies",
    find: `for (let next = this.#takeNext(); next !== null; next = this.#takeNext()) {`,
    replace: `const all = [];
    for (let each = this.#takeNext(); each !== null; each = this.#takeNext()) all.push(each);
    for (const next of all) {`,
  }),
  actor("actors/sources/source", {
    name: "says nothing of a batch that the converter did not take",
    find:
      "delivery.fail(new OutOfSequenceError(`The source ended before batch ${place.run}/${place.index} was taken`));",
    replace: ``,
  }),
  actor("source_targets", {
    name: "mixes the versions of two epochs",
    find: `    this.#epoch = epoch;
    this.#own = null;`,
    replace: `    this.#epoch = epoch;`,
    tests: ["source_test.ts"],
  }),
  actor("source_targets", {
    name: "takes the targets of an epoch that is over",
    find: `if (message.epoch !== this.#epoch.number) return;`,
    replace: `if (message.type === "targets_failed" && message.epoch !== this.#epoch.number) return;`,
    tests: ["source_test.ts"],
  }),
  actor("source_targets", {
    name: "stops for a target that is of no use any more",
    find: `if (message.epoch !== this.#epoch.number) return;`,
    replace: `if (message.type === "targets_resolved" && message.epoch !== this.#epoch.number) return;`,
    tests: ["source_test.ts"],
  }),
  actor("refusal_handler", {
    name: "counts dead letters as stored that were lost",
    tests: ["source_test.ts"],
    find: `if (message.type === "letters_stored") this`,
    replace: `this`,
  }),
  actor("refusal_handler", {
    name: "stores no refused rows",
    tests: ["source_test.ts"],
    find: `} else if (!this.#storing.has(pending)) {`,
    replace: `} else if (false) {`,
  }),
  actor("row_reading", {
    name: "does not come back when its turn has come",
    find: `      this.#paceTimer ??= context.schedule(waitMs, { type: "pace_allows" });`,
    replace: ``,
    tests: ["source_test.ts"],
  }),
  actor("row_reading", {
    name: "keeps a turn whose rows it cannot read",
    find: `    this.#endTurn(batch === null ? 0 : rowCount(batch));`,
    replace: `    this.#turn = null;`,
    tests: ["source_test.ts"],
  }),
  actor("row_pace", {
    name: "lets a stop be made up for without a bound",
    find: `Math.max(this.#next ?? now, now - CATCH_UP_MS)`,
    replace: `this.#next ?? now`,
  }),
  {
    file: "load_job.ts",
    name: "holds each file to the rate that is meant for all",
    tests: ["load_job_test.ts"],
    find: `      pace: this.#pace,`,
    replace: `      rowsPerSecond: this.#options.rowsPerSecond,`,
  },
  actor("actors/sources/source", {
    name: "ends before what is under way has settled",
    find: `if (this.#end === null || this.#reported || this.#busy) return;`,
    replace: `if (this.#end === null || this.#reported) return;`,
  }),
  actor("actors/sources/source", {
    name: "sends on after its topic was parked",
    find: `    if (endsTopic(cause)) this.#stop(cause);
  }`,
    replace: `  }`,
  }),
  actor("row_reading", {
    name: "reads a batch twice",
    find: `    this.#options.feed.admitted();
`,
    replace: ``,
    tests: ["source_test.ts"],
  }),
  actor("row_feed", {
    name: "loses what a stream gave to the incarnation before",
    find: `if (this.#source.resumable) await this.close();`,
    replace: `this.#read = null;`,
  }),
  actor("row_feed", {
    name: "leaves a reader open that is just being opened",
    find: `    const opening = this.#reader;
    this.#reader = null;`,
    replace: `    const opening: Promise<RowReader> | null = null;
    this.#reader = null;`,
  }),
];

const others: readonly Mutation[] = [
  actor("encode_rows", {
    name: "writes rows again that were acknowledged",
    find: `!delivery.isPending(targetIndex, index) || `,
    replace: ``,
  }),
  actor("converter", {
    name: "finishes without a part for a batch that has nothing left",
    find: `          const part =`,
    replace: `          if (records.length === 0) break;
          const part =`,
  }),
  actor("encode_rows", {
    name: "takes a bug for a bad row",
    find: `if (!(error instanceof RecordError || error instanceof EncodeError)) throw error;`,
    replace: `if (!(error instanceof Error)) throw error;`,
    tests: ["converter_test.ts"],
  }),
  actor("encode_rows", {
    name: "has no record made of a row that its columns cannot be written from",
    find: `event?.take(index) === true) continue;`,
    replace: `event?.take(index) !== undefined) continue;`,
  }),
  actor("converter", {
    name: "does not read back what it was asked to",
    find: `if (options.verify === true) verifyEncoding(`,
    replace: `if (options.capacity === -1) verifyEncoding(`,
  }),
  actor("converter", {
    name: "keeps a part that no producer took",
    find: `            part.fail(cause);
            throw cause;`,
    replace: `            throw cause;`,
  }),
  actor("stores/dead_letters", {
    name: "answers before the letters are stored",
    find: `        await sink.add(letters);
        stored.reply();`,
    replace: `        stored.reply();
        await sink.add(letters);`,
  }),
  actor("row_counts", {
    name: "counts a row as acked that only one target has",
    find: `    else if (state !== ROW.skipped) return ROW.refused;
`,
    replace: ``,
  }),
  actor("lookup/registry", {
    name: "takes an outage for an answer",
    find: `if (cause instanceof RegistryError && !cause.retriable) {`,
    replace: `if (cause instanceof RegistryError) {`,
  }),
  actor("lookup/registry", {
    name: "asks again at once, without end",
    find: `this.#context.schedule(delayMs, { type: "try_again" });`,
    replace: `this.#context.schedule(0, { type: "try_again" });`,
  }),
  actor("schema_loader", {
    name: "gives quotes the id of trades, if they share a subject",
    find: `const schemaKey = [request.kind, request.version,`,
    replace: `const schemaKey = [request.version,`,
  }),
  actor("lookup/registry", {
    name: "registers over another record",
    find: `if (held !== null && held !== record) return`,
    replace: `if (held === null && held !== record) return`,
  }),
  actor("schema_loader", {
    name: "does not register what a topic holds under the topic's name",
    find: `return subject === own && ofTopic !== null ? this.#askAgain(lookup, ofTopic) : this.#finish(lookup);`,
    replace: `return this.#finish(lookup);`,
  }),
  actor("schema_loader", {
    name: "writes to an empty topic whose consumers read with the other version",
    find: `return names.some((name) => inTopic.has(name));`,
    replace: `return names.some((name) => inTopic.size >= 0 && name !== "");`,
  }),
  actor("schema_loader", {
    name: "takes a foreign record in a topic's subject for the other version",
    find: `held === undefined || !names.includes(held)) return false;`,
    replace: `held === undefined) return false;`,
  }),
  actor("schema_loader", {
    name: "forgets that this process writes to the topic",
    find: `    this.#options.contents.begin(topic, loadSchema(kind, version).fullName);
`,
    replace: ``,
  }),
  actor("schema_loader", {
    name: "forgets who waits when the registry actor dies",
    find: `return this.#askAgain(message.lookup, message.subject);`,
    replace: `return;`,
  }),
  actor("batch_encoder", {
    name: "forgets what it has written when a buffer is full",
    find: `    grown.set(this.#buffer.subarray(0, position));
`,
    replace: ``,
  }),
  actor("batch_encoder", {
    name: "makes room for a batch of records that are all as large as one",
    find: `Math.min(wanted, Math.max(position, MAX_ROOM))`,
    replace: `wanted`,
  }),
  actor("batch_encoder", {
    name: "takes records of several keys for one run",
    find: `if (keyText !== this.#keyText) this.#endKeyRun(keyText);`,
    replace: `this.#keyText = keyText;`,
  }),
  actor("batch_encoder", {
    name: "appends more bytes of rows than it can tell",
    find: `    checkLength(position + values.length);
`,
    replace: ``,
  }),
];

/** A fault in how actors fail, or in how they use the flag. */
function failures(
  file: string,
  entry: Pick<Mutation, "name" | "find" | "replace"> & { readonly tests?: readonly string[] },
): Mutation {
  return { tests: ["actor_failures_test.ts"], ...entry, file };
}

const whole: readonly Mutation[] = [
  {
    name: "holds on to each source that has ended",
    file: "runtime.ts",
    find: `    promise.catch(() => {}); // No unhandled`,
    replace: `    this.#running().done.then((end) => reject(RuntimeEndedError.of(end)));
    promise.catch(() => {}); // No unhandled`,
    tests: ["runtime_test.ts"],
  },
  {
    name: "lets an observer crash actors",
    file: "runtime.ts",
    find: `const observe = isolatedObserver(ports.observe ?? consoleObserver());`,
    replace: `const observe = ports.observe ?? consoleObserver();`,
    tests: ["runtime_test.ts"],
  },
  {
    name: "leaves sources hanging when the tree gives up",
    file: "runtime.ts",
    find: `        reject(this.#ended);
`,
    replace: ``,
    tests: ["runtime_test.ts"],
  },
  {
    name: "gives up over one poisonous row",
    file: "tree.ts",
    find: `return INTENSITY + maxAttempts + Math.ceil(Math.log2(batchRows));`,
    replace: `return maxAttempts + Math.ceil(Math.log2(batchRows)) - 4;`,
    tests: ["runtime_test.ts"],
  },
  failures("producers/producer.ts", {
    name: "ends the tree with a topic",
    find: `    significant: false,
`,
    replace: ``,
  }),
  failures("actors/sources/source.ts", {
    name: "leaves a load waiting for a source that has ended alone",
    find: `      onEnded({ type: "stopped", cause });
`,
    replace: ``,
  }),
  failures("actors/sources/source.ts", {
    name: "counts failures of an idle source",
    find: `window.unsettledRows > 0 || !(source.idle?.() ?? false)`,
    replace: `window.unsettledRows > 0 || source.resumable`,
  }),
  failures("actors/sources/source.ts", {
    name: "takes nothing that a source does for work",
    find: `done: () => window.account.read + window.account.settled,`,
    replace: `done: () => 0,`,
  }),
  failures("lookup/registry.ts", {
    name: "registers a version that the flag has left",
    find: `    if (this.#flag.isOver(request)) return request.replyTo.reply(SUPERSEDED);
    this.#context.pipeToSelf(`,
    replace: `    this.#context.pipeToSelf(`,
    tests: ["lookup/registry_test.ts"],
  }),
  failures("schema_loader.ts", {
    name: "lets who waits under the old flag wait on",
    find: `if (this.#isOver(lookup)) this.#answer(lookup, SUPERSEDED);`,
    replace: `void lookup;`,
    tests: ["schema_loader_test.ts"],
  }),
  failures("known_epoch.ts", {
    name: "goes back to an older flag",
    find: `notice.number <= (this.#epoch?.number ?? 0)`,
    replace: `notice.number < 0`,
    tests: ["known_epoch_test.ts"],
  }),
];

export const mutations: readonly Mutation[] = [
  ...delivery,
  ...window,
  ...lanesAndLedger,
  ...resolution,
  ...producer,
  ...source,
  ...others,
  ...whole,
];
