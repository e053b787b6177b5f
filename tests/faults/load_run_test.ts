import assert from "node:assert/strict";
import { endLoads, LoadRun } from "./load_run.ts";

Deno.test("LoadRun starts no load once the run is over, because the load would outlive it", () => {
  endLoads();
  const input = { reference: "", files: [] };
  const command = { client: "kafkajs", version: "v2", configFile: "", dataDir: "", input } as const;
  assert.throws(() => new LoadRun(command), /The run is ending/);
});
