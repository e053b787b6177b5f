/**
 * Reads a mapping: one clear problem for each mistake, all of them at once, before any row is read.
 *
 * @module
 */
import { z } from "zod";
import { ConfigError } from "../../../config/config_error.ts";
import { didYouMean } from "../../../config/did_you_mean.ts";
import { repeatedKeyProblems } from "../../../config/repeated_keys.ts";
import { type Mapping, mappingSchema } from "./language.ts";
import { contentProblems, type MappingProblem } from "./mapping_rules.ts";
import { planProblem } from "./trial_plan.ts";
import { isOfUndecided, undecidedProblems } from "./undecided.ts";

/**
 * Reads the text of a mapping.
 *
 * @param origin For messages: the path of its file.
 * @throws {ConfigError} With every mistake.
 */
export function parseMapping(text: string, origin: string): Mapping {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    const reason = `it is not JSON: ${cause instanceof Error ? cause.message : String(cause)}.`;
    throw new ConfigError([{ key: "", origin, reason, nextStep: "Correct the file." }], { cause });
  }
  const repeated = repeatedKeyProblems(text, origin);
  if (repeated.length > 0) throw new ConfigError(repeated);
  return checkMapping(value, origin);
}

/** As {@link parseMapping}, of a value. @throws {ConfigError} */
export function checkMapping(value: unknown, origin: string): Mapping {
  const parsed = mappingSchema.safeParse(value);
  const undecided = undecidedProblems(value);
  const others = parsed.success
    ? contentProblems(parsed.data)
    : narrowest(parsed.error.issues).flatMap((issue) => formProblems(issue, value));
  const problems = [...undecided, ...others.filter((problem) => !isOfUndecided(problem, undecided))];
  if (parsed.success && problems.length === 0) {
    const problem = planProblem(parsed.data);
    if (problem === null) return parsed.data;
    throw new ConfigError([{ ...problem, origin, nextStep: "Correct it." }]);
  }
  throw new ConfigError(problems.map((problem) => ({ ...problem, origin })));
}

type Issue = z.core.$ZodIssue;

const NOT_JSON_OBJECT = "Give a JSON object, as `deno task formats show binance-trades` prints one.";

function formProblems(issue: Issue, root: unknown, schema: unknown = mappingSchema): readonly MappingProblem[] {
  const { path } = issue;
  const key = path.join(".");
  if (issue.code === "unrecognized_keys") {
    return issue.keys.map((name) => unknownKey([...path, name], knownKeysAt(path, root)));
  }
  if (issue.code === "invalid_union") {
    // The user meant the form whose inside could be checked the furthest.
    const nearest = nearestForm(issue.errors);
    if (nearest !== null) {
      return narrowest(nearest).flatMap((nested) =>
        formProblems({ ...nested, path: [...path, ...nested.path] }, root, schema)
      );
    }
  }
  if (issue.code === "invalid_key") return [problemOf(key, root, `${issue.issues[0]?.message ?? issue.message}.`)];
  const value = valueAt(root, path);
  if (key === "") return [{ key: "", reason: "it is no mapping.", nextStep: NOT_JSON_OBJECT }];
  if (value === undefined) return [{ key, reason: "it is missing.", nextStep: missingStep(issue) }];
  if (issue.code === "custom" || issue.code === "invalid_format") return [problemOf(key, root, `${issue.message}.`)];
  const choices = choicesOf(issue);
  const meant = typeof value === "string" ? didYouMean(value, choices) : null;
  return [{
    ...shownAt(key, value),
    reason: choices.length > 0 ? `it must be one of ${choices.join(", ")}.` : `${expectedOf(issue)}.`,
    nextStep: meant !== null
      ? `Did you mean "${meant}"?`
      : path.at(-1) === "shift" && Number(value) < 0
      ? `A shift divides. To multiply, say "times": ${10 ** -Number(value)} in its place.`
      : "Correct the value.",
  }];
}

/** Without those that a narrower bound of the same value makes needless, which comes after them. */
function narrowest(issues: readonly Issue[]): readonly Issue[] {
  const key = ({ code, path }: Issue) => JSON.stringify([code, path]);
  const isBound = ({ code }: Issue) => code === "too_big" || code === "too_small";
  return issues.filter((issue, at) =>
    !isBound(issue) || !issues.slice(at + 1).some((later) => key(later) === key(issue))
  );
}

