/**
 * What the rows of a source are written to under the version flag of the moment: one incarnation's part of the work. The
 * targets of the source's own rows are resolved at once, those of other datasets when their first row comes.
 *
 * @module
 */
import type { SchemaVersion } from "../../schemas/record_types.ts";
import { versionsUnder } from "../../config/version_flag.ts";
import type { Dataset, RowBatch, RowSource } from "../../sources/source.ts";
import { assertNever } from "../../kernel/assert_never.ts";
import type { PartContext } from "../../kernel/part_context.ts";
import { hasRecords } from "../encoding/has_records.ts";
import type { Epoch, Target } from "../messages.ts";
import type { TargetOptions } from "./source_actor_options.ts";

/** What it tells itself, through its actor. */
export type SourceTargetsMessage =
  | {
    readonly type: "targets_resolved";
    readonly epoch: number;
    readonly dataset: Dataset;
    readonly targets: readonly Target[];
  }
  | { readonly type: "targets_failed"; readonly epoch: number; readonly cause: unknown };

/** Options of {@link SourceTargets}. */
export interface SourceTargetsOptions {
  readonly source: RowSource;
  readonly epoch: Epoch;
  readonly resolveTarget: (version: SchemaVersion, options: TargetOptions) => Promise<Target>;
  /** The targets of the source's own rows are known. */
  readonly resolved: (targets: readonly Target[]) => void;
  readonly failed: (cause: unknown) => void;
  readonly context: Pick<PartContext<SourceTargetsMessage>, "signal" | "pipeToSelf">;
}

export class SourceTargets {
  readonly #options: SourceTargetsOptions;
  #epoch: Epoch;
  #own: readonly Target[] | null = null;
  /** Of rows of other datasets than the source's own; null while they are being resolved. */
  readonly #others = new Map<Dataset, readonly Target[] | null>();

  constructor(options: SourceTargetsOptions) {
    this.#options = options;
    this.#epoch = options.epoch;
    this.#resolve();
  }

  get epoch(): Epoch {
    return this.#epoch;
  }

  /** Those of the source's own rows; null while they are being resolved. */
  get own(): readonly Target[] | null {
    return this.#own;
  }

  /** A new epoch: none are known until the new ones are. */
  change(epoch: Epoch): void {
    this.#epoch = epoch;
    this.#own = null;
    this.#others.clear();
    this.#resolve();
  }

  /** Null while they are being resolved, and while the schema of a first record is. */
  of(batch: RowBatch): readonly Target[] | null {
    const { dataset = this.#options.source } = batch;
    const own = dataset === this.#options.source;
    const known = own || this.#own === null ? this.#own : this.#others.get(dataset);
    if (known === null) return null;
    const first = known?.filter((target) => target.schema === null && hasRecords(batch, target)) ?? [];
    if (known !== undefined && first.length === 0) return known;
    if (own) this.#own = null;
    else this.#others.set(dataset, null);
    this.#resolve(dataset, first.map(({ version }) => version));
    return null;
  }

  receive(message: SourceTargetsMessage): void {
    // Targets of an epoch that is over are useless.
    if (message.epoch !== this.#epoch.number) return;
    switch (message.type) {
      case "targets_resolved":
        return this.#resolved(message);
      case "targets_failed":
        return this.#options.failed(message.cause);
      default:
        assertNever(message);
    }
  }

  #resolved({ dataset, targets }: { readonly dataset: Dataset; readonly targets: readonly Target[] }): void {
    const { source, resolved } = this.#options;
    if (dataset !== source) return void this.#others.set(dataset, targets);
    this.#own = targets;
    resolved(targets);
  }

  /** @param written Versions that there is a record of. */
  #resolve(dataset: Dataset = this.#options.source, written: readonly SchemaVersion[] = []): void {
    const epoch = this.#epoch;
    const { resolveTarget, context } = this.#options;
    const { signal } = context;
    context.pipeToSelf(
      Promise.all(
        versionsUnder(epoch.flag).map((version) =>
          resolveTarget(version, { dataset, epoch, write: written.includes(version), signal })
        ),
      ),
      (targets): SourceTargetsMessage => ({ type: "targets_resolved", epoch: epoch.number, dataset, targets }),
      (cause): SourceTargetsMessage => ({ type: "targets_failed", epoch: epoch.number, cause }),
    );
  }
}
