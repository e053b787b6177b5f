/**
 * Files that change while they are loaded, files that share rows, ids that stand twice, and a topic that has lost its end.
 *
 * @module
 */
import { join } from "node:path";
import { pause } from "../fault_stack.ts";
import type { Scenario } from "../scenario.ts";
import { type Scene, scriptedScenario } from "../scripted_scenario.ts";

const ROWS = 6_000;
/** So slow that the file changes in the middle of the load. */
const SLOWLY = ["--rate", "1500"];
/** Of a load that was refused because its file is another one: what the message offers beside loading everything again. */
const REFUSED = ["--only-missing"];
const LOST_BYTES = 100_000;
const DUPLICATE_AT = [3_000, 20_000] as const;
const DUPLICATE_ROWS = 40_000;
/** Records of the first load, which is over before its first checkpoint: that comes after 5 s. */
const BEFORE_A_CHECKPOINT = 22_000;
/** The second one is killed between its first checkpoint and the second row of that id, which takes 20 s at its rate. */
const PAST_A_CHECKPOINT_MS = 12_000;

/** The lines of the scene's only file, cut in two; the file is left with the first part. */
async function halves(scene: Scene, first: number): Promise<{ path: string; lines: string[]; rest: string[] }> {
  const [file] = scene.bench.input.files;
  if (file === undefined) throw new Error("the scene has no file");
  const { path } = file;
  const all = (await Deno.readTextFile(path)).split("\n").slice(0, -1).map((line) => `${line}\n`);
  const [lines, rest] = [all.slice(0, first), all.slice(first)];
  await Deno.writeTextFile(path, lines.join(""));
  return { path, lines, rest };
}

/** Writes a text that a file has had, for the judge. */
async function keep(scene: Scene, name: string, lines: readonly string[]): Promise<string> {
  const path = join(scene.bench.dir, name);
  await Deno.writeTextFile(path, lines.join(""));
  return path;
}

function append(path: string, lines: readonly string[]): Promise<void> {
  return Deno.writeTextFile(path, lines.join(""), { append: true });
}

/** Writes another content into the same file, as `cp` does. */
async function overwrite(path: string, lines: readonly string[]): Promise<void> {
  await Deno.writeTextFile(path, lines.join(""));
}

const BHP = { symbol: "BHP", companyId: "7078" };

const appended = scriptedScenario({
  name: "appended-while-loaded",
  what: "50 rows are appended every 30 ms while a file is loaded, past the end of the load",
  covers: ["I6"],
  set: "short",
  rows: ROWS,
  symbols: 1,
  async script(scene) {
    const { path, rest } = await halves(scene, ROWS / 2);
    const load = scene.start();
    await load.whenStored(1);
    for (let at = 0; at < rest.length; at += 50) {
      await append(path, rest.slice(at, at + 50));
      await pause(30, new AbortController().signal);
    }
    await load.ended;
    await scene.finish();
  },
});

const appendedWhileDraining = scriptedScenario({
  name: "appended-while-draining",
  what: "the broker stands still after the end of the file was read, and 100 rows are appended meanwhile",
  covers: ["I6"],
  set: "short",
  rows: 1_100,
  symbols: 1,
  async script(scene) {
    const { path, rest } = await halves(scene, 1_000);
    const { stack } = scene.bench;
    const load = scene.start({ flags: ["--rate", "500"] });
    await load.whenStored(100);
    await stack.freeze(1);
    await pause(4_000, load.signal);
    await append(path, rest);
    await pause(500, load.signal);
    await stack.heal();
    await load.ended;
    await scene.finish();
  },
});

/** Another content is written into the file while it is read. */
function rewritten(name: string, what: string, other: (lines: readonly string[]) => readonly string[]): Scenario {
  return scriptedScenario({
    name,
    what,
    covers: ["I6"],
    set: name === "rewritten-while-read" ? "short" : "long",
    rows: ROWS,
    symbols: 1,
    audited: false,
    async script(scene) {
      const { path, lines, rest } = await halves(scene, ROWS / 2);
      const after = other([...lines, ...rest]);
      const contents = [await keep(scene, "after", after), await keep(scene, "before", lines)];
      // Where the reader goes from one content to the other, a row may be put together from both.
      scene.files = [{ ...BHP, name: "7078.csv", contents, rewritten: true, origins: 2, torn: 1 }];
      const load = scene.start({ flags: SLOWLY });
      await load.whenStored(500);
      await overwrite(path, after);
      const { code } = await load.ended;
      if (code === 0) scene.problem("the load says that all was well with a file that was rewritten while it was read");
      await scene.finish({ refused: REFUSED, mayHaveLetters: true });
    },
  });
}

