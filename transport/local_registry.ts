/**
 * A schema registry without the network: the rules of Confluent's registry over a small store. The embedded registry
 * and the in-memory one differ only in their stores.
 *
 * @module
 */
import { checkCompatibility } from "../schemas/avro/compatibility.ts";
import { parseSchema, SchemaParseError } from "../schemas/avro/parse_schema.ts";
import {
  type CompatibilityLevel,
  type CompatibilityVerdict,
  type RegisteredSchema,
  RegistryError,
  type SchemaRegistry,
} from "./registry.ts";

/** Confluent's own default. */
const DEFAULT_LEVEL: CompatibilityLevel = "BACKWARD";

/** Stores schemas. Methods are synchronous and check nothing. */
export interface SchemaStore {
  /** The schema text of an id, null if there is none. */
  textOf(id: number): string | null;
  /** Subjects with at least one version, sorted. */
  subjects(): readonly string[];
  /** Versions of a subject that are not deleted, ascending. */
  versions(subject: string): readonly RegisteredSchema[];
  /** Adds a version under a number that the subject never had; the same text has the same id everywhere. */
  add(subject: string, schema: string): RegisteredSchema;
  /** Marks the versions of a subject as deleted and removes its level. Ids stay readable. */
  remove(subject: string): void;
  /** The level of a subject, null if it has none; for `null` the global level. */
  level(subject: string | null): CompatibilityLevel | null;
  setLevel(subject: string | null, level: CompatibilityLevel): void;
  /** Runs the work as one transaction: all or nothing, and without other calls in between. */
  transact<T>(work: () => T): T;
}

/** One for each call of the port. */
export type RegistryCall =
  | "register"
  | "lookup"
  | "schema_by_id"
  | "subjects"
  | "versions"
  | "version"
  | "check_compatibility"
  | "compatibility"
  | "set_compatibility"
  | "delete_subject";

/** Stands between a caller and the store. */
export interface RegistryGate {
  /** Runs the work of a call, or fails it. */
  pass<T>(call: RegistryCall, work: () => T, options: { readonly subject?: string | undefined }): Promise<T>;
  close(): Promise<void>;
}

/** A registry over a store. */
export class LocalRegistry implements SchemaRegistry {
  readonly #store: SchemaStore;
  readonly #gate: RegistryGate;

  /** @internal */
  constructor(store: SchemaStore, gate: RegistryGate) {
    this.#store = store;
    this.#gate = gate;
  }

  register(subject: string, schema: string): Promise<number> {
    return this.#call("register", subject, () => {
      checkSchemaText(subject, schema);
      return this.#store.transact(() => {
        const known = this.#find(subject, schema);
        if (known !== undefined) return known.id;
        const refusal = this.#refusal(subject, schema);
        if (refusal !== null) throw refusal;
        return this.#store.add(subject, schema).id;
      });
    });
  }

  lookup(subject: string, schema: string): Promise<RegisteredSchema | null> {
    return this.#call("lookup", subject, () => this.#find(subject, schema) ?? null);
  }

  schemaById(id: number): Promise<string> {
    return this.#call("schema_by_id", undefined, () => {
      const text = this.#store.textOf(id);
      if (text === null) throw new RegistryError("not_found", `There is no schema with id ${id}`, { status: 404 });
      return text;
    });
  }

  /** Names of the subjects that have a version, sorted. */
  subjects(): Promise<readonly string[]> {
    return this.#call("subjects", undefined, () => this.#store.subjects());
  }

  versions(subject: string): Promise<readonly number[]> {
    return this.#call("versions", subject, () => this.#store.versions(subject).map(({ version }) => version));
  }

  /** One version of a subject; code `not_found` if it is not there. */
  version(subject: string, version: number | "latest"): Promise<RegisteredSchema> {
    return this.#call("version", subject, () => {
      const all = this.#store.versions(subject);
      const found = version === "latest" ? all.at(-1) : all.find((each) => each.version === version);
      if (found === undefined) {
        const details = { subject, version: String(version), status: 404 };
        throw new RegistryError("not_found", `Subject "${subject}" has no version ${version}`, details);
      }
      return found;
    });
  }

  checkCompatibility(subject: string, schema: string): Promise<CompatibilityVerdict> {
    return this.#call("check_compatibility", subject, () => {
      checkSchemaText(subject, schema);
      const refusal = this.#refusal(subject, schema);
      return { compatible: refusal === null, messages: refusal === null ? [] : [refusal.message] };
    });
  }

  compatibility(subject?: string): Promise<CompatibilityLevel | null> {
    return this.#call("compatibility", subject, () => {
      return subject === undefined ? this.#globalLevel : this.#store.level(subject);
    });
  }

  /** Sets the level of a subject, or without one the global level. */
  setCompatibility(level: CompatibilityLevel, subject?: string): Promise<void> {
    return this.#call("set_compatibility", subject, () => this.#store.setLevel(subject ?? null, level));
  }

  deleteSubject(subject: string): Promise<void> {
    return this.#call("delete_subject", subject, () => {
      if (this.#store.versions(subject).length === 0) {
        throw new RegistryError("not_found", `There is no subject "${subject}"`, { subject, status: 404 });
      }
      this.#store.remove(subject);
    });
  }

  /** Null: its address says which registry it is. */
  product(): Promise<string | null> {
    return Promise.resolve(null);
  }

  /** Ends the connection: later calls fail with `closed`. */
  close(): Promise<void> {
    return this.#gate.close();
  }

  get #globalLevel(): CompatibilityLevel {
    return this.#store.level(null) ?? DEFAULT_LEVEL;
  }

  #call<T>(call: RegistryCall, subject: string | undefined, work: () => T): Promise<T> {
    return this.#gate.pass(call, work, { subject });
  }

  #find(subject: string, schema: string): RegisteredSchema | undefined {
    return this.#store.versions(subject).find((each) => each.schema === schema);
  }

  /** Why the subject does not take this text, which is a valid schema. */
  #refusal(subject: string, schema: string): RegistryError | null {
    const earlier = this.#store.versions(subject);
    const level = this.#store.level(subject) ?? this.#globalLevel;
    const { incompatibilities } = checkCompatibility(schema, earlier.map((each) => each.schema), { level });
    const [first] = incompatibilities;
    if (first === undefined) return null;
    const version = String(earlier[first.version]?.version);
    return new RegistryError(
      "incompatible",
      `Subject "${subject}" (${level}) does not take the schema, because of its version ${version}: ` +
        `${first.path === "" ? "the top" : first.path}: ${first.message}`,
      { subject, version, path: first.path, status: 409 },
    );
  }
}

function checkSchemaText(subject: string, schema: string): void {
  try {
    parseSchema(schema);
  } catch (cause) {
    if (!(cause instanceof SchemaParseError)) throw cause;
    throw new RegistryError("invalid_schema", `Subject "${subject}" does not take the text: ${cause.message}`, {
      subject,
      path: cause.path,
      status: 422,
      cause,
    });
  }
}
