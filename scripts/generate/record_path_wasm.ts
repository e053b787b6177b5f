/**
 * `deno task wasm`: builds wasm/record_path.wasm from its sources in Rust. The compiler is pinned and no path gets into the
 * file, so that every build has the same bytes; tests/repository/wasm_test.ts compares them.
 *
 * @module
 */
import { join, resolve } from "node:path";
import { type ProgramOutput, runProgram } from "../../cli/stack/toolchain.ts";

/** The folder of the sources. */
export const WASM_FOLDER = resolve(import.meta.dirname ?? ".", "../../wasm");
export const RECORD_PATH_WASM = join(WASM_FOLDER, "record_path.wasm");

const TARGET = "wasm32-unknown-unknown";

/** Runs a tool of the toolchain that the folder pins; null if it is not there. Downloads nothing. */
export function runRust(program: string, args: readonly string[], folder = WASM_FOLDER): Promise<ProgramOutput | null> {
  // The flags of the folder, whatever else the user's environment and settings say.
  const flags = /^rustflags = (\[.*\])$/m.exec(Deno.readTextFileSync(join(folder, ".cargo", "config.toml")))?.[1];
  if (flags === undefined) throw new Error(`${folder}/.cargo/config.toml has no line "rustflags = [...]"`);
  const encoded: readonly string[] = JSON.parse(flags);
  const env = { CARGO_ENCODED_RUSTFLAGS: encoded.join("\x1f"), CARGO_TERM_COLOR: "never", RUSTUP_AUTO_INSTALL: "0" };
  return runProgram(program, args, { cwd: folder, env });
}

/** Why the module cannot be built here, and what installs what is missing; null if it can be. */
export async function wasmToolsMissing(): Promise<string | null> {
  const text = await Deno.readTextFile(join(WASM_FOLDER, "rust-toolchain.toml"));
  const version = /^channel = "(.*)"$/m.exec(text)?.[1] ?? "";
  const cargo = await runRust("cargo", ["--version"]);
  if (cargo === null) return `there is no program "cargo": install Rust ${version}, for example by https://rustup.rs`;
  const installs = `"rustup toolchain install ${version} --component rustfmt,clippy --target ${TARGET}" installs it`;
  if (cargo.code !== 0 || !cargo.text.startsWith(`cargo ${version} `)) {
    return `"cargo --version" is not of Rust ${version} but says "${firstLine(cargo.text)}": ${installs}`;
  }
  for (const component of ["fmt", "clippy"]) {
    if ((await runRust("cargo", [component, "--version"]))?.code !== 0) {
      return `"cargo ${component}" of Rust ${version} is missing: ${installs}`;
    }
  }
  const libraries = await runRust("rustc", ["--print", "target-libdir", "--target", TARGET]);
  const isThere = await Deno.stat(libraries?.text.trim() ?? "").then(() => true, () => false);
  return isThere ? null : `the target ${TARGET} of Rust ${version} is missing: ${installs}`;
}

function firstLine(text: string): string {
  return text.trim().split("\n", 1)[0] ?? "";
}

/**
 * Builds the module and returns its bytes.
 *
 * @param folder of the sources, or of a copy
 * @throws {Error} With cargo's output if it fails.
 */
export async function buildRecordPath(folder = WASM_FOLDER): Promise<Uint8Array> {
  const output = await Deno.makeTempDir({ prefix: "tickflume-wasm-" });
  try {
    const args = ["build", "--release", "--locked", "--target", TARGET, "--target-dir", output];
    const built = await runRust("cargo", args, folder);
    if (built?.code !== 0) throw new Error(`cargo cannot build ${folder}:\n${built?.text ?? "it is not installed"}`);
    return await Deno.readFile(join(output, TARGET, "release", "record_path.wasm"));
  } finally {
    await Deno.remove(output, { recursive: true });
  }
}

if (import.meta.main) {
  const missing = await wasmToolsMissing();
  if (missing === null) await Deno.writeFile(RECORD_PATH_WASM, await buildRecordPath());
  else {
    console.error(`wasm/record_path.wasm cannot be built: ${missing}.`);
    Deno.exitCode = 1;
  }
}