/** The branch of a union that fits best: the one whose problems are the deepest, or the fewest. */
function nearestForm(errors: readonly (readonly Issue[])[]): readonly Issue[] | null {
  const inside = errors.filter((issues) => issues.some(({ path, code }) => path.length > 0 || INSIDE.has(code)));
  const [best] = inside.toSorted((a, b) => a.length - b.length);
  return best ?? null;
}

const INSIDE: ReadonlySet<string> = new Set(["custom", "invalid_format", "unrecognized_keys"]);

function unknownKey(path: readonly PropertyKey[], known: readonly string[]): MappingProblem {
  const meant = didYouMean(String(path.at(-1)), known);
  return {
    key: path.join("."),
    reason: "there is no such key.",
    nextStep: meant !== null
      ? `Did you mean "${meant}"?`
      : known.length > 0
      ? `Known here: ${known.join(", ")}.`
      : "Leave it out.",
  };
}

/** The keys that the schema has at a path, of all its forms. */
function knownKeysAt(path: readonly PropertyKey[], root: unknown): readonly string[] {
  let schemas: readonly z.core.$ZodType[] = [mappingSchema];
  let value = root;
  for (const part of ["", ...path]) {
    if (part !== "") {
      schemas = schemas.flatMap((schema) => insideOf(schema, part));
      value = valueAt(value, [part]);
    }
    schemas = schemas.flatMap((schema) => formsOf(schema, value));
  }
  return [...new Set(schemas.flatMap((schema) => schema instanceof z.ZodObject ? Object.keys(schema.shape) : []))];
}

/** A schema without its wrappers; of a union its forms, of one that is told by a key that form. */
function formsOf(schema: z.core.$ZodType, value: unknown): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodReadonly || schema instanceof z.ZodExactOptional) return formsOf(schema.unwrap(), value);
  if (schema instanceof z.ZodDiscriminatedUnion) {
    const told = valueAt(value, [schema.def.discriminator]);
    return schema.options.filter((option) => {
      const shape = option instanceof z.ZodObject ? option.shape : {};
      const mark: unknown = shape[schema.def.discriminator];
      return mark instanceof z.ZodLiteral && mark.value === told;
    });
  }
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option) => formsOf(option, value));
  return [schema];
}

function insideOf(schema: z.core.$ZodType, key: PropertyKey): readonly z.core.$ZodType[] {
  if (schema instanceof z.ZodArray) return [schema.element];
  if (schema instanceof z.ZodRecord) return [schema.valueType];
  if (!(schema instanceof z.ZodObject)) return [];
  const part: unknown = schema.shape[String(key)];
  return part instanceof z.ZodType ? [part] : [];
}

function choicesOf(issue: Issue): readonly string[] {
  if (issue.code === "invalid_value") return issue.values.map(String);
  if (issue.code === "invalid_union" && "options" in issue && Array.isArray(issue.options)) {
    return issue.options.map(String);
  }
  return [];
}

function expectedOf(issue: Issue): string {
  if (issue.code === "invalid_type") return `it must be of type ${issue.expected}`;
  if (issue.code === "too_small") {
    if (issue.origin === "number" || issue.origin === "int") return `the smallest is ${issue.minimum}`;
    return issue.origin === "string" ? "it is empty" : `it has fewer than ${issue.minimum}`;
  }
  if (issue.code === "too_big") return `the largest is ${issue.maximum}`;
  if (issue.code === "invalid_union") return "it fits none of the forms that stand here";
  return issue.message;
}

function missingStep(issue: Issue): string {
  const choices = choicesOf(issue);
  return choices.length === 0 ? "Give it." : `Give one of ${choices.join(", ")}.`;
}

function problemOf(key: string, root: unknown, reason: string): MappingProblem {
  return { ...shownAt(key, valueAt(root, key.split("."))), reason, nextStep: "Correct it." };
}

/** Longer values are left out. */
const LONGEST_SHOWN = 100;

function shownAt(key: string, value: unknown): { readonly key: string; readonly value?: unknown } {
  const isShort = typeof value === "string" ? value.length <= LONGEST_SHOWN : typeof value !== "object";
  return isShort ? { key, value } : { key };
}

function valueAt(input: unknown, path: readonly PropertyKey[]): unknown {
  let value = input;
  for (const key of path) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, key)) return undefined;
    value = Reflect.get(value, key);
  }
  return value;
}
