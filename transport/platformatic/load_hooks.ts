/**
 * Changes how @platformatic/kafka is loaded:
 *
 * - Without its optional native module for checksums, which it tries first. Deno would then ask for the permission to
 *   call foreign code: in a terminal the program would stop at the prompt. Other files make and check the checksums of
 *   records (record_batch_encoder.ts), and without the module the library uses its own WebAssembly.
 * - Without compiling the schemas of the options of all its clients, which takes longer than loading everything else.
 *   No file here uses those clients. For a program that does, a schema is compiled when it is first used.
 *
 * @module
 */
import Module from "node:module";

const NATIVE_CHECKSUM = "@node-rs/crc32";

// The untyped edge: the function by which Node and Deno load the modules of `require`, and the class Ajv.
type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;
type Validate = { (data: unknown): unknown; errors?: unknown };
type Compile = (this: unknown, schema: unknown) => Validate;

const load: Load = Reflect.get(Module, "_load");
const changed = new Set<object>();

const loadChanged: Load = function (request, ...rest) {
  if (request === NATIVE_CHECKSUM) throw new Error(`${NATIVE_CHECKSUM} is not used`);
  const loaded = load.call(this, request, ...rest);
  if (isCompiler(loaded)) compileAtUse(loaded.Ajv2020.prototype);
  return loaded;
};
Reflect.set(Module, "_load", loadChanged);

/** Undoes the changes: later modules are loaded as ever, and other schemas are compiled at once. */
export function takeBackHooks(): void {
  Reflect.set(Module, "_load", load);
  for (const prototype of changed) Reflect.deleteProperty(prototype, "compile");
  changed.clear();
}

interface Compiler {
  readonly Ajv2020: { readonly prototype: { readonly compile: Compile } };
}

function isCompiler(loaded: unknown): loaded is Compiler {
  return typeof loaded === "function" && "Ajv2020" in loaded && typeof loaded.Ajv2020 === "function";
}

/** The method is inherited, so that deleting the property brings it back. */
function compileAtUse(prototype: { readonly compile: Compile }): void {
  const { compile } = prototype;
  const value: Compile = function (schema) {
    let compiled: Validate | null = null;
    const validate: Validate = (data) => {
      compiled ??= compile.call(this, schema);
      const isValid = compiled(data);
      validate.errors = compiled.errors;
      return isValid;
    };
    return validate;
  };
  Object.defineProperty(prototype, "compile", { value, configurable: true });
  changed.add(prototype);
}
