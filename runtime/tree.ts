/**
 * The supervision tree: which actors there are, and which supervises which.
 *
 * ```text
 * root
 * ├── stores      dead_letters, checkpoints
 * ├── lookup      registry, schema_loader
 * ├── producers   one per topic, by demand
 * ├── converters  converter
 * └── sources     one per source, by demand
 * ```
 *
 * It starts from the top and stops from the bottom: sources stop reading first, and what is under way drains through.
 * Actors fail alone: a producer or a source that cannot do its work ends by itself; only one that every source needs (a
 * store, a lookup, the converter) ends the tree, and only with work waiting for it.
 *
 * @module
 */
import { converterActor } from "../actors/converters/converter.ts";
import { registryActor } from "../actors/lookup/registry.ts";
import { schemaLoaderActor } from "../actors/lookup/schema_loader.ts";
import type {
  CheckpointsMessage,
  ConverterMessage,
  DeadLettersMessage,
  SchemaLoaderMessage,
} from "../actors/messages.ts";
import { checkpointsActor } from "../actors/stores/checkpoints.ts";
import { deadLettersActor } from "../actors/stores/dead_letters.ts";
import type { Settings } from "../config/settings.ts";
import { defineActor, defineSupervisor } from "../kernel/mod.ts";
import type { ActorRef, Slot, SupervisorSlot } from "../kernel/types.ts";
import { CheckpointError } from "../state/checkpoint_error.ts";
import type { Observer } from "../telemetry/events.ts";
import { TopicContents } from "../transport/topic_contents.ts";
import { BACKOFF, INTENSITY, PERIOD_MS, RETRY, ROOT_BUDGET, STORE_INTENSITY } from "./limits.ts";
import type { RuntimePorts } from "./ports.ts";

/** What the tree is made with: ports whose defaults are filled in. */
export interface TreePorts extends RuntimePorts {
  readonly observe: Observer;
  readonly random: () => number;
}

/** A tree before it starts. */
export interface Tree {
  readonly root: SupervisorSlot;
  readonly producers: SupervisorSlot;
  readonly sources: SupervisorSlot;
  readonly loader: ActorRef<SchemaLoaderMessage>;
  readonly converter: ActorRef<ConverterMessage>;
  readonly deadLetters: ActorRef<DeadLettersMessage>;
  /** Null without a store of checkpoints. */
  readonly checkpoints: ActorRef<CheckpointsMessage> | null;
}

/** Defines every actor that is there from the start; producers and sources join by demand. */
export function defineTree(settings: Settings, ports: TreePorts): Tree {
  const { observe, random } = ports;
  const deadLetters = defineActor(deadLettersActor({ sink: ports.deadLetters, observe }));
  const store = ports.checkpoints?.store;
  const checkpoints = store && defineActor(checkpointsActor({
    sink: { save: (checkpoint, options) => store.durably(() => store.save(checkpoint, options)) },
    isRefusal: (cause) => cause instanceof CheckpointError || store.isBroken,
    observe,
  }));
  const registry = defineActor(registryActor({
    registry: ports.registry,
    address: settings.registry.url ?? "embedded registry",
    register: settings.schemas.register,
    compatibility: settings.schemas.compatibility ?? null,
    observe,
    retry: RETRY,
    random,
  }));
  const loader = defineActor(schemaLoaderActor({
    registry: registry.ref,
    subjects: settings.schemas.subjects,
    topicSubject: settings.schemas.topicSubject,
    contents: new TopicContents(ports),
    rules: settings.topics,
    observe,
    retry: RETRY,
    random,
  }));
  const converter = defineActor(converterActor({ verify: settings.pipeline.verify }));
  const [producers, sources] = [group("producers"), group("sources")];
  const root = defineSupervisor({
    id: "root",

    budget: ROOT_BUDGET,
    backoff: BACKOFF,
    children: [
      group("stores", checkpoints === undefined ? [deadLetters] : [deadLetters, checkpoints], STORE_INTENSITY),
      group("lookup", [registry, loader]),
      producers,
      group("converters", [converter], converterIntensity(settings.pipeline)),
      sources,
    ],
  });
  return {
    root,
    producers,
    sources,
    loader: loader.ref,
    converter: converter.ref,
    deadLetters: deadLetters.ref,
    checkpoints: checkpoints?.ref ?? null,
  };
}

function group(id: string, children: readonly Slot[] = [], intensity = INTENSITY): SupervisorSlot {
  const budget = { intensity, periodMs: PERIOD_MS };
  return defineSupervisor({ id, budget, backoff: BACKOFF, children });
}

/**
 * Finding the one row of a batch that crashes the converter is a series of crashes: the first attempts, then one for each
 * time that the batch is halved. That, and a few such rows next to each other, is no reason to give up.
 */
function converterIntensity({ maxAttempts, batchRows }: Settings["pipeline"]): number {
  return INTENSITY + maxAttempts + Math.ceil(Math.log2(batchRows));
}
