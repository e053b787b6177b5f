/**
 * The manifests of deploy/kubernetes are what the Kubernetes API takes, by its own schemas (strict: no unknown field), and
 * say what the command line means by its exit codes and flags.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { z } from "zod";
import { EXIT } from "../../cli/shared/exit_codes.ts";
import { cacheDir } from "../../cli/stack/cache_dir.ts";
import { DRAIN_MS } from "../../runtime/limits.ts";
import { TestProgram } from "../support/cli.ts";
import { PYTHON_MISSING, pythonEnvironment } from "../support/python_environment.ts";
import { inFolder } from "../support/temp_folder.ts";

const HERE = join(import.meta.dirname ?? ".", "kubernetes");
const FOLDER = join(import.meta.dirname ?? ".", "../../deploy/kubernetes");
/** The first version whose API has all that the manifests use as stable, and the newest that the schemas know. */
const VERSIONS = ["1.33", "1.37"];

const named = z.object({ name: z.string() });
const container = z.object({
  args: z.array(z.string()).default([]),
  volumeMounts: z.array(named.extend({
    mountPath: z.string(),
    subPath: z.string().optional(),
    subPathExpr: z.string().optional(),
  })),
  env: z.array(named).default([]),
});
const podSpec = z.object({
  restartPolicy: z.string().optional(),
  terminationGracePeriodSeconds: z.int(),
  containers: z.array(container),
  initContainers: z.array(container).default([]),
  volumes: z.array(named.extend({
    configMap: named.optional(),
    persistentVolumeClaim: z.object({ claimName: z.string() }).optional(),
  })),
});
const failureRule = z.object({
  action: z.string(),
  onExitCodes: z.object({ operator: z.string(), values: z.array(z.int()) }).optional(),
});

/** The fields that the tests look at. */
const manifest = z.object({
  kind: z.string(),
  metadata: named,
  data: z.record(z.string(), z.string()).default({}),
  spec: z.object({
    completions: z.int().optional(),
    parallelism: z.int().optional(),
    maxFailedIndexes: z.int().optional(),
    replicas: z.int().optional(),
    completionMode: z.string().optional(),
    podReplacementPolicy: z.string().optional(),
    podFailurePolicy: z.object({ rules: z.array(failureRule) }).optional(),
    template: z.object({ spec: podSpec }).optional(),
    volumeClaimTemplates: z.array(z.object({ metadata: named })).default([]),
  }).optional(),
});
type Manifest = z.infer<typeof manifest>;

const validation = z.object({ objects: z.record(z.string(), z.array(manifest)), problems: z.array(z.string()) });

/** Null without Python, which is a failure where servers are required. */
async function validated(paths: readonly string[]): Promise<z.infer<typeof validation> | null> {
  const requirements = join(HERE, "requirements.txt");
  const say = (line: string) => console.error(line);
  const python = await pythonEnvironment({ cache: cacheDir(), name: "kubernetes", requirements, say });
  if (python === null) {
    assert.notEqual(Deno.env.get("TICKFLUME_REQUIRE_STACK"), "1", PYTHON_MISSING);
    console.log(`skipping the manifests of Kubernetes: ${PYTHON_MISSING}`);
    return null;
  }
  const args = ["-B", join(HERE, "validate.py"), ...VERSIONS, "--", ...paths];
  const { success, stdout, stderr } = await new Deno.Command(python, { args }).output();
  assert.ok(success, new TextDecoder().decode(stderr));
  return validation.parse(JSON.parse(new TextDecoder().decode(stdout)));
}

const files = [...Deno.readDirSync(FOLDER)].map(({ name }) => join(FOLDER, name)).filter((path) =>
  path.endsWith(".yaml")
);
const ofKind = (objects: readonly Manifest[], kind: string) => objects.find((each) => each.kind === kind);

Deno.test("the manifests of deploy/kubernetes are valid by the schemas of the API", async () => {
  const result = await validated(files);
  if (result === null) return;
  assert.deepEqual(result.problems, []);
  assert.deepEqual(Object.values(result.objects).map((each) => each.map(({ kind }) => kind)).toSorted(), [
    ["ConfigMap", "PersistentVolumeClaim", "Job"],
    ["ConfigMap", "Service", "StatefulSet"],
  ]);
  await inFolder(async (folder) => {
    // A judge that sees nothing wrong anywhere would pass them too.
    const wrong = join(folder, "wrong.yaml");
    const text = await Deno.readTextFile(join(FOLDER, "load-job.yaml"));
    await Deno.writeTextFile(
      wrong,
      text.replace("backoffLimitPerIndex: 6", "backoffLimitPerShard: 6"),
    );
    const { problems = [] } = await validated([wrong]) ?? {};
    assert.ok(problems.length > 0, "a wrong field");
  });
});

