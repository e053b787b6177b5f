/**
 * Lays settings from several places over one another, and remembers where each value came from.
 *
 * @module
 */
import { resolve } from "node:path";
import type { ConfigProblem } from "./config_error.ts";
import type { SettingReference } from "./settings_reference.ts";

/** The places, in rising precedence. */
const LAYERS = ["file", "environment", "flag"] as const;

/** Deeper than any setting, and far less than the stack holds. */
const MAX_DEPTH = 16;

/** Settings that take a text in place of their object: the setting inside that the text stands for. */
const SHORT_FORMS: ReadonlyMap<string, readonly string[]> = new Map([["registry", ["registry", "url"]]]);

/** Where a value came from. */
export interface LayerOrigin {
  readonly layer: typeof LAYERS[number];
  /** For people, e.g. `flag --brokers`. */
  readonly origin: string;
  /** Relative paths start here. */
  readonly folder: string;
}

interface Assignment extends LayerOrigin {
  readonly path: readonly string[];
  readonly value: unknown;
}

type Tree = { [key: string]: unknown };

/** Collects values. A later value replaces an earlier one, and those above or below it in the tree. */
export class SettingLayers {
  readonly #assignments = new Map<string, Assignment>();

  add(path: readonly string[], assigned: LayerOrigin & { readonly value: unknown }): void {
    for (const known of this.#related(path)) this.#assignments.delete(keyOf(known.path));
    this.#assignments.set(keyOf(path), { ...assigned, path });
  }

  /** Adds each value of a nested object. A text that stands for one setting of an object is added as that setting. */
  addObject(value: object, from: LayerOrigin, path: readonly string[] = []): void {
    // No setting is that deep: the schema refuses the whole value there.
    const isTooDeep = path.length >= MAX_DEPTH;
    for (const [key, child] of Object.entries(value)) {
      if (child === undefined) continue;
      const isTree = typeof child === "object" && child !== null && !Array.isArray(child);
      const short = typeof child === "string" ? SHORT_FORMS.get(keyOf([...path, key])) : undefined;
      if (isTree && !isTooDeep && Object.keys(child).length > 0) this.addObject(child, from, [...path, key]);
      else if (short !== undefined) this.add(short, { value: child, ...from });
      else this.add([...path, key], { value: child, ...from });
    }
  }

  /** Origin of each value, by dotted path. */
  origins(): ReadonlyMap<string, string> {
    return new Map([...this.#assignments.values()].map(({ path, origin }) => [path.join("."), origin]));
  }

  /** Origin of the value at a path, or of the first one above or below it. */
  originOf(path: readonly PropertyKey[]): string {
    return this.#related(path)[0]?.origin ?? "not set";
  }

  /** One object for the schema: paths absolute, secrets read from their files, the kind of registry log-in filled in. */
  merge(
    references: readonly SettingReference[],
    cwd: string,
  ): { readonly input: Readonly<Tree>; readonly problems: readonly ConfigProblem[] } {
    const problems = references.flatMap((reference) => this.#readSecret(reference));
    this.#inferLogin(["registry", "auth"]);
    const input: Tree = {};
    for (const { path, filePath, defaultValue } of references) {
      if (filePath && typeof defaultValue === "string") setAt(input, path, resolve(cwd, defaultValue));
    }
    for (const { path, value, folder } of this.#assignments.values()) {
      const reference = references.find((known) => keyOf(known.path) === keyOf(path));
      const isPath = reference?.filePath === true && typeof value === "string" && value !== "";
      setAt(input, path, isPath ? resolve(folder, value) : value);
    }
    return { input, problems };
  }

  #related(path: readonly PropertyKey[]): readonly Assignment[] {
    const key = keyOf(path);
    return [...this.#assignments].filter(([known]) =>
      known === key || known.startsWith(`${key}\0`) || key.startsWith(`${known}\0`)
    ).map(([, assignment]) => assignment);
  }

  /** Puts the content of a secret's file in the secret's place, unless a higher layer gives the secret itself. */
  #readSecret(secret: SettingReference): readonly ConfigProblem[] {
    if (secret.fileKey === null) return [];
    const path = [...secret.path.slice(0, -1), secret.fileKey];
    const key = path.join(".");
    const file = this.#assignments.get(keyOf(path));
    const plain = this.#assignments.get(keyOf(secret.path));
    if (file === undefined) return [];
    this.#assignments.delete(keyOf(path));
    if (plain?.layer === file.layer) {
      const reason = `${secret.path.at(-1)} and ${secret.fileKey} are both given.`;
      return [{ key, origin: file.origin, reason, nextStep: "Leave one of them out." }];
    }
    if (plain !== undefined && LAYERS.indexOf(plain.layer) > LAYERS.indexOf(file.layer)) return [];
    const { value, reason } = readSecretFile(file);
    this.add(secret.path, { ...file, value });
    if (reason === null) return [];
    const nextStep = "Name a readable file that holds nothing else.";
    return [{ key, value: file.value, origin: file.origin, reason, nextStep }];
  }

  /** The environment gives only the parts of a log-in, so its kind follows from the parts. */
  #inferLogin(path: readonly string[]): void {
    const given = this.#related(path);
    const first = given[0];
    if (first === undefined || given.some((known) => known.path.at(-1) === "type")) return;
    const keys = given.map((known) => known.path.at(-1));
    const type = keys.includes("token") ? "bearer" : keys.includes("username") ? "basic" : null;
    if (type !== null) this.add([...path, "type"], { ...first, value: type });
  }
}

/** The content of a secret's file, or a stand-in and the reason why there is none. */
function readSecretFile(file: Assignment): { readonly value: string; readonly reason: string | null } {
  const failed = (reason: string) => ({ value: "unread", reason });
  if (typeof file.value !== "string" || file.value === "") return failed("it must be a path.");
  const path = resolve(file.folder, file.value);
  try {
    const value = Deno.readTextFileSync(path).replace(/\r?\n$/, "");
    return value === "" ? failed(`the file ${path} is empty.`) : { value, reason: null };
  } catch (cause) {
    return failed(`the file ${path} cannot be read (${cause instanceof Error ? cause.name : "unknown error"}).`);
  }
}

function keyOf(path: readonly PropertyKey[]): string {
  return path.join("\0");
}

function setAt(tree: Tree, path: readonly string[], value: unknown): void {
  let node = tree;
  for (const key of path.slice(0, -1)) {
    const child = Object.hasOwn(node, key) ? node[key] : undefined;
    if (isTree(child)) node = child;
    else node = define(node, key, {});
  }
  define(node, path.at(-1) ?? "", value);
}

/** Does not assign: assigning a key such as `__proto__` would not make a property. */
function define<T>(node: Tree, key: string, value: T): T {
  Object.defineProperty(node, key, { value, enumerable: true, writable: true, configurable: true });
  return value;
}

function isTree(value: unknown): value is Tree {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
