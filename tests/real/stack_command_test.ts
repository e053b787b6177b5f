import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { systemClock } from "../../kernel/clock.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { type StackHandle, stackRemove } from "../../cli/stack/local_stack.ts";
import { killRole } from "../support/stack_roles.ts";
import { openConfluentRegistry } from "../../transport/confluent/registry.ts";
import { openKafkajsLog } from "../../transport/kafkajs/log.ts";
import { realStack } from "../support/real_stack.ts";

interface Addresses {
  readonly brokers: readonly string[];
  readonly registry: string;
}

/** Runs the command with the permissions of its task. */
async function stack(...args: string[]): Promise<{ code: number; stdout: string; stderr: string }> {
  const script = fileURLToPath(import.meta.resolve("../../cli/stack/main.ts"));
  const permissions = ["--allow-read", "--allow-write", "--allow-run", "--allow-net=127.0.0.1", "--ignore-env"];
  const env = "--allow-env=TICKFLUME_CACHE,XDG_CACHE_HOME,HOME,USERPROFILE,INIT_CWD,JAVA_HOME";
  const output = await new Deno.Command(Deno.execPath(), {
    args: ["run", "--quiet", "--no-prompt", ...permissions, env, script, ...args],
    stdin: "null",
  }).output();
  const [stdout = "", stderr = ""] = [output.stdout, output.stderr].map((bytes) => new TextDecoder().decode(bytes));
  return { code: output.code, stdout, stderr };
}

async function withClients<T>(
  { brokers, registry }: Addresses,
  use: (
    log: Awaited<ReturnType<typeof openKafkajsLog>>,
    schemas: Awaited<ReturnType<typeof openConfluentRegistry>>,
  ) => Promise<T>,
): Promise<T> {
  const times = { requestTimeoutMs: 10_000, deliveryTimeoutMs: 20_000, connectionTimeoutMs: 5_000 };
  const log = await openKafkajsLog({ ...times, brokers, clientId: "stack", clock: systemClock });
  const schemas = await openConfluentRegistry({ url: registry, requestTimeoutMs: 10_000, clock: systemClock });
  try {
    return await use(log, schemas);
  } finally {
    await schemas.close();
    await log.close();
  }
}

const SCHEMA = `{"type":"record","name":"Kept","fields":[]}`;

if (realStack() !== null) {
  Deno.test("stack up, status and down: kept data come back, others do not, and a crashed stack is started anew", async () => {
    const name = `command-${Deno.pid}`;
    const handle: StackHandle = { cache: cacheDir(), name, say: () => {} };
    const up = async (...args: string[]): Promise<Addresses & { stderr: string }> => {
      const { code, stdout, stderr } = await stack("up", "--name", name, "--json", ...args);
      assert.equal(code, 0, stderr);
      return { ...JSON.parse(stdout), stderr };
    };
    try {
      assert.equal((await stack("status", "--name", name)).code, 1);

      const first = await up("--keep");
      const id = await withClients(first, async (log, schemas) => {
        await log.admin.createTopic({ name: "kept", partitions: 2 });
        return await schemas.register("kept-value", SCHEMA);
      });
      const again = await up();
      assert.deepEqual(again.brokers, first.brokers);
      assert.match(again.stderr, /is up already/);
      assert.equal((await stack("up", "--name", name, "--brokers", "3")).code, 1);
      const status = await stack("status", "--name", name);
      assert.equal(status.code, 0);
      assert.match(status.stdout, /broker-1 +running, pid \d+/);

      assert.match((await stack("down", "--name", name)).stderr, /Ended 2 process\(es\).* kept/);
      assert.equal((await stack("status", "--name", name)).code, 1);

      const second = await up();
      await withClients(second, async (log, schemas) => {
        assert.equal((await log.admin.describeTopic("kept"))?.partitions, 2);
        assert.equal(await schemas.schemaById(id), SCHEMA);
      });
      await stack("down", "--name", name);
      assert.match((await stack("down", "--name", name)).stderr, /thrown away/);
      assert.match((await stack("down", "--name", name)).stderr, /There is no stack/);

      await up();
      for (const role of ["broker-1", "registry"]) await killRole(handle, role);
      assert.equal((await stack("status", "--name", name)).code, 1);
      const third = await up();
      assert.match(third.stderr, /ended without "stack down"/);
      await withClients(third, async (log) => assert.deepEqual(await log.admin.listTopics(), []));
    } finally {
      await stackRemove(handle);
    }
  });
}
