import assert from "node:assert/strict";
import { ConfigError } from "./config_error.ts";
import { type FlagSetting, loadSettings, settingsFrom } from "./load_settings.ts";
import type { SettingsInput } from "./settings.ts";

const CWD = "/no/such/folder";
const BROKERS: FlagSetting = { path: ["brokers"], value: ["a:1"], flag: "--brokers" };
const REGISTRY: FlagSetting = { path: ["registry", "url"], value: "http://r", flag: "--registry" };
const named = (flag: FlagSetting, value: unknown): FlagSetting => ({ ...flag, value });

function problemsOf(action: () => unknown): ConfigError["problems"] {
  try {
    action();
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

Deno.test("loadSettings() refuses brokers without a registry and the reverse, wherever they come from", () => {
  const cases: readonly (readonly [Parameters<typeof loadSettings>[0], string, RegExp])[] = [
    [{ cwd: CWD, flags: [BROKERS] }, "registry.url", /there are brokers \(flag --brokers\) and no registry/],
    [{ cwd: CWD, flags: [REGISTRY] }, "brokers", /there is a registry \(flag --registry\) and no brokers/],
    [{ cwd: CWD, environment: { TICKFLUME_BROKERS: "a:1" } }, "registry.url", /variable TICKFLUME_BROKERS\)/],
    [{ cwd: CWD, environment: { TICKFLUME_REGISTRY: "http://r" } }, "brokers", /variable TICKFLUME_REGISTRY\)/],
  ];
  for (const [options, key, reason] of cases) {
    const [problem, ...others] = problemsOf(() => loadSettings(options));
    assert.deepEqual([problem?.key, problem?.origin, others], [key, "not set", []]);
    assert.match(problem?.reason ?? "", reason);
    assert.match(problem?.nextStep ?? "", key === "brokers" ? /--brokers embedded/ : /--registry embedded/);
  }
});

Deno.test("settingsFrom() refuses brokers without a registry and the reverse", () => {
  const input: readonly (readonly [SettingsInput, string])[] = [
    [{ brokers: ["a:1"] }, "registry.url"],
    [{ brokers: ["a:1"], registry: { auth: { type: "bearer", token: "t" } } }, "registry.url"],
    [{ registry: { url: "http://r" } }, "brokers"],
    [{ registry: "http://r" }, "brokers"],
    [{ brokers: [], registry: "http://r" }, "brokers"],
  ];
  for (const [given, key] of input) {
    const [problem] = problemsOf(() => settingsFrom(given, { cwd: CWD }));
    assert.equal(problem?.key, key, JSON.stringify(given));
    assert.match(problem?.reason ?? "", /the given configuration/);
  }
});

Deno.test("loadSettings() takes both, neither, and the embedded one beside the other by its name", () => {
  const servers = (...flags: readonly FlagSetting[]) => {
    const { brokers, registry } = loadSettings({ cwd: CWD, flags }).settings;
    return [brokers, registry.url];
  };
  assert.deepEqual(servers(BROKERS, REGISTRY), [["a:1"], "http://r"]);
  assert.deepEqual(servers(), [[], undefined]);
  assert.deepEqual(servers(BROKERS, named(REGISTRY, "embedded")), [["a:1"], undefined]);
  assert.deepEqual(servers(named(BROKERS, ["embedded"]), REGISTRY), [[], "http://r"]);
  assert.deepEqual(servers(named(BROKERS, ["embedded"])), [[], undefined]);
  assert.deepEqual(servers(named(REGISTRY, "embedded")), [[], undefined]);
});

Deno.test("loadSettings() takes one server alone for a caller with pair: false", () => {
  assert.deepEqual(loadSettings({ cwd: CWD, flags: [BROKERS], pair: false }).settings.brokers, ["a:1"]);
  assert.equal(loadSettings({ cwd: CWD, flags: [REGISTRY], pair: false }).settings.registry.url, "http://r");
});

Deno.test("loadSettings() refuses the embedded log as one broker of several", () => {
  const [problem] = problemsOf(() =>
    loadSettings({ cwd: CWD, flags: [named(BROKERS, ["a:1", "embedded"]), REGISTRY] })
  );
  assert.match(problem?.reason ?? "", /"embedded" is the log in dataDir and stands alone/);
});

Deno.test("settingsFrom() takes the URL of the registry in the place of its object, and checks it in the same way", () => {
  const { registry } = settingsFrom({ brokers: ["a:1"], registry: "http://r" }, { cwd: CWD });
  assert.deepEqual(registry, settingsFrom({ brokers: ["a:1"], registry: { url: "http://r" } }, { cwd: CWD }).registry);
  const [problem] = problemsOf(() => settingsFrom({ brokers: ["a:1"], registry: "r:8081" }, { cwd: CWD }));
  assert.deepEqual([problem?.key, problem?.value], ["registry.url", "r:8081"]);
});
