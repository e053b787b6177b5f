import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { KafkaClientName } from "../../transport/open.ts";
import { realStack } from "../support/real_stack.ts";

const IDLE_MS = 3_000;
/** kafkajs by itself takes several hundred wake-ups a second and connection, which would exceed this. */
const MAX_IDLE_CPU = 0.03;

/** What each client may do besides the network. */
const RIGHTS: Readonly<Record<KafkaClientName, readonly string[]>> = {
  kafkajs: [],
  // It reads a file of its own package, in Deno's cache.
  platformatic: ["--allow-read"],
};

async function idle(client: KafkaClientName, brokers: readonly string[]): Promise<void> {
  const script = fileURLToPath(import.meta.resolve("./_idle_client.ts"));
  const rights = ["--allow-net=127.0.0.1", "--ignore-env", ...RIGHTS[client]];
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...rights, script, client, brokers.join(), `${IDLE_MS}`],
    stdin: "null",
  }).output();
  const [stdout, stderr] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.equal(stderr, "");
  assert.equal(output.code, 0);
  const { cpuMs }: { cpuMs: number } = JSON.parse(stdout ?? "");
  assert.ok(cpuMs / IDLE_MS < MAX_IDLE_CPU, `${cpuMs} ms of processor time in ${IDLE_MS} ms`);
}

const stack = realStack();
if (stack !== null) {
  for (const client of ["kafkajs", "platformatic"] as const) {
    Deno.test(`${client} runs with few rights, prints nothing, ends by itself, and idles without work`, () => {
      return idle(client, stack.brokers);
    });
  }
}
