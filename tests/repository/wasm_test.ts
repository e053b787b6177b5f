/** The module of WebAssembly is what its sources make, so that no one has to trust a binary. Needs Rust. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { copyRepository } from "../../scripts/mutations/copy_repository.ts";
import {
  buildRecordPath,
  RECORD_PATH_WASM,
  runRust,
  WASM_FOLDER,
  wasmToolsMissing,
} from "../../scripts/generate/record_path_wasm.ts";
import { inFolder } from "../support/temp_folder.ts";

/** Where Rust is not installed, the reason is printed. */
async function hasRust(): Promise<boolean> {
  const missing = await wasmToolsMissing();
  if (missing !== null) console.log(`skipping the build of wasm/record_path.wasm: ${missing}`);
  return missing === null;
}

Deno.test("wasm/record_path.wasm is what deno task wasm builds, in whatever folder", async () => {
  if (!await hasRust()) return;
  const committed = await Deno.readFile(RECORD_PATH_WASM);
  assert.deepEqual(await buildRecordPath(), committed, "run deno task wasm");
  await inFolder(async (folder) => {
    const copy = join(folder, "another folder", "wasm");
    await copyRepository(WASM_FOLDER, copy);
    // Settings of cargo are in a folder that a copy leaves out.
    await Deno.mkdir(join(copy, ".cargo"));
    await Deno.copyFile(join(WASM_FOLDER, ".cargo", "config.toml"), join(copy, ".cargo", "config.toml"));
    assert.deepEqual(await buildRecordPath(copy), committed);
  });
});

Deno.test("the sources of wasm/record_path.wasm are formatted and without a warning of clippy", async () => {
  if (!await hasRust()) return;
  await inFolder(async (folder) => {
    for (const args of [["fmt", "--check"], ["clippy", "--release", "--target-dir", folder, "--", "-D", "warnings"]]) {
      const ran = await runRust("cargo", args);
      assert.equal(ran?.code, 0, ran?.text ?? "there is no cargo");
    }
  });
});
