/**
 * Loads @platformatic/kafka without its optional native module for checksums, and passes on what is used of it.
 *
 * The library tries that module first. Deno then asks for the right to call foreign code: in a terminal as a question on
 * which the program stands still. The checksums of records are made and looked at elsewhere (record_batch_encoder.ts), and
 * without the module the library takes its own WebAssembly.
 *
 * @module
 */
import Module from "node:module";

const NATIVE_CHECKSUM = "@node-rs/crc32";

type Load = (this: unknown, request: string, ...rest: unknown[]) => unknown;

// The untyped edge: what Node and Deno load modules with that are asked for by `require`.
const load: Load = Reflect.get(Module, "_load");
const loadAllButOne: Load = function (request, ...rest) {
  if (request === NATIVE_CHECKSUM) throw new Error(`${NATIVE_CHECKSUM} is not used`);
  return load.call(this, request, ...rest);
};
Reflect.set(Module, "_load", loadAllButOne);

export const {
  apiVersionsV3,
  AuthenticationError,
  ConfigResourceTypes,
  Connection,
  createTopicsV6,
  deleteTopicsV5,
  describeConfigsV3,
  initProducerIdV4,
  NetworkError,
  SASLMechanisms,
  TimeoutError,
  UnexpectedCorrelationIdError,
  UnsupportedApiError,
  UnsupportedError,
  Writer,
} = await import("@platformatic/kafka");

Reflect.set(Module, "_load", load);
