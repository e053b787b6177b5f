/**
 * One question of Avro's schema resolution: can data written with one schema be read with another?
 *
 * @module
 */
import avro from "avsc";
import { branchesOf, fieldNotesOf, namespaceOf, notesOf, typeText } from "./schema_model.ts";

/** Why data of the writer's schema cannot be read. */
export type IncompatibilityCode =
  | "name_mismatch" // of a record, enum or fixed, and no alias helps
  | "type_mismatch"
  | "missing_default" // the reader has a field that the writer lacks
  | "missing_symbols" // the writer has enum symbols that the reader lacks, and the reader has no default
  | "size_mismatch" // of fixed
  | "missing_branch"; // the writer may send a type for which the reader's union has no branch

/** Why data that can be read may mean something else. */
export type WarningCode =
  | "decimal_scale_changed"
  | "decimal_precision_changed"
  | "timestamp_unit_changed"
  | "logical_type_changed"
  | "namespace_changed";

/** One reason, with its place in the reader's schema. */
export interface Incompatibility {
  /** JSON path in the reader's schema, such as `/fields/1/type`; empty text is the whole schema. */
  readonly path: string;
  readonly code: IncompatibilityCode;
  readonly message: string;
}

/** One doubt, with its place in the reader's schema. */
export interface CompatibilityWarning {
  /** JSON path in the reader's schema. */
  readonly path: string;
  readonly code: WarningCode;
  readonly message: string;
}

/** All incompatibilities and warnings. The data is readable if there are no incompatibilities. */
export interface Resolution {
  readonly incompatibilities: readonly Incompatibility[];
  readonly warnings: readonly CompatibilityWarning[];
}

/** The other types from which a reader's type can read. */
const PROMOTIONS: Readonly<Record<string, readonly string[]>> = {
  long: ["int"],
  float: ["int", "long"],
  double: ["int", "long", "float"],
  string: ["bytes"],
  bytes: ["string"],
};

type Pair = readonly [reader: avro.Type, writer: avro.Type];

/** The result for two types other than unions, and the types inside them to compare next. */
interface Finding extends Resolution {
  readonly inside: readonly Pair[];
}

/**
 * Resolves a writer's schema against a reader's. Pure. It compares each pair of records once, so that recursive schemas
 * end and schemas that use one record in many places stay cheap.
 */
export function resolve(reader: avro.Type, writer: avro.Type): Resolution {
  const found = { incompatibilities: [], warnings: [] };
  new Walker().collect([reader, writer], found);
  return found;
}

class Walker {
  readonly #readable = new PairMap<boolean>();
  readonly #collected = new PairMap<true>();

