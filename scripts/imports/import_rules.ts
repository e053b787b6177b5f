/**
 * Which files may import which. The arrows are those of docs/design.md.
 *
 * @module
 */
import { basename, dirname } from "node:path";
import { type ImportEdge, importsOf, type SourceFile, withoutComments } from "./source_tree.ts";

/** A broken rule. */
export interface Violation {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

/** What each area may import besides itself. Areas that are not listed may import everything except the programs. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  kernel: [],
  storage: [],
  wasm: [],
  telemetry: ["kernel"],
  schemas: [],
  config: ["schemas", "kernel", "telemetry"],
  records: ["schemas", "config", "kernel", "telemetry", "wasm"],
  transport: ["schemas", "kernel", "telemetry", "storage", "wasm"],
  sources: ["schemas", "records", "config", "kernel", "telemetry", "storage", "wasm"],
  state: ["schemas", "records", "config", "kernel", "telemetry", "storage"],
  actors: ["schemas", "records", "config", "kernel", "telemetry", "transport", "sources", "state"],
  runtime: [
    "schemas",
    "records",
    "config",
    "kernel",
    "telemetry",
    "storage",
    "transport",
    "sources",
    "state",
    "actors",
  ],
};

/** Programs, each with the programs that it may import; other areas import none of them. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  examples: [],
  cli: [],
  scripts: ["cli", "tests"],
  bench: ["cli", "scripts", "tests"],
  tests: ["cli", "scripts", "bench", "examples"],
};

/** The rooms of the supervision tree: folders of actors/ that do not import each other. */
const ROOMS = ["sources", "converters", "producers", "lookup", "stores"];

/** From these areas actors import types only, except values from the ports. */
const BEHIND_PORTS = ["transport", "sources", "state"];
const PORTS = [
  "transport/log.ts",
  "transport/registry.ts",
  "transport/partitioner.ts",
  "transport/source_header.ts",
  "transport/batch_size.ts",
  "sources/source.ts",
];

/** The only folders that import a package. */
const PACKAGE_HOMES: Readonly<Record<string, string>> = {
  "kafkajs": "transport/",
  "@platformatic/kafka": "transport/",
  "@kafkajs/confluent-schema-registry": "transport/",
  "avsc": "schemas/",
  "commander": "cli/",
  "csv-parse": "bench/",
};

/** The only product file that touches the machine's time. */
const CLOCK = "kernel/clock.ts";
const TIME = /\b(setTimeout|setInterval|Date\.now|performance\.now|Temporal\.Now|new Date\(\)|AbortSignal\.timeout)\b/;
/** Files that are not the product, or (this file) only name the functions: they may measure and wait themselves. */
const MAY_TAKE_TIME = /^(tests|bench|cli\/stack)\/|_test\.ts$|^scripts\/imports\/import_rules\.ts$/;

/** The folder of the formats, whose entries hold their differences; other code names no single format. */
const FORMATS = "sources/formats/";
const ASKS_FOR_FORMAT = /(?:[!=]==? |case )"(asx-ticks|csv|ndjson)"|"(asx-ticks|csv|ndjson)" [!=]==?/;

/** Every broken rule of a set of files, by file and line. */
export function findViolations(files: readonly SourceFile[]): readonly Violation[] {
  const known = new Set(files.map(({ path }) => path));
  const edges = files.flatMap(importsOf);
  return [
    ...edges.flatMap((edge) => edgeViolations(edge, known)),
    ...cycles(edges.filter(({ to }) => known.has(to))),
    ...files.flatMap(timeViolations),
    ...files.flatMap(formatViolations),
  ].sort((a, b) => a.file === b.file ? a.line - b.line : a.file < b.file ? -1 : 1);
}

/** The area of a file; `runtime.ts` is the face of `runtime/`. */
function areaOf(path: string): string {
  if (path.includes("/")) return path.slice(0, path.indexOf("/"));
  return path === "runtime.ts" ? "runtime" : "root";
}

/** The room of a file of actors/; null for a file that the rooms share. */
function roomOf(path: string): string | null {
  const [area, room = ""] = path.split("/");
  return area === "actors" && ROOMS.includes(room) ? room : null;
}

function isTest(path: string): boolean {
  return path.endsWith("_test.ts") || areaOf(path) === "tests";
}

function edgeViolations(edge: ImportEdge, known: ReadonlySet<string>): readonly Violation[] {
  const { from, to, line } = edge;
  const broken = (message: string): readonly Violation[] => [{ file: from, line, message }];
  const home = PACKAGE_HOMES[to];
  if (home !== undefined) {
    const allowed = from.startsWith(home) || /^(tests|bench|scripts)\//.test(from);
    return allowed ? [] : broken(`imports ${to}, which only ${home} may know`);
  }
  if (!/\.(ts|wasm)$/.test(to)) return [];
  if (to.endsWith(".ts") && !known.has(to)) return broken(`imports ${to}, which is not there`);
  if (basename(to).startsWith("_") && dirname(to) !== dirname(from)) {
    return broken(`imports ${to}, which is private to its folder`);
  }
  return isTest(from) ? [] : arrowViolations(edge);
}

function arrowViolations({ from, to, line, typeOnly }: ImportEdge): readonly Violation[] {
  const [area, target] = [areaOf(from), areaOf(to)];
  const broken = (message: string): readonly Violation[] => [{ file: from, line, message }];
  const [room, otherRoom] = [roomOf(from), roomOf(to)];
  if (area === "actors" && otherRoom !== null && otherRoom !== room) {
    return broken(`imports ${to}: ${room ?? "what rooms share"} may not know actors/${otherRoom}`);
  }
  if (area === target || PROGRAMS[area]?.includes(target)) return [];
  if (target in PROGRAMS) return broken(`imports ${to}: ${area} may not know ${target}`);
  const allowed = MAY_IMPORT[area];
  if (allowed !== undefined && !allowed.includes(target)) {
    return broken(`imports ${to}: ${area} may not know ${target}`);
  }
  if (area === "actors" && BEHIND_PORTS.includes(target) && !typeOnly && !PORTS.includes(to)) {
    return broken(`imports ${to} as a value: actors know ports as types only`);
  }
  return [];
}

/** One violation for each group of files that import each other in a cycle. */
function cycles(edges: readonly ImportEdge[]): readonly Violation[] {
  const next = Map.groupBy(edges, ({ from }) => from);
  const state = new Map<string, "open" | "done">();
  const found: Violation[] = [];
  const visit = (path: string, trail: readonly string[]) => {
    state.set(path, "open");
    for (const { to, line } of next.get(path) ?? []) {
      if (state.get(to) === "open") {
        const circle = [...trail.slice(trail.indexOf(to)), to];
        found.push({ file: path, line, message: `closes a circle of imports: ${circle.join(" -> ")}` });
      } else if (!state.has(to)) visit(to, [...trail, to]);
    }
    state.set(path, "done");
  };
  for (const path of next.keys()) if (!state.has(path)) visit(path, [path]);
  return found;
}

function timeViolations({ path, text }: SourceFile): readonly Violation[] {
  if (path === CLOCK || MAY_TAKE_TIME.test(path)) return [];
  return withoutComments(text).split("\n").flatMap((line, index) => {
    const name = TIME.exec(line)?.[1];
    const message = `uses ${name}: time goes through the Clock of ${CLOCK}`;
    return name === undefined ? [] : [{ file: path, line: index + 1, message }];
  });
}

function formatViolations({ path, text }: SourceFile): readonly Violation[] {
  if (path.startsWith(FORMATS) || isTest(path)) return [];
  return withoutComments(text).split("\n").flatMap((line, index) => {
    const found = ASKS_FOR_FORMAT.exec(line), name = found?.[1] ?? found?.[2];
    const message = `asks for the format ${name}: what differs between formats is said by their entries in ${FORMATS}`;
    return name === undefined ? [] : [{ file: path, line: index + 1, message }];
  });
}
