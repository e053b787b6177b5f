/**
 * A file that is followed while it is rotated by renaming, and by copying and cutting, and while the process that follows it is
 * killed.
 *
 * @module
 */
import { messageOf } from "../../../kernel/message_of.ts";
import { pause } from "../fault_stack.ts";
import type { LoadRun } from "../load_run.ts";
import type { Scenario } from "../scenario.ts";
import { append, BHP, halves, keep } from "../scene_files.ts";
import { scriptedScenario } from "../scripted_scenario.ts";

const ROWS = 4_000;
const FLAGS = ["--follow", "--rate", "1500"];

const followed = scriptedScenario({
  name: "followed-rotated-killed",
  what:
    "a file is followed, and rotated by renaming, and by copying and cutting, while the load runs and between kills",
  covers: ["F24"],
  set: "long",
  rows: ROWS,
  symbols: 1,
  audited: false,
  async script(scene) {
    const { path, lines, rest } = await halves(scene, ROWS / 4);
    const parts = [lines, ...[0, 1, 2].map((part) => rest.slice(part * ROWS / 4, (part + 1) * ROWS / 4))];
    scene.files = await Promise.all(parts.map(async (part, at) => ({
      ...BHP,
      name: `part ${at}`,
      contents: [await keep(scene, `part${at}`, part)],
    })));
    const [, second = [], third = [], fourth = []] = parts;
    await killAt(scene.start({ flags: FLAGS }), 500);
    await Deno.rename(path, `${path}.1`);
    await append(path, second);
    await killAt(scene.start({ flags: FLAGS }), 700);
    await Deno.rename(`${path}.1`, `${path}.2`);
    await Deno.rename(path, `${path}.1`);
    await append(path, third);
    const last = scene.start({ flags: FLAGS });
    await scene.bench.whenStored(3 * ROWS / 4, last.signal);
    await Deno.copyFile(path, `${path}.0`);
    await Deno.truncate(path, 0);
    await append(path, fourth.slice(0, 10));
    await pause(50, last.signal);
    await append(path, fourth.slice(10));
    await scene.bench.whenStored(ROWS, last.signal).catch((cause) => scene.problem(messageOf(cause)));
    last.kill("SIGTERM");
    const { code, stderr } = await last.ended;
    if (code !== 143) scene.problem(`exit code ${code}; stderr: ${stderr.join(" | ")}`);
  },
});

async function killAt(load: LoadRun, records: number): Promise<void> {
  await load.whenStored(records);
  load.kill();
  await load.ended;
}

export const FOLLOWED_SCENARIOS: readonly Scenario[] = [followed];
