import type { Mutation } from "../../scripts/mutations/mutation.ts";

const frames = ["rubbish_frames_test.ts"];
const NETWORK = ["--allow-all"];

const guard: readonly Mutation[] = [
  {
    name: "tells the time of the last try where brokers never answer",
    file: "admin.ts",
    find: `if (tries > 0 && deadline.passed) throw asLogError(before, what);`,
    replace: ``,
    tests: ["admin_test.ts"],
    flags: NETWORK,
  },
  {
    name: "takes frames of any length",
    file: "frame_lengths.ts",
    find: ` || this.#left > this.limit) return`,
    replace: `) return`,
    tests: ["frame_lengths_test.ts", ...frames],
    flags: NETWORK,
  },
  {
    name: "takes frames too short for the number of their request",
    file: "frame_lengths.ts",
    find: `if (this.#left < MIN_FRAME_BYTES || `,
    replace: `if (`,
    tests: ["frame_lengths_test.ts"],
  },
  {
    name: "loses its place between two chunks",
    file: "frame_lengths.ts",
    find: `        this.#left -= taken;`,
    replace: `        this.#left = 0;`,
    tests: ["frame_lengths_test.ts"],
  },
  {
    name: "trusts a peer before it has answered",
    file: "guard_frames.ts",
    find: `    const lengths = new FrameLengths();`,
    replace: `    const lengths = new FrameLengths();
    lengths.limit = MAX_FRAME_BYTES;`,
    tests: frames,
    flags: NETWORK,
  },
  {
    name: "never trusts a broker",
    file: "guard_frames.ts",
    find: `    this.#trusted = true;
    for (const lengths of this.#lengths) lengths.limit = MAX_FRAME_BYTES;`,
    replace: ``,
    tests: frames,
    flags: NETWORK,
  },
  {
    name: "lets what a library throws end the process",
    file: "guard_frames.ts",
    find: `        this.#refuse(socket, \`sent an answer that cannot be read: \${reason}\`, error);`,
    replace: `        throw new Error(reason, { cause: error });`,
    tests: ["guard_frames_test.ts"],
    flags: NETWORK,
  },
  {
    name: "does not stand before kafkajs",
    file: "kafkajs/library.ts",
    find: `() => guard.watch(socket));`,
    replace: `() => {});`,
    tests: frames,
    flags: NETWORK,
  },
  {
    name: "does not stand before @platformatic/kafka",
    file: "platformatic/library.ts",
    find: `() => this.#guard.watch(socket));`,
    replace: `() => {});`,
    tests: frames,
    flags: NETWORK,
  },
  {
    name: "makes room for every item that an answer announces",
    file: "kafkajs/library.ts",
    find: `    if (count > left) throw`,
    replace: `    if (count > left && count < 0) throw`,
    tests: frames,
    flags: NETWORK,
  },
  {
    name: "makes room for every item that an answer announces to us",
    file: "kafka/wire.ts",
    find: `    if (count > this.remaining) throw`,
    replace: `    if (count > this.remaining && count < 0) throw`,
    tests: ["kafka/wire_test.ts"],
  },
];

const secrets: readonly Mutation[] = [
  {
    name: "tells the log-in that a broker repeats",
    file: "login_mask.ts",
    find: `  const message = mask.text(failure.message);`,
    replace: `  const { message } = failure;`,
    tests: ["repeated_login_test.ts"],
    flags: NETWORK,
  },
  {
    name: "keeps the broker's own error as the cause",
    file: "login_mask.ts",
    find: `  const cause = mask.cause(failure.cause);`,
    replace: `  const { cause } = failure;`,
    tests: ["repeated_login_test.ts"],
    flags: NETWORK,
  },
  {
    name: "tells the log-in that a registry repeats",
    file: "http.ts",
    find: `masked: this.#mask.text(text), `,
    replace: `masked: text, `,
    tests: ["confluent/registry_test.ts"],
    flags: NETWORK,
  },
  {
    name: "does not know secrets in base64",
    file: "secret_mask.ts",
    find: `[escapedForms(secret), ...base64Within(secret)]`,
    replace: `[escapedForms(secret)]`,
    tests: ["secret_mask_test.ts"],
  },
];

const topics: readonly Mutation[] = [
  {
    name: "writes trades to a compacted topic",
    file: "topic_opening.ts",
    find: `  if (policy.mustKeepAll && isCompacted(config)) {`,
    replace: `  if (policy.mustKeepAll && config === undefined) {`,
    tests: ["topic_opening_test.ts", "producer_faults_test.ts"],
  },
  {
    name: "goes on when a topic is compacted later",
    file: "producers/growth_watch.ts",
    find: ` || (topic.mustKeepAll && isCompacted(config));`,
    replace: `;`,
    tests: ["producers/producer_test.ts"],
  },
  {
    name: "waits for a compacted topic to change by itself",
    file: "needs_help.ts",
    find: `  "compacted_topic",
  "lock_lost",`,
    replace: `  "lock_lost",`,
    tests: ["topic_opening_test.ts"],
  },
  {
    name: "does not miss the right to read",
    file: "check_access.ts",
    find: `      ? ["Describe", "Read", "Write"]`,
    replace: `      ? ["Describe", "Write"]`,
    tests: ["check_test.ts"],
    flags: NETWORK,
  },
];

const files: readonly Mutation[] = [
  {
    name: "makes files that others can read",
    file: "private_files.ts",
    find: `const FILE_MODE = 0o600;`,
    replace: `const FILE_MODE = 0o644;`,
    tests: ["private_files_test.ts", "private_data_folder_test.ts"],
    flags: NETWORK,
  },
  {
    name: "lets SQLite make its files as it likes",
    file: "sqlite_file.ts",
    find: `      makePrivateFile(file);`,
    replace: ``,
    tests: ["private_data_folder_test.ts"],
    flags: NETWORK,
  },
];

export const mutations: readonly Mutation[] = [...guard, ...secrets, ...topics, ...files];
