import assert from "node:assert/strict";
import { join } from "node:path";
import { ConfigError } from "./config_error.ts";
import type { ConfigProblem } from "./config_error.ts";
import { loadSettings, settingsFrom } from "./load_settings.ts";
import type { LoadSettingsOptions } from "./load_settings.ts";
import { DEFAULT_TOPIC_PATTERN } from "./topics.ts";
import type { SettingsInput } from "./settings.ts";

/** Runs with a folder that holds the given files. */
function withFolder(files: Readonly<Record<string, string>>, body: (folder: string) => void): void {
  const folder = Deno.makeTempDirSync();
  try {
    for (const [name, text] of Object.entries(files)) Deno.writeTextFileSync(join(folder, name), text);
    body(folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

function problemsOf(load: () => unknown): readonly ConfigProblem[] {
  try {
    load();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  assert.fail("the settings were accepted");
}

const CWD = "/somewhere";
const from = (input: SettingsInput) => settingsFrom(input, { cwd: CWD });
/** For input that the types would refuse, as a file may hold it. */
const fromJson = (json: string, options: Partial<LoadSettingsOptions> = {}) => {
  const folder = Deno.makeTempDirSync();
  try {
    Deno.writeTextFileSync(join(folder, "tickflume.json"), json);
    return loadSettings({ cwd: folder, ...options });
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
};

Deno.test("loadSettings() without any input gives the documented defaults, with the data folder under cwd", () => {
  const { settings, configFile, warnings } = loadSettings({ cwd: CWD });
  assert.equal(settings.schemaVersion, "v2");
  assert.equal(settings.dataDir, "/somewhere/.tickflume");
  assert.deepEqual(settings.brokers, []);
  assert.deepEqual(settings.pipeline, {
    batchRows: 1000,
    windowRows: 10000,
    checkpointRows: 50000,
    totalWindowRows: 20_000,
    sendRecords: 5_000,
    sendBytes: 900_000,
    lingerMs: 0,
    verify: false,
    filesInFlight: 4,
    maxAttempts: 3,
  });
  assert.equal(configFile, null);
  assert.deepEqual(warnings, []);
});

Deno.test("loadSettings() lets flags win over the environment, that over the file, and the file over defaults", () => {
  const file = JSON.stringify({
    schemaVersion: "v1",
    client: "kafkajs",
    brokers: ["file:1"],
    registry: "http://file",
    kafka: { clientId: "file" },
  });
  withFolder({ "tickflume.json": file }, (folder) => {
    const environment = { TICKFLUME_BROKERS: "env:1, env:2", TICKFLUME_KAFKA_CLIENT_ID: "env", HOME: "/root" };
    const flags = [{ path: ["brokers"], value: ["flag:1"], flag: "--brokers" }];
    const { settings, origins, configFile } = loadSettings({ cwd: folder, environment, flags });
    assert.deepEqual(settings.brokers, ["flag:1"]);
    assert.equal(settings.kafka.clientId, "env");
    assert.equal(settings.schemaVersion, "v1");
    assert.equal(settings.kafka.requestTimeoutMs, 30_000);
    assert.equal(configFile, join(folder, "tickflume.json"));
    assert.equal(origins.get("brokers"), "flag --brokers");
    assert.equal(origins.get("kafka.clientId"), "environment variable TICKFLUME_KAFKA_CLIENT_ID");
    assert.equal(origins.get("schemaVersion"), `file ${configFile}`);
  });
});

Deno.test("loadSettings() reads lists, numbers and booleans from the environment, and ignores empty variables", () => {
  const environment = {
    TICKFLUME_BROKERS: "a:1,b:2",
    TICKFLUME_REGISTRY: "http://r",
    TICKFLUME_PIPELINE_BATCH_ROWS: "50",
    TICKFLUME_TLS: "true",
    TICKFLUME_TOPICS_CREATE: "false",
    TICKFLUME_DATA_DIR: "",
  };
  const { settings } = loadSettings({ cwd: CWD, environment });
  assert.deepEqual(settings.brokers, ["a:1", "b:2"]);
  assert.equal(settings.pipeline.batchRows, 50);
  assert.equal(settings.kafka.tls, true);
  assert.equal(settings.topics.create, false);
  assert.equal(settings.dataDir, "/somewhere/.tickflume");
});

Deno.test("loadSettings() names the variable when its text does not fit", () => {
  const environment = { TICKFLUME_PIPELINE_BATCH_ROWS: "1e3", TICKFLUME_TOPICS_CREATE: "yes" };
  const problems = problemsOf(() => loadSettings({ cwd: CWD, environment }));
  assert.deepEqual(problems.map(({ key, origin, value }) => [key, origin, value]), [
    ["topics.create", "environment variable TICKFLUME_TOPICS_CREATE", "yes"],
    ["pipeline.batchRows", "environment variable TICKFLUME_PIPELINE_BATCH_ROWS", "1e3"],
  ]);
  assert.match(problems[1]?.reason ?? "", /a whole number from 1 to 100000/);
});

Deno.test("loadSettings() warns of a variable that looks like a misspelt setting, and of no other", () => {
  const environment = { TICKFLUME_BROKER: "a:1", TICKFLUME_SOMETHING_OF_ANOTHER_PROGRAM: "x" };
  const { warnings } = loadSettings({ cwd: CWD, environment });
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /TICKFLUME_BROKER is not a setting .* Did you mean TICKFLUME_BROKERS\?/);
});

Deno.test("loadSettings() resolves relative paths of a file against its folder, others against cwd", () => {
  withFolder({ "settings.json": '{"dataDir": "data", "kafka": {"tls": {"caFile": "../ca.pem"}}}' }, (folder) => {
    const { settings } = loadSettings({ cwd: CWD, configFile: join(folder, "settings.json") });
    assert.equal(settings.dataDir, join(folder, "data"));
    assert.deepEqual(settings.kafka.tls, { caFile: join(folder, "..", "ca.pem") });
    const named = loadSettings({ cwd: folder, environment: { TICKFLUME_CONFIG: "settings.json" } });
    assert.equal(named.configFile, join(folder, "settings.json"));
    const flags = [{ path: ["dataDir"], value: "other", flag: "--data-dir" }];
    assert.equal(
      loadSettings({ cwd: folder, configFile: "settings.json", flags }).settings.dataDir,
      join(folder, "other"),
    );
  });
});

Deno.test("loadSettings() refuses a named config file that is not there, and does without the default one", () => {
  const [problem] = problemsOf(() => loadSettings({ cwd: CWD, configFile: "absent.json" }));
  assert.equal(problem?.origin, "file /somewhere/absent.json");
  assert.match(problem?.reason ?? "", /no such file/);
});

Deno.test("loadSettings() says in which line a file is not JSON, without quoting it", () => {
  for (
    const [text, place] of [
      ['{\n  "brokers": [],\n  "x": S3CRET\n}', "line 3, column 8"],
      ['{"a": 1,\n}', "line 2, column 1"],
      ['{"S3CRET": "S3CRET', "line 1, column 19"],
      ["", "line 1, column 1"],
    ] as const
  ) {
    withFolder({ "tickflume.json": text }, (folder) => {
      const [problem] = problemsOf(() => loadSettings({ cwd: folder }));
      assert.match(problem?.reason ?? "", new RegExp(`not JSON: error in ${place}`), text);
      assert.doesNotMatch(JSON.stringify(problem), /S3CRET/);
    });
  }
  assert.match(problemsOf(() => fromJson("[1]"))[0]?.reason ?? "", /does not hold a JSON object/);
});

Deno.test("loadSettings() refuses a config file that has a key twice, of which one would be left out silently", () => {
  const text = '{\n"brokers": ["one:1"],\n"kafka": {"clientId": "a", "clientId": "S3CRET"},\n"brokers": ["two:2"]\n}';
  const problems = problemsOf(() => fromJson(text));
  assert.deepEqual(problems.map(({ key, reason }) => `${key}: ${reason}`), [
    "kafka.clientId: it is there twice, in line 3.",
    "brokers: it is there twice, in lines 2 and 4.",
  ]);
  assert.doesNotMatch(JSON.stringify(problems), /S3CRET/);
});

Deno.test("loadSettings() refuses unknown keys at any depth with the name that was meant", () => {
  const problems = problemsOf(() => fromJson('{"borkers": [], "kafka": {"clientID": "x"}, "registry": {"zzz": 1}}'));
  assert.deepEqual(problems.map(({ key, nextStep }) => `${key}: ${nextStep}`).sort(), [
    'borkers: Did you mean "brokers"?',
    'kafka.clientID: Did you mean "clientId"?',
    "registry.zzz: Known here: url, auth, requestTimeoutMs.",
  ]);
  assert.match(problemsOf(() => fromJson('{"__proto__": {"dataDir": "x"}}'))[0]?.reason ?? "", /no such setting/);
});

Deno.test("loadSettings() tells every problem at once, each with key, value, origin, reason and next step", () => {
  const json =
    '{"schemaVersion": "v3", "brokers": ["localhost"], "pipeline": {"batchRows": 0}, "exchanges": {"a b": {}}}';
  const problems = problemsOf(() => fromJson(json));
  assert.deepEqual(problems.map(({ key }) => key), [
    "schemaVersion",
    "brokers.0",
    "exchanges.a b",
    "pipeline.batchRows",
  ]);
  assert.equal(problems[1]?.value, "localhost");
  assert.match(problems[1]?.reason ?? "", /not HOST:PORT/);
  for (const { origin, reason, nextStep } of problems) {
    assert.match(origin, /^file .*tickflume\.json$/);
    assert.match(reason, /\.$/);
    assert.notEqual(nextStep, "");
  }
});

Deno.test("settingsFrom() suggests a choice that is close", () => {
  const [problem] = problemsOf(() =>
    fromJson('{"kafka": {"sasl": {"mechanism": "scram-256", "username": "u", "password": "p"}}}')
  );
  assert.match(problem?.reason ?? "", /one of plain, scram-sha-256, scram-sha-512/);
  assert.equal(problem?.nextStep, 'Did you mean "scram-sha-256"?');
});

Deno.test("loadSettings() checks addresses, URLs, zones and patterns", () => {
  const bad: readonly [string, RegExp][] = [
    ['{"brokers": ["h:0"]}', /HOST:PORT/],
    ['{"brokers": ["h:65536"]}', /HOST:PORT/],
    ['{"brokers": [9092]}', /a text/],
    ['{"registry": {"url": "localhost:8081"}}', /http or https/],
    ['{"registry": {"url": "http://u:S3CRET@h"}}', /belong in registry\.auth/],
    ['{"exchanges": {"x": {"timeZone": "Mars/Olympus"}}}', /IANA/],
    ['{"exchanges": {"x": {"currency": "aud"}}}', /2 to 10 capital letters and digits/],
    ['{"exchanges": {"x": {"assetClasses": ["bonds"]}}}', /equities, crypto/],
    ['{"topics": {"pattern": {"v1": "a.{exchnage}.{data_type}"}}}', /not a placeholder/],
    ['{"schemas": {"subjects": {"v1": "one-subject"}}}', /TopicNameStrategy/],
    ['{"schemas": {"subjects": {"v1": "{topik}-value"}}}', /not a placeholder/],
    ['{"kafka": {"tls": {"certFile": "c.pem"}}}', /belong together/],
    ['{"kafka": {"tls": {"caFile": 1}}}', /a path/],
    ['{"kafka": {"tls": "yes"}}', /true, false or an object/],
    ['{"kafka": {"sasl": "u:S3CRET"}}', /an object/],
    ['{"kafka": []}', /an object/],
    ['{"registry": {"auth": {"type": "basci"}}}', /one of basic, bearer/],
    ['{"pipeline": {"batchRows": 100, "windowRows": 50}}', /smaller than batchRows/],
  ];
  for (const [json, reason] of bad) {
    const problems = problemsOf(() => fromJson(json));
    assert.match(problems.map((problem) => problem.reason).join(" "), reason, json);
    assert.doesNotMatch(new ConfigError(problems).message, /S3CRET/, json);
  }
  const good = from({ brokers: ["[::1]:9092"], registry: { url: "https://h/apis/ccompat/v7" } });
  assert.deepEqual(good.brokers, ["[::1]:9092"]);
  assert.equal(from({ schemas: { subjects: { v2: "TopicNameStrategy" } } }).schemas.subjects.v2, "TopicNameStrategy");
});

Deno.test("loadSettings() reads secrets from files and from the environment, and never from flags' words", () => {
  withFolder({ "password.txt": "from file\r\n", "empty.txt": "\n" }, (folder) => {
    const sasl = { mechanism: "plain", username: "u", passwordFile: "password.txt" };
    Deno.writeTextFileSync(join(folder, "tickflume.json"), JSON.stringify({ kafka: { sasl } }));
    assert.equal(loadSettings({ cwd: folder }).settings.kafka.sasl?.password, "from file");
    const environment = { TICKFLUME_SASL_PASSWORD: "from environment" };
    assert.equal(loadSettings({ cwd: folder, environment }).settings.kafka.sasl?.password, "from environment");
    const [empty] = problemsOf(() =>
      loadSettings({ cwd: folder, environment: { TICKFLUME_SASL_PASSWORD_FILE: "empty.txt" } })
    );
    assert.deepEqual([empty?.key, /is empty/.test(empty?.reason ?? "")], ["kafka.sasl.passwordFile", true]);
    const [absent] = problemsOf(() =>
      loadSettings({ cwd: folder, environment: { TICKFLUME_SASL_PASSWORD_FILE: "absent.txt" } })
    );
    assert.match(absent?.reason ?? "", /cannot be read \(NotFound\)/);
    const [both] = problemsOf(() =>
      loadSettings({
        cwd: folder,
        environment: { TICKFLUME_SASL_PASSWORD_FILE: "password.txt", TICKFLUME_SASL_PASSWORD: "S3CRET" },
      })
    );
    assert.match(both?.reason ?? "", /password and passwordFile are both given/);
    assert.doesNotMatch(JSON.stringify(both), /S3CRET/);
  });
});

Deno.test("loadSettings() takes the kind of registry log-in from what the environment gives", () => {
  const login = (environment: Record<string, string>) => loadSettings({ cwd: CWD, environment }).settings.registry.auth;
  assert.deepEqual(login({ TICKFLUME_REGISTRY_TOKEN: "t" }), { type: "bearer", token: "t" });
  assert.deepEqual(login({ TICKFLUME_REGISTRY_USERNAME: "u", TICKFLUME_REGISTRY_PASSWORD: "p" }), {
    type: "basic",
    username: "u",
    password: "p",
  });
  const [missing] = problemsOf(() => login({ TICKFLUME_REGISTRY_USERNAME: "u" }));
  assert.equal(missing?.key, "registry.auth.password");
  assert.match(missing?.nextStep ?? "", /passwordFile.*TICKFLUME_REGISTRY_PASSWORD/);
});

Deno.test("loadSettings() refuses topics shared by both versions only where both are written", () => {
  const pattern = { v1: "a.{data_type}", v2: "a.{data_type}" };
  assert.equal(from({ topics: { pattern } }).schemaVersion, "v2");
  const [problem] = problemsOf(() => from({ schemaVersion: "both", topics: { pattern } }));
  assert.equal(problem?.key, "topics.pattern.v1");
  const [explicit] = problemsOf(() => from({ topics: { pattern: { both: pattern } } }));
  assert.equal(explicit?.key, "topics.pattern.both.v1");
  const [only] = problemsOf(() =>
    from({ schemaVersion: "both", topics: { pattern: { v2: `${DEFAULT_TOPIC_PATTERN}.v1` } } })
  );
  assert.equal(only?.key, "topics.pattern.v2");
  assert.equal(from({ schemaVersion: "both" }).schemaVersion, "both");
});

Deno.test("loadSettings() refuses a file that is nested without end as any other unknown key", () => {
  const nested = (depth: number) => `{"a":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`;
  for (const depth of [1, 10_000]) {
    const [problem] = problemsOf(() => fromJson(nested(depth)));
    assert.deepEqual([problem?.key, problem?.reason], ["a", "there is no such setting."]);
  }
});
