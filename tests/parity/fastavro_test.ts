import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { ourLines } from "./write_ours.ts";

/** A Python that has fastavro, or the reason why there is none. */
async function findPython(): Promise<{ python: string } | { reason: string }> {
  const variable = "TICKFLUME_PYTHON";
  if (Deno.permissions.querySync({ name: "env", variable }).state !== "granted") {
    return { reason: `there is no permission to read ${variable}` };
  }
  const python = Deno.env.get(variable);
  if (python === undefined) return { reason: `${variable} does not name a python that has fastavro` };
  if (Deno.permissions.querySync({ name: "run", command: python }).state !== "granted") {
    return { reason: `there is no permission to run ${python}` };
  }
  const probe = await new Deno.Command(python, { args: ["-c", "import fastavro"], stderr: "null" }).output();
  return probe.success ? { python } : { reason: `${python} does not have fastavro` };
}

const found = await findPython();
if ("reason" in found) console.log(`Skipped: fastavro does not read our bodies, since ${found.reason}.`);

Deno.test({
  name: "encode writes what fastavro reads: random records of all six schemas",
  ignore: "reason" in found,
  async fn() {
    assert.ok("python" in found);
    const script = fileURLToPath(new URL("./check_ours.py", import.meta.url));
    const child = new Deno.Command(found.python, { args: [script], stdin: "piped", stdout: "piped", stderr: "piped" })
      .spawn();
    const writer = child.stdin.getWriter();
    await writer.write(new TextEncoder().encode(ourLines().join("\n")));
    await writer.close();
    const { success, stdout, stderr } = await child.output();
    assert.ok(success, new TextDecoder().decode(stderr));
    assert.equal(new TextDecoder().decode(stdout).trim(), "fastavro read 1200 records as they were");
  },
});
