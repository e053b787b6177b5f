/**
 * Files that change while they are loaded: they grow, are rewritten, cut, rotated.
 *
 * @module
 */
import { join } from "node:path";
import { pause } from "../fault_stack.ts";
import type { LoadRun } from "../load_run.ts";
import type { Scenario } from "../scenario.ts";
import { append, BHP, halves, keep } from "../scene_files.ts";
import { scriptedScenario } from "../scripted_scenario.ts";

const ROWS = 6_000;
/** So slow that the file changes in the middle of the load. */
const SLOWLY = ["--rate", "1500"];
/** The flag that the message offers, besides a full reload, when a load is refused because its file is another one. */
const REFUSED = ["--only-missing"];

/** Writes other content into the same file, as `cp` does. */
async function overwrite(path: string, lines: readonly string[]): Promise<void> {
  await Deno.writeTextFile(path, lines.join(""));
}

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

/** Writes other content into the file while it is read. */
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
      // Where the reader passes from one content to the other, a row may mix both.
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
    // The copy's rows may be in the topics as the copy's or as those of the cut file; nothing can tell which.
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

/** The last line is not written, and the load says that it must run again. */
async function heldBack(load: LoadRun): Promise<void> {
  const { code, stderr } = await load.ended;
  if (code !== 1) throw new Error(`exit code ${code} with a last line that is not finished: ${stderr.join(" | ")}`);
}

const cutLastLine = scriptedScenario({
  name: "cut-last-line",
  what: "the last line is not finished when the file is loaded; then it is, and more follows",
  covers: ["I1", "I6"],
  set: "short",
  rows: 1_000,
  symbols: 1,
  async script(scene) {
    const { path, rest: [torn = "", ...rest] } = await halves(scene, 500);
    // Cuts within a column, so that the remaining text is a row with another value.
    const at = torn.lastIndexOf(",", torn.length - 6) - 1;
    await append(path, [torn.slice(0, at)]);
    await heldBack(scene.start());
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
    await heldBack(scene.start({ paths: [path], format: "csv" }));
    await append(path, [torn.slice(-4), row(201)]);
    await scene.finish({ paths: [path], format: "csv" });
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
];