  /** Adds all findings of a pair. */
  collect(pair: Pair, into: { incompatibilities: Incompatibility[]; warnings: CompatibilityWarning[] }): void {
    const [reader, writer] = pair;
    const written = branchesOf(writer);
    if (written !== undefined) {
      for (const branch of written) this.collect([reader, branch], into);
      return;
    }
    const branches = branchesOf(reader);
    if (branches !== undefined) {
      const branch = this.#chooseBranch(branches, writer);
      if (branch !== undefined) return this.collect([branch, writer], into);
      const message = `no branch of the union can read ${typeText(writer)}`;
      into.incompatibilities.push({ path: notesOf(reader).path, code: "missing_branch", message });
      return;
    }
    if (this.#collected.get(pair)) return;
    this.#collected.set(pair, true);
    const { incompatibilities, warnings, inside } = compare(reader, writer);
    into.incompatibilities.push(...incompatibilities);
    into.warnings.push(...warnings);
    for (const next of inside) this.collect(next, into);
  }

  /**
   * The branch that reads everything; one of the writer's own type comes before one by promotion. If there is none, the
   * branch of that type and name: the faults inside it say more than a missing branch.
   */
  #chooseBranch(branches: readonly avro.Type[], writer: avro.Type): avro.Type | undefined {
    const alike = branches.filter((branch) => branch.typeName === writer.typeName);
    const ordered = [...alike, ...branches.filter((branch) => branch.typeName !== writer.typeName)];
    const reading = ordered.find((branch) => this.#reads([branch, writer]));
    if (reading !== undefined || alike.length < 2) return reading ?? alike[0];
    return alike.find((branch) => simpleName(branch) === simpleName(writer));
  }

  #reads(pair: Pair): boolean {
    const [reader, writer] = pair;
    const written = branchesOf(writer);
    if (written !== undefined) return written.every((branch) => this.#reads([reader, branch]));
    const branches = branchesOf(reader);
    if (branches !== undefined) return branches.some((branch) => this.#reads([branch, writer]));
    const known = this.#readable.get(pair);
    if (known !== undefined) return known;
    // A pair that contains itself is readable unless something else in it is not.
    const mark = this.#readable.set(pair, true);
    const { incompatibilities, inside } = compare(reader, writer);
    const reads = incompatibilities.length === 0 && inside.every((next) => this.#reads(next));
    if (!reads) {
      this.#readable.forgetSince(mark); // answers that relied on this one
      this.#readable.set(pair, false);
    }
    return reads;
  }
}

/** A map by pairs of types that can drop the positive entries made since a mark. */
class PairMap<T extends boolean> {
  readonly #entries = new Map<avro.Type, Map<avro.Type, T>>();
  readonly #trail: Pair[] = [];

  get([reader, writer]: Pair): T | undefined {
    return this.#entries.get(reader)?.get(writer);
  }

  set(pair: Pair, value: T): number {
    const [reader, writer] = pair;
    const row = this.#entries.get(reader) ?? new Map<avro.Type, T>();
    this.#entries.set(reader, row.set(writer, value));
    return value ? this.#trail.push(pair) - 1 : this.#trail.length;
  }

  forgetSince(mark: number): void {
    for (const [reader, writer] of this.#trail.splice(mark)) this.#entries.get(reader)?.delete(writer);
  }
}

function compare(reader: avro.Type, writer: avro.Type): Finding {
  const { ArrayType, EnumType, FixedType, MapType, RecordType } = avro.types;
  if (reader instanceof RecordType && writer instanceof RecordType) return compareRecords(reader, writer);
  if (reader instanceof EnumType && writer instanceof EnumType) return compareEnums(reader, writer);
  if (reader instanceof FixedType && writer instanceof FixedType) return compareFixed(reader, writer);
  if (reader instanceof ArrayType && writer instanceof ArrayType) {
    return finding({ inside: [[reader.itemsType, writer.itemsType]] });
  }
  if (reader instanceof MapType && writer instanceof MapType) {
    return finding({ inside: [[reader.valuesType, writer.valuesType]] });
  }
  if (reader.typeName === writer.typeName || PROMOTIONS[reader.typeName]?.includes(writer.typeName)) {
    return finding({ warnings: compareLogical(reader, writer) });
  }
  const message = `${typeText(writer)} cannot be read as ${typeText(reader)}`;
  return finding({ incompatibilities: [{ path: notesOf(reader).path, code: "type_mismatch", message }] });
}

function finding(part: Partial<Finding>): Finding {
  return { incompatibilities: [], warnings: [], inside: [], ...part };
}

function compareRecords(reader: avro.types.RecordType, writer: avro.types.RecordType): Finding {
  const { incompatibilities, warnings } = compareNames(reader, writer);
  const missing: Incompatibility[] = [];
  const inside: Pair[] = [];
  for (const field of reader.fields) {
    const written = writtenField(field, writer);
    if (written !== undefined) inside.push([field.type, written.type]);
    else if (fieldNotesOf(field).default === undefined) {
      const message = `field ${field.name} is not written and has no default`;
      missing.push({ path: fieldNotesOf(field).path, code: "missing_default", message });
    }
  }
  return { incompatibilities: [...incompatibilities, ...missing], warnings, inside };
}

function compareEnums(reader: avro.types.EnumType, writer: avro.types.EnumType): Finding {
  const { incompatibilities, warnings } = compareNames(reader, writer);
  const missing = writer.symbols.filter((symbol) => !reader.symbols.includes(symbol));
  const { path, fallback } = notesOf(reader);
  if (missing.length === 0 || fallback !== undefined) return finding({ incompatibilities, warnings });
  const message = `${missing.join(", ")} cannot be read, and ${reader.name} has no default`;
  const reason = { path: `${path}/symbols`, code: "missing_symbols", message } as const;
  return finding({ incompatibilities: [...incompatibilities, reason], warnings });
}

function compareFixed(reader: avro.types.FixedType, writer: avro.types.FixedType): Finding {
  const { incompatibilities, warnings } = compareNames(reader, writer);
  if (reader.size === writer.size) {
    return finding({ incompatibilities, warnings: [...warnings, ...compareLogical(reader, writer)] });
  }
  const message = `${writer.size} bytes cannot be read as ${reader.size}`;
  const reason = { path: `${notesOf(reader).path}/size`, code: "size_mismatch", message } as const;
  return finding({ incompatibilities: [...incompatibilities, reason], warnings });
}

/** The specification compares names without namespace; an alias of the reader is compared as a whole. */
function compareNames(reader: avro.Type, writer: avro.Type): Resolution {
  const { name = "", aliases = [] } = reader;
  const { name: written = "" } = writer;
  if (name === written || aliases.includes(written)) return finding({});
  const { path } = notesOf(reader);
  const [readerSpace, writerSpace] = [namespaceOf(name), namespaceOf(written)];
  const warnings: CompatibilityWarning[] = [];
  if (readerSpace !== writerSpace) {
    const message = `the namespace is ${readerSpace || "absent"} and was written as ${writerSpace || "absent"}: ` +
      "generated classes and some readers go by the full name";
    warnings.push({ path: `${path}/namespace`, code: "namespace_changed", message });
  }
  if (simpleName(reader) === simpleName(writer)) return { incompatibilities: [], warnings };
  const message = `${written} cannot be read as ${name}: the names differ and there is no alias`;
  return { incompatibilities: [{ path: `${path}/name`, code: "name_mismatch", message }], warnings };
}

/** Logical types never break resolution; they change what the same bytes mean. */
function compareLogical(reader: avro.Type, writer: avro.Type): readonly CompatibilityWarning[] {
  const { path, logical: read } = notesOf(reader);
  const { logical: written } = notesOf(writer);
  if (read?.name !== written?.name) {
    const timestamps = [read, written].every((logical) => /^(local-)?timestamp-/.test(logical?.name ?? ""));
    const code = timestamps ? "timestamp_unit_changed" : "logical_type_changed";
    const message = `${typeText(writer)} would be read as ${typeText(reader)}: the same number, another meaning`;
    return [{ path, code, message }];
  }
  const warnings: CompatibilityWarning[] = [];
  if (read?.scale !== written?.scale) {
    const message = `scale ${written?.scale} would be read as scale ${read?.scale}: values move by powers of ten`;
    warnings.push({ path: `${path}/scale`, code: "decimal_scale_changed", message });
  }
  if (read?.precision !== written?.precision) {
    const message = `precision ${written?.precision} would be read as ${read?.precision}: values may have more digits`;
    warnings.push({ path: `${path}/precision`, code: "decimal_precision_changed", message });
  }
  return warnings;
}

/** The name without namespace; the word for the type if it has no name. */
function simpleName({ name, typeName }: avro.Type): string {
  return name === undefined ? typeName : name.slice(name.lastIndexOf(".") + 1);
}

function writtenField(
  field: avro.types.Field,
  writer: avro.types.RecordType,
): avro.types.Field | undefined {
  return writer.fields.find(({ name }) => name === field.name) ??
    writer.fields.find(({ name }) => field.aliases.includes(name));
}