Deno.test("the Indexed Job gives up a shard where trying again cannot help, and tries it again where it may", async () => {
  const result = await validated([join(FOLDER, "load-job.yaml")]);
  if (result === null) return;
  const spec = ofKind(Object.values(result.objects).flat(), "Job")?.spec;
  const rules = spec?.podFailurePolicy?.rules ?? [];
  const codesOf = (action: string) =>
    rules.flatMap((rule) => rule.action === action ? rule.onExitCodes?.values ?? [] : []);
  assert.deepEqual(codesOf("FailIndex"), [EXIT.deadLettered, EXIT.final]);
  assert.deepEqual(codesOf("FailJob"), [EXIT.usage, EXIT.configuration]);
  assert.deepEqual(codesOf("Ignore"), []);
  assert.ok(rules.every(({ onExitCodes: codes }) => codes === undefined || codes.operator === "In"));
  assert.equal(rules[0]?.action, "Ignore", "a node that is drained counts first");
  // The API server demands these of each other; its schemas do not say so.
  const { completions = 0, parallelism = NaN, maxFailedIndexes = NaN } = spec ?? {};
  assert.equal(spec?.template?.spec.restartPolicy, "Never");
  assert.equal(spec?.completionMode, "Indexed");
  assert.equal(spec?.podReplacementPolicy, "Failed");
  assert.ok(maxFailedIndexes <= completions && parallelism <= completions);
});

Deno.test("the pods of the manifests load their shard, and keep its state where a later pod finds it", async () => {
  const result = await validated(files);
  if (result === null) return;
  for (const objects of Object.values(result.objects)) {
    const set = ofKind(objects, "StatefulSet"), { spec } = ofKind(objects, "Job") ?? set ?? {};
    const pod = spec?.template?.spec;
    const [load] = (set ? pod?.initContainers : pod?.containers) ?? [];
    assert.ok(spec !== undefined && pod !== undefined && load !== undefined);
    assert.ok(pod.terminationGracePeriodSeconds > 2 * DRAIN_MS / 1_000, "time to settle what is under way");
    assert.ok(load.args.includes(`--shards=${spec.completions ?? spec.replicas}`));
    const state = load.volumeMounts.find(({ mountPath }) => load.args.includes(`--data-dir=${mountPath}`));
    assert.ok(state?.subPath === undefined && state?.subPathExpr === undefined, "shards see the folders of others");
    const claim = pod.volumes.find(({ name }) => name === state?.name)?.persistentVolumeClaim?.claimName;
    const lasting = set ? spec.volumeClaimTemplates[0]?.metadata.name : claim;
    assert.ok(lasting !== undefined);
    assert.equal(lasting, set ? state?.name : ofKind(objects, "PersistentVolumeClaim")?.metadata.name);
    const config = ofKind(objects, "ConfigMap");
    assert.equal(pod.volumes.find(({ configMap }) => configMap)?.configMap?.name, config?.metadata.name);
    assert.deepEqual(load.env.map(({ name }) => name), set ? ["JOB_COMPLETION_INDEX"] : []);
    await runsAs(load.args, JSON.parse(config?.data["tickflume.json"] ?? ""));
  }
});

/** Runs the command line of a pod, with a folder in place of the root of its file system. */
async function runsAs(args: readonly string[], settings: object): Promise<void> {
  await inFolder(async (root) => {
    Deno.mkdirSync(join(root, "data/trades"), { recursive: true });
    Deno.mkdirSync(join(root, "config"));
    Deno.writeTextFileSync(join(root, "config/tickflume.json"), JSON.stringify(settings));
    Deno.writeTextFileSync(join(root, "data/trades/7078.csv"), "05/06/2024,10:00:00.100,45.5,1,0,,\n");
    const table = "company_id,symbol,company_name,ISIN,start_date,end_date\n7078,BHP,A,AU,05/07/2008,05/31/2024\n";
    Deno.writeTextFileSync(join(root, "data/company_info.csv"), table);
    const placed = args.map((word) => word.replace(/^(--[\w-]+=)?\//, `$1${root}/`));
    const index = String(
      parseInt(
        new Uint8Array(
          await crypto.subtle.digest("SHA-256", new TextEncoder().encode("BHP")),
        ).toHex().slice(0, 8),
        16,
      ) % 8,
    );
    const program = new TestProgram({ environment: { JOB_COMPLETION_INDEX: index } });
    const { exitCode, stdout, stderr } = await program.run("load", ...placed);
    await program.log.close();
    assert.equal(exitCode, 0, stderr);
    const { read, shard } = JSON.parse(stdout);
    assert.deepEqual([read, shard.index, shard.of], [1, Number(index), 8]);
  });
}
