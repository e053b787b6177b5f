import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { realStack } from "../real_stack.ts";

const IDLE_MS = 3_000;
/** kafkajs as it comes takes several hundred wake-ups a second and connection, which shows as more than this. */
const MOST_IDLE_CPU = 0.03;

const stack = realStack();
if (stack !== null) {
  Deno.test("KafkajsLog runs on the net permission alone, prints nothing, ends by itself, and idles without work", async () => {
    const script = fileURLToPath(import.meta.resolve("./_idle_client.ts"));
    const output = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--quiet",
        "--no-prompt",
        "--allow-net=127.0.0.1",
        "--ignore-env",
        script,
        `${stack.brokers}`,
        `${IDLE_MS}`,
      ],
      stdin: "null",
    }).output();
    const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
    assert.equal(stderr, "");
    assert.equal(output.code, 0);
    const { cpuMs }: { cpuMs: number } = JSON.parse(stdout ?? "");
    assert.ok(cpuMs / IDLE_MS < MOST_IDLE_CPU, `${cpuMs} ms of processor time in ${IDLE_MS} ms`);
  });
}
