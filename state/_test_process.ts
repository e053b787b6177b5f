/**
 * A process that a test kills, and the lines that it has printed.
 *
 * @module
 */
import assert from "node:assert/strict";

/** Starts a program of this folder, with a data folder as its argument. */
export function startProcess(program: string, dataDir: string): TestProcess {
  return new TestProcess(import.meta.resolve(`./${program}`), dataDir);
}

export class TestProcess {
  readonly #child: Deno.ChildProcess;
  readonly #output: AsyncIterator<string>;
  #text = "";

  constructor(program: string, dataDir: string) {
    const access = [`--allow-read=${dataDir}`, `--allow-write=${dataDir}`];
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "--quiet", "--no-prompt", ...access, program, dataDir],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    this.#output = this.#child.stdout.pipeThrough(new TextDecoderStream())[Symbol.asyncIterator]();
  }

  /** The whole lines that it has printed. */
  get lines(): readonly string[] {
    return this.#text.slice(0, this.#text.lastIndexOf("\n") + 1).split("\n").slice(0, -1);
  }

  /** Waits until it has printed so many lines. */
  async printed(lines: number): Promise<void> {
    while (this.lines.length < lines) assert.ok(await this.#read(), "the process has ended by itself");
  }

  /** Kills it, and reads what it had printed. */
  async kill(): Promise<void> {
    this.#child.kill("SIGKILL");
    while (await this.#read()) { /* what was printed before the end */ }
    await this.#child.status;
  }

  async #read(): Promise<boolean> {
    const { value, done } = await this.#output.next();
    this.#text += value ?? "";
    return done !== true;
  }
}