const rotated = scriptedScenario({
  name: "rotated-while-loaded",
  what: "the file is renamed while it is loaded and another one takes its name; then both are loaded",
  covers: ["I6"],
  set: "short",
  rows: ROWS,
  symbols: 1,
  audited: false,
  async script(scene) {
    const { path, lines, rest } = await halves(scene, ROWS / 2);
    const contents = { old: await keep(scene, "before", lines), new: await keep(scene, "after", rest) };
    scene.files = [
      { ...BHP, name: "old", contents: [contents.old] },
      { ...BHP, name: "new", contents: [contents.new] },
    ];
    const old = join(scene.bench.dir, "old", "7078.csv");
    await Deno.mkdir(join(scene.bench.dir, "old"));
    const load = scene.start({ flags: SLOWLY });
    await load.whenStored(500);
    await Deno.rename(path, old);
    await Deno.writeTextFile(path, rest.join(""));
    await load.ended;
    await scene.finish({ paths: [path, old] });
  },
});

const copyTruncated = scriptedScenario({
  name: "copytruncated-while-loaded",
  what: "the file is copied and cut to nothing while it is loaded, and then grows anew; then both are loaded",
  covers: ["I6"],
  set: "long",
  rows: ROWS,
  symbols: 1,
  audited: false,
  async script(scene) {
    const { path, lines, rest } = await halves(scene, ROWS / 2);
    const old = join(scene.bench.dir, "old", "7078.csv");
    await Deno.mkdir(join(scene.bench.dir, "old"));
    // The copy's rows may be there as the copy's and as those of the file that was cut: which it is nothing can tell.
    const all = await keep(scene, "all", [...lines, ...rest]);
    scene.files = [{ ...BHP, name: "both", contents: [all], rewritten: true, origins: 3, torn: 1 }];
    const load = scene.start({ flags: SLOWLY });
    await load.whenStored(500);
    await Deno.copyFile(path, old);
    await Deno.truncate(path, 0);
    for (let at = 0; at < rest.length; at += 500) {
      await append(path, rest.slice(at, at + 500));
      await pause(100, load.signal);
    }
    await load.ended;
    await scene.finish({ paths: [path, old], refused: REFUSED, mayHaveLetters: true });
  },
});

const truncated = scriptedScenario({
  name: "truncated-while-read",
  what: "the file is cut to half of what was read of it while it is loaded",
  covers: ["I6"],
  set: "long",
  rows: ROWS,
  symbols: 1,
  audited: false,
  async script(scene) {
    const { path, lines } = await halves(scene, ROWS / 2);
    const short = lines.slice(0, 200);
    const contents = [await keep(scene, "after", short), await keep(scene, "before", lines)];
    scene.files = [{ ...BHP, name: "7078.csv", contents, rewritten: true, origins: 2, torn: 1 }];
    const load = scene.start({ flags: SLOWLY });
    await load.whenStored(500);
    await Deno.truncate(path, new TextEncoder().encode(short.join("")).length);
    await load.ended;
    await scene.finish({ refused: REFUSED, mayHaveLetters: true });
  },
});

const cutLastLine = scriptedScenario({
  name: "cut-last-line",
  what: "the last line is not finished when the file is loaded; then it is, and more follows",
  covers: ["I1", "I6"],
  set: "short",
  rows: 1_000,
  symbols: 1,
  async script(scene) {
    const { path, rest: [torn = "", ...rest] } = await halves(scene, 500);
    // Within a column, so that what is there is a row of another value.
    const at = torn.lastIndexOf(",", torn.length - 6) - 1;
    await append(path, [torn.slice(0, at)]);
    await scene.finish({ mayHaveLetters: true });
    await append(path, [torn.slice(at), ...rest]);
    await scene.finish();
  },
});

