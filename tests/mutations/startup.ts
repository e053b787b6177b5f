import type { Mutation } from "../../scripts/mutations/mutation.ts";

/** A fault in choosing a command's servers, or in the messages about those that do not answer. */
function startup(file: string, entry: Pick<Mutation, "name" | "find" | "replace" | "tests">): Mutation {
  return { flags: ["--allow-all"], ...entry, file };
}

export const mutations: readonly Mutation[] = [
  startup("config/servers.ts", {
    name: "takes brokers without a registry",
    find: `  if (brokers.length > 0 && brokers[0] !== EMBEDDED && url === undefined) {`,
    replace: `  if (brokers.length > 9 && brokers[0] !== EMBEDDED && url === undefined) {`,
    tests: ["servers_test.ts"],
  }),
  startup("config/servers.ts", {
    name: "takes a registry without brokers",
    find: `  if (brokers.length === 0 && url !== undefined && url !== EMBEDDED) {`,
    replace: `  if (brokers.length === 9 && url !== undefined && url !== EMBEDDED) {`,
    tests: ["servers_test.ts"],
  }),
  startup("command.ts", {
    name: "lets every command do with one of the two",
    find: `pair: needs === "both"`,
    replace: `pair: needs === "neither"`,
    tests: ["session_test.ts"],
  }),
  startup("first_contact.ts", {
    name: "waits without end for what never answers",
    find: `  const timer = clock.schedule(timeoutMs, () => late.abort());`,
    replace: `  const timer = clock.schedule(Infinity, () => late.abort());`,
    tests: ["runtime/first_contact_test.ts"],
  }),
  startup("first_contact.ts", {
    name: "takes a failure for an answer",
    find: `    return unanswered ? { type: "failed", cause } : { type: "answered" };`,
    replace: `    return unanswered ? { type: "answered" } : { type: "failed", cause };`,
    tests: ["runtime/first_contact_test.ts"],
  }),
  startup("first_contact.ts", {
    name: "tells nothing of a try that hangs",
    find: `      const slow = repeat(clock, tell);`,
    replace: `      const slow = repeat(clock, () => {});`,
    tests: ["runtime/first_contact_test.ts"],
  }),
  startup("market_data_producer.ts", {
    name: "leaves the ports of a start that failed open",
    find: `    } catch (error) {
      await release();
      throw error;`,
    replace: `    } catch (error) {
      throw error;`,
    tests: ["pipeline/first_contact_test.ts"],
  }),
  startup("market_data_producer.ts", {
    name: "tells nothing where there is no observer",
    find: `isolatedObserver(options.observe ?? consoleObserver())`,
    replace: `isolatedObserver(options.observe ?? (() => {}))`,
    tests: ["console_observer_test.ts"],
  }),
  startup("running_stack.ts", {
    name: "takes a stack that is down for one that runs",
    find: `  if (!open.slice(0, -1).includes(true)) throw`,
    replace: `  if (!open.slice(0, -1).includes(false)) throw`,
    tests: ["running_stack_test.ts"],
  }),
  startup("runtime/first_row.ts", {
    name: "makes topics for a file whose header is wrong",
    find: `    if (cause instanceof SourceError && WRONG_FROM_THE_START.has(cause.code)) throw cause;`,
    replace: ``,
    tests: ["commands/load_test.ts"],
  }),
  startup("load_hooks.ts", {
    name: "compiles the schemas of options that nothing here uses",
    find: `  if (isCompiler(loaded)) compileAtUse(loaded.Ajv2020.prototype);
`,
    replace: ``,
    tests: ["package_test.ts"],
  }),
  startup("load_hooks.ts", {
    name: "leaves the schemas of other code uncompiled",
    find: `  for (const prototype of changed) Reflect.deleteProperty(prototype, "compile");
`,
    replace: ``,
    tests: ["package_test.ts"],
  }),
  startup("load_hooks.ts", {
    name: "takes any options of the library's clients",
    find: `      validate.errors = compiled.errors;
      return isValid;`,
    replace: `      return isValid || true;`,
    tests: ["package_test.ts"],
  }),
  startup("confluent/registry.ts", {
    name: "loads the library that registers before it is needed",
    find: `import { isApicurio, productOf } from "./product.ts";
`,
    replace: `import { isApicurio, productOf } from "./product.ts";
import ${'"./register.ts"'};
`,
    tests: ["transport/confluent/registry_test.ts"],
  }),
  startup("cli/main.ts", {
    name: "loads every command for one",
    find: `  const files = named === undefined ? [...COMMANDS.values()] : [named];`,
    replace: `  const files = named === undefined ? [] : [...COMMANDS.values()];`,
    tests: ["cli/main_test.ts"],
  }),
];
