/**
 * A Python with pinned packages, made once in the cache folder.
 *
 * @module
 */
import { join } from "node:path";
import { withFileLock } from "../../cli/stack/file_lock.ts";
import { StackError } from "../../cli/stack/stack_error.ts";
import { runProgram } from "../../cli/stack/toolchain.ts";

/** The packages, and the place of the environment. */
export interface PythonEnvironment {
  /** Folder for things that are made once, outside the repository. */
  readonly cache: string;
  /** A name for its purpose; part of the folder's name. */
  readonly name: string;
  /** A requirements file. */
  readonly requirements: string;
  readonly say: (line: string) => void;
}

/** This version introduced `zoneinfo`. */
const MIN_PYTHON = "3.9";
const VERSION_CHECK = `import sys; sys.exit(sys.version_info < (${MIN_PYTHON.replace(".", ", ")}))`;

/** The environment's interpreter; `null` if Python is not installed or too old. Two calls at once are safe. */
export async function pythonEnvironment(options: PythonEnvironment): Promise<string | null> {
  const { cache, name, requirements, say } = options;
  if ((await runProgram("python3", ["-c", VERSION_CHECK]))?.code !== 0) return null;
  // The name depends on its whole content, so that another list of packages gives another environment.
  const list = new TextEncoder().encode(await Deno.readTextFile(requirements));
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", list)).toHex().slice(0, 12);
  const dir = join(cache, "python", `${name}-${digest}`);
  const python = join(dir, "bin", "python");
  const marker = join(dir, ".complete");
  const isComplete = () => Deno.stat(marker).then(() => true, () => false);
  if (await isComplete()) return python;
  await withFileLock(`${dir}.lock`, async () => {
    if (await isComplete()) return;
    say(`Fetching Python packages for ${name}, once …`);
    const pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    for (
      const [program = "", ...args] of [
        ["python3", "-m", "venv", "--clear", dir],
        [...pip, "--requirement", requirements],
      ]
    ) {
      const ended = await runProgram(program, args);
      if (ended?.code !== 0) throw new StackError(`Python for ${name} cannot be set up:\n${ended?.text.trim()}`);
    }
    await Deno.writeTextFile(marker, "");
  });
  return python;
}

/** The missing part if {@link pythonEnvironment} gives `null`. */
export const PYTHON_MISSING = `Python ${MIN_PYTHON} or newer is missing: there is no such program "python3".`;
