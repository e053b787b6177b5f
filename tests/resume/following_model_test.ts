/**
 * Following compared with a model: for any appends, rotations and deaths, the topic holds each row once that was written to the
 * files, under whatever name it stood. The oracle recognises each row by a number in its record. A failure prints seed and
 * path, with which fast-check runs it again.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { type Follow, FollowScene, HEADER } from "../support/following_scene.ts";

const RUNS = 25;
const SEED = 20_261_129;

/** What happens next. What writes cannot see whether a process follows. */
type Step =
  | { readonly do: "append"; readonly rows: number; readonly told: boolean }
  /** A row comes in two parts. */
  | { readonly do: "half" }
  /** The last file that was rotated has a writer still. */
  | { readonly do: "late"; readonly rows: number }
  /** Without rows the next file is empty until something is appended. */
  | { readonly do: "rename"; readonly rows: number }
  | { readonly do: "copy"; readonly rows: number }
  | { readonly do: "compress" }
  | { readonly do: "other"; readonly rows: number }
  | { readonly do: "wait"; readonly ms: number }
  | { readonly do: "kill" | "stop"; readonly atSend: number; readonly stored: boolean };

interface Drawn {
  readonly isFolder: boolean;
  /** The first process sees a file without a byte. */
  readonly isEmpty: boolean;
  readonly steps: readonly Step[];
}

const rows = fc.integer({ min: 1, max: 12 });
const death = { atSend: fc.integer({ min: 1, max: 20 }), stored: fc.boolean() };
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ do: fc.constant("append" as const), rows, told: fc.boolean() }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("half" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("late" as const), rows }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant("rename" as const), rows: fc.oneof(rows, fc.constant(0)) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("copy" as const), rows }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("compress" as const) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("other" as const), rows }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant("wait" as const), ms: fc.constantFrom(0, 50, 400, 7_000) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constantFrom("kill" as const, "stop" as const), ...death }) },
);

const drawn: fc.Arbitrary<Drawn> = fc.record({
  isFolder: fc.boolean(),
  isEmpty: fc.boolean(),
  steps: fc.array(step, { minLength: 4, maxLength: 24 }),
});

const NAME = "a.csv";

class Run {
  readonly #scene: FollowScene;
  readonly #isFolder: boolean;
  #follow: Follow | null = null;
  #death: { readonly atSend: number; readonly stored: boolean } | undefined;
  /** Rotated files, the latest first: `NAME.1` and so on. */
  #rotated: { compressed: boolean }[] = [];

  constructor(scene: FollowScene, isFolder: boolean) {
    this.#scene = scene;
    this.#isFolder = isFolder;
  }

  async take(next: Step): Promise<void> {
    const scene = this.#scene;
    switch (next.do) {
      case "append":
        this.#begun();
        if (next.told) return scene.append(NAME, next.rows);
        return Deno.writeTextFileSync(scene.path(NAME), scene.rows(next.rows), { append: true });
      case "half": {
        this.#begun();
        const row = scene.rows(1);
        scene.appendText(NAME, row.slice(0, 9));
        await scene.pass(50);
        return scene.appendText(NAME, row.slice(9));
      }
      case "late":
        if (this.#rotated[0]?.compressed !== false) return;
        this.#begun(`${NAME}.1`);
        return scene.append(`${NAME}.1`, next.rows);
      case "rename":
        this.#shift();
        scene.rename(NAME, `${NAME}.1`);
        if (next.rows > 0) return scene.create(NAME, next.rows);
        Deno.writeTextFileSync(scene.path(NAME), "");
        return scene.watch.tell("named", scene.path(NAME));
      case "copy":
        this.#shift();
        scene.copy(NAME, `${NAME}.1`);
        scene.truncate(NAME);
        return scene.append(NAME, next.rows);
      case "compress":
        return await this.#compress();
      case "other":
        return this.#isFolder ? scene.create(`other${scene.numbers.size}.csv`, next.rows) : undefined;
      case "wait":
        return await scene.pass(next.ms);
      case "kill":
      case "stop":
        await this.end(next.do);
        this.#death = next.do === "kill" ? next : undefined;
        return await this.begin();
    }
  }

  async begin(): Promise<void> {
    const death = this.#death === undefined ? {} : { death: this.#death };
    this.#follow = await this.#scene.follow([this.#isFolder ? "" : NAME], death);
  }

  async end(how: "kill" | "stop"): Promise<void> {
    const follow = this.#follow;
    if (follow === null) return;
    if (how === "stop" && follow.process.alive) await follow.stop();
    else await follow.kill();
    assert.deepEqual(follow.failures.filter(() => follow.process.alive), []);
  }

  /** From now on it does not die. */
  async last(): Promise<void> {
    await this.end("kill");
    this.#death = undefined;
    await this.begin();
    await this.#scene.caughtUp();
    await this.end("stop");
  }

  /** Writers of csv begin with the header. */
  #begun(name = NAME): void {
    const scene = this.#scene;
    if (Deno.statSync(scene.path(name)).size === 0) scene.appendText(name, HEADER);
  }

  #shift(): void {
    for (let at = this.#rotated.length; at >= 1; at--) {
      const end = this.#rotated[at - 1]?.compressed ? ".gz" : "";
      this.#scene.rename(`${NAME}.${at}${end}`, `${NAME}.${at + 1}${end}`);
    }
    this.#rotated = [{ compressed: false }, ...this.#rotated];
  }

  /** The one before the last, as is usual: the last one may have a writer. */
  async #compress(): Promise<void> {
    const file = this.#rotated[1];
    if (file === undefined || file.compressed) return;
    const path = this.#scene.path(`${NAME}.2`);
    const { mtime, atime } = Deno.statSync(path);
    Deno.writeFileSync(`${path}.gz`, gzipSync(Deno.readFileSync(path)));
    if (mtime !== null && atime !== null) await Deno.utime(`${path}.gz`, atime, mtime);
    Deno.removeSync(path);
    file.compressed = true;
    this.#scene.watch.tell("named", `${path}.gz`, path);
  }
}

async function follows({ isFolder, isEmpty, steps }: Drawn): Promise<void> {
  const folder = await Deno.realPath(await Deno.makeTempDir());
  try {
    using scene = new FollowScene(folder, { pipeline: { batchRows: 5, windowRows: 40, checkpointRows: 20 } });
    if (isEmpty) Deno.writeTextFileSync(scene.path(NAME), "");
    else scene.create(NAME, 3);
    const run = new Run(scene, isFolder);
    await run.begin();
    // What is rotated before it was ever seen is no file that was followed.
    await scene.caughtUp();
    for (const next of steps) await run.take(next);
    await run.last();
    scene.assertOnce();
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("following: for any appends, rotations and deaths, every row is there once", async () => {
  await fc.assert(fc.asyncProperty(drawn, follows), { seed: SEED, numRuns: RUNS, endOnFailure: true });
});
