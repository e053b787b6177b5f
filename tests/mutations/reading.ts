import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in judging the end of a partition. */
function settling(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "stable_ends.ts", tests: ["stable_ends_test.ts"] };
}

/** A fault in asking the leaders, or in reading their answers. */
function kafka(name: string, entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  const test = name === "newest_leaders" ? "leader_offsets_test" : `${name}_test`;
  return { ...entry, file: `transport/kafka/${name}.ts`, tests: [`transport/kafka/${test}.ts`] };
}

/** A fault in the answers to requests that several sends share. */
function sharing(entry: Pick<Mutation, "name" | "find" | "replace">): Mutation {
  return { ...entry, file: "produce_requests.ts", tests: ["transport/kafka/producer_test.ts"] };
}

export const mutations: readonly Mutation[] = [
  {
    name: "leaves it to the system when a small request goes",
    file: "transport/kafkajs/library.ts",
    find: `      socket.setNoDelay(true);
`,
    replace: ``,
    tests: ["transport/kafkajs/library_test.ts"],
    flags: ["--allow-read", "--allow-env", "--allow-net", "--allow-sys"],
  },
  sharing({
    name: "gives each send the answer of the first one of its request",
    find: `const own = known.get(partition);`,
    replace: `const own = answers[0];`,
  }),
  sharing({
    name: "takes a send that the answer does not name for stored",
    find: `if (own !== undefined) answered.resolve(own);`,
    replace: `answered.resolve(own ?? { topic, partition, error: 0, baseOffset: 0n });`,
  }),
  sharing({
    name: "is in doubt of one send alone when the request has no answer",
    find: `    for (const { answered } of parts) answered.reject(error);
`,
    replace: `    parts[0]?.answered.reject(error);
`,
  }),
  sharing({
    name: "puts any number of bytes into a request",
    find: `if (last.length === 0 || bytes > MAX_SHARED_BYTES) {`,
    replace: `if (last.length === 0) {`,
  }),
  sharing({
    name: "makes a request for each send",
    find: `if (last.length === 0 || bytes > MAX_SHARED_BYTES) {`,
    replace: `if (bytes > 0) {`,
  }),
  settling({
    name: "takes the high watermark for the end",
    find: `then.end === then.logEnd && end === logEnd && then.logEnd === logEnd`,
    replace: `then.end === end`,
  }),
  settling({
    name: "believes what can be read for the first time at its last look",
    find: `then.end === then.logEnd && end === logEnd`,
    replace: `end === logEnd`,
  }),
  settling({
    name: "believes an end that moves",
    find: `end === logEnd && then.logEnd === logEnd`,
    replace: `end === logEnd`,
  }),
  settling({
    name: "does not mind an election between two looks",
    find: `    then.leaderEpoch === leaderEpoch && then.end === then.logEnd`,
    replace: `    then.end === then.logEnd`,
  }),
  settling({
    name: "gives up on followers after fifty looks",
    find: `      looks = 0;
`,
    replace: ``,
  }),
  settling({
    name: "waits for ever for a log that others write to",
    find: `    if (looks >= MAX_LOOKS) return now;
`,
    replace: ``,
  }),
  settling({
    name: "gives a slow leader no more time than a fast one",
    find: `Math.max(settleMs, lookMs)`,
    replace: `settleMs`,
  }),
  settling({
    name: "waits without a word",
    find: `    if (waitedMs < this.#tellAfterMs) return;`,
    replace: `    if (waitedMs >= 0) return;`,
  }),
  {
    name: "settles one partition after the other, though they share a connection",
    file: "resolve_by_reading.ts",
    find: `await stableEnds({ ...options, partitions, isOwn })`,
    replace: `(await Promise.all(partitions.map((partition) =>
    stableEnds({ ...options, partitions: [partition], isOwn })
  ))).flat()`,
    tests: ["resolve_by_reading_test.ts"],
  },
  {
    name: "waits in silence for brokers that are away before it starts",
    file: "live_topics.ts",
    find:
      `        observe({ type: "topic_unavailable", stage: "sending", topic, attempt: attempt + 1, delayMs, cause });
`,
    replace: ``,
    tests: ["live_topics_test.ts"],
  },
  kafka("leader_offsets", {
    name: "takes the high watermark for the end of the log",
    find: `      logEnd: logEnd.offset,`,
    replace: `      logEnd: answerOf(ends, { topic, partition }).offset,`,
  }),
  kafka("newest_leaders", {
    name: "believes the first broker that answers",
    find: `if (told === undefined || isNewer(leader, told)) newest`,
    replace: `if (told === undefined) newest`,
  }),
  kafka("newest_leaders", {
    name: "forgets an election when its witnesses are away",
    find: `    const newest = before?.id === id ? before.leaders : new Map<number, PartitionLeader>();`,
    replace: `    const newest = before?.id === "" ? before.leaders : new Map<number, PartitionLeader>();`,
  }),
  kafka("newest_leaders", {
    name: "takes either of two topics of one name",
    find: `    if (known.some(({ metadata: { id } }) => id !== first.metadata.id)) {`,
    replace: `    if (known.some(({ metadata: { id } }) => id === "")) {`,
  }),
  kafka("offset_requests", {
    name: "lets any leader answer",
    find: `[partition, leaderEpoch, leaderEpoch].map(int32)`,
    replace: `[partition, -1, leaderEpoch].map(int32)`,
  }),
  kafka("reader", {
    name: "takes an answer without records for compaction",
    find: `      if (atEnd && to === undefined) return nothing;`,
    replace: `      if (answer.batches.length === 0) return { ...nothing, next: answer.highWatermark };`,
  }),
  kafka("reader", {
    name: "takes a throttled answer without records for compaction",
    find: `      if (atEnd && to === undefined) return nothing;`,
    replace: `      if (answer.clientSideThrottleTime > 0) return { ...nothing, next: answer.highWatermark };
      if (atEnd && to === undefined) return nothing;`,
  }),
  kafka("reader", {
    name: "waits for records that are lost",
    find: `if (logEnd < to) throw endLost(`,
    replace: `if (logEnd < 0n) throw endLost(`,
  }),
  kafka("reader", {
    name: "asks a broker for ever that withholds what is there",
    find: `      if (withheld.passed) throw withheldFailure(answer);
`,
    replace: ``,
  }),
];