const cutLastValue = scriptedScenario({
  name: "cut-last-value",
  what:
    "the last line ends within the digits of its quantity when the file is loaded: what is there is a row, and no trade",
  covers: ["I1", "I6"],
  set: "short",
  rows: 1,
  symbols: 1,
  audited: false,
  async script(scene) {
    const time = (second: number) => new Date(Date.UTC(2024, 4, 6) + second * 1_000).toISOString();
    const row = (second: number) => `BHP,${time(second)},36.7,AUD,${50_000 + second}\n`;
    const head = ["symbol,timestamp,price,currency,quantity\n", ...Array.from({ length: 200 }, (_, at) => row(at))];
    const torn = row(200);
    const path = await keep(scene, "values.csv", [...head, torn.slice(0, -4)]);
    scene.files = [{ ...BHP, name: "values.csv", format: "csv", contents: [path] }];
    await scene.finish({ paths: [path], format: "csv" });
    await append(path, [torn.slice(-4), row(201)]);
    await scene.finish({ paths: [path], format: "csv" });
  },
});

const sharedRows = scriptedScenario({
  name: "shared-rows-killed",
  what: "two files of one symbol share a third of their rows; load is killed -9 at 3 moments with both in flight",
  covers: ["F3", "F19"],
  set: "short",
  rows: ROWS,
  symbols: 1,
  audited: false,
  async script(scene) {
    const { path, lines, rest } = await halves(scene, ROWS * 2 / 3);
    const other = join(scene.bench.dir, "other", "7078.csv");
    await Deno.mkdir(join(scene.bench.dir, "other"));
    await Deno.writeTextFile(other, [...lines.slice(-ROWS / 3), ...rest].join(""));
    scene.files = [path, other].map((each) => ({ ...BHP, name: each, contents: [each] }));
    const paths = [path, other];
    const flags = ["--files-in-flight", "2", "--rate", "3000"];
    for (let kill = 0; kill < 3; kill++) {
      const load = scene.start({ paths, flags });
      await load.whenStored(500 + Math.floor(scene.random() * 1_500));
      load.kill();
      await load.ended;
    }
    await scene.finish({ paths });
  },
});

/** A row of each millisecond; two of them have one trade id. */
function duplicateRows(): string[] {
  const start = Date.UTC(2024, 4, 6);
  const rows = Array.from({ length: DUPLICATE_ROWS }, (_, at) => {
    const id = DUPLICATE_AT.some((row) => row === at + 1) ? "DUP" : `T${at + 1}`;
    return `BHP,${new Date(start + at).toISOString()},36.${String(at % 1_000).padStart(3, "0")},${at + 1},AUD,${id}\n`;
  });
  return ["symbol,timestamp,price,quantity,currency,trade_id\n", ...rows];
}

const sameId = scriptedScenario({
  name: "same-id-killed-twice",
  what: `rows ${DUPLICATE_AT.join(" and ")} of ${DUPLICATE_ROWS} have one trade id; load is killed -9 twice`,
  covers: ["F3", "F19"],
  set: "long",
  rows: 1,
  symbols: 1,
  audited: false,
  async script(scene) {
    const path = await keep(scene, "ids.csv", duplicateRows());
    scene.files = [{ ...BHP, name: "ids.csv", format: "csv", contents: [path] }];
    const options = { paths: [path], format: "csv" } as const;
    const first = scene.start(options);
    await first.whenStored(BEFORE_A_CHECKPOINT);
    first.kill();
    await first.ended;
    const second = scene.start({ ...options, flags: ["--rate", "1000"] });
    await pause(PAST_A_CHECKPOINT_MS, second.signal);
    second.kill();
    await second.ended;
    await scene.finish(options);
  },
});

const tailLost = scriptedScenario({
  name: "tail-lost",
  what: `the only broker loses the last ${LOST_BYTES} bytes of a partition after the load, as by a power cut`,
  covers: ["F21"],
  set: "long",
  rows: 30_000,
  symbols: 1,
  async script(scene) {
    const { bench } = scene;
    await scene.finish();
    for (const version of bench.versions) {
      const partition = await bench.partitionOf("BHP");
      await bench.stack.loseTail(1, { topic: bench.topic(version), partition, bytes: LOST_BYTES });
    }
    await scene.finish();
  },
});

export const FILE_SCENARIOS: readonly Scenario[] = [
  appended,
  appendedWhileDraining,
  rewritten(
    "rewritten-while-read",
    "other rows of the same lengths are written into the file while it is read",
    (lines) => lines.slice(0, ROWS / 2).map((line) => line.replace(/(,\d*)\.(\d*)(\d)(,\d+,)/, "$1.$3$2$4")),
  ),
  rewritten(
    "rewritten-longer",
    "other and more rows are written into the file while it is read",
    (lines) => lines.slice(ROWS / 3),
  ),
  truncated,
  rotated,
  copyTruncated,
  cutLastLine,
  cutLastValue,
  sharedRows,
  sameId,
  tailLost,
];
