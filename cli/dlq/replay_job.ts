/**
 * A replay: reads letters and gives an account. It uses the whole pipeline, as a load does.
 *
 * @module
 */
import { type Clock, systemClock } from "../../kernel/clock.ts";
import type { Settings } from "../../config/settings.ts";
import { type VersionFlag, versionsUnder } from "../../config/version_flag.ts";
import { Account } from "../../actors/delivery/account.ts";
import type { ReusedId } from "../../actors/delivery/already_written.ts";
import { topicNamesFor } from "../../config/topics.ts";
import type { RuntimePorts } from "../../runtime.ts";
import type { IdIndex } from "../../runtime/resuming/id_index.ts";
import { DATA_TYPE_OF } from "../../schemas/record_types.ts";
import { openDeadLetterSource } from "../../sources/dead_letter_source.ts";
import { rowLayoutOf } from "../../sources/formats/formats.ts";
import type { RowOptions } from "../../sources/formats/row_options.ts";
import type { GoodRow, RowSource } from "../../sources/source.ts";
import { CheckpointStore } from "../../state/checkpoints.ts";
import type { StateDatabase } from "../../state/database.ts";
import {
  type DeadLetterFilter,
  DeadLetterStore,
  replayOriginOf,
  type StoredDeadLetter,
} from "../../state/dead_letters.ts";
import type { ReplayMark, ReplayTopic } from "../../state/replay_mark.ts";
import { type LoadProgress, runLoad } from "../load/load_job.ts";
import { countedReport, type LoadReport, type LoadResult } from "../load/load_report.ts";
import { reusedExample } from "../load/reused_example.ts";
import { FoundRows } from "./found_rows.ts";
import { LetterLedger, replayIdOf } from "./letter_ledger.ts";
import { planReplay, type ReplayPass, type ReplayPlan, settingsOfPass } from "./replay_plan.ts";
import { type LetterOrigin, nextRows, type ReplayFormat, type ReplayVersions } from "./replay_rows.ts";

/** Which letters to replay, and how. */
export interface ReplayJobOptions {
  readonly database: StateDatabase;
  /** The selected letters; other letters of the same rows are replayed with them. */
  readonly filter: DeadLetterFilter;
  /** What the rows are. */
  readonly format: RowOptions;
  /** Header of csv rows whose letters do not say it. @default none: they are not replayed */
  readonly header?: string | undefined;
  /** Read the whole topics, and write no row that they have. @default false */
  readonly onlyMissing?: boolean | undefined;
  /** Makes the index of the topics' records, if it is needed. */
  readonly openIndex: () => IdIndex;
  /** When aborted: stop reading, and let what is in flight settle. */
  readonly signal: AbortSignal;
  /** Called when all letters were examined, before anything is sent. */
  readonly onPlanned?: (plan: ReplayPlan) => void;
  /** Called for each run of the pipeline, once its tree is up. */
  readonly onStarted?: (progress: LoadProgress) => void;
}

/** The account as `dlq replay --json` prints it. The first part counts rows. */
export interface ReplayReport extends Omit<LoadReport, "command" | "resumed_from" | "shared_ids" | "overlap"> {
  readonly command: "dlq replay";
  /** Letters that were selected, with those of the same rows: the sum of the next five. */
  readonly letters: number;
  /** Letters whose rows are delivered; the replay removed them. */
  readonly replayed: number;
  /**
   * Letters whose rows were in the topics already, written by an earlier replay that did not finish; this replay
   * removed them.
   */
  readonly found_in_topic: number;
  /** Letters whose rows were refused again; they hold the new reason. */
  readonly still_refused: number;
  /** Letters that cannot be replayed, or not now. */
  readonly not_replayable: number;
  /** Letters that stayed as they were because the replay ended early. */
  readonly not_reached: number;
  readonly not_replayable_reasons: Readonly<Record<string, number>>;
}

/** The report together with the errors themselves, for messages. */
export interface ReplayResult {
  readonly report: ReplayReport;
  readonly errors: LoadResult["errors"];
}

/** Rows are in the topics, but their letters could not be removed. */
export class LettersNotRemovedError extends Error {
  override readonly name = "LettersNotRemovedError";
  constructor(readonly rows: number, options: ErrorOptions) {
    super(
      `The dead letters of ${rows} rows that are delivered could not be removed: ` +
        `${options.cause instanceof Error ? options.cause.message : options.cause}. Correct that and ` +
        "replay again: these rows are then found in their topics, and not written a second time.",
      options,
    );
  }
}

/**
 * Replays letters. Rejects only if the tree cannot be started or something that a replay needs cannot be read.
 *
 * @throws {StorageError}
 * @throws {LogError}
 * @throws {RegistryError}
 * @throws {SourceError} If the symbol of a tick file is not known.
 * @throws {LettersNotRemovedError}
 */
export async function runReplay(
  settings: Settings,
  ports: Omit<RuntimePorts, "deadLetters">,
  options: ReplayJobOptions,
): Promise<ReplayResult> {
  return await new ReplayJob(settings, ports, options).run();
}

class ReplayJob {
  readonly #settings: Settings;
  readonly #ports: Omit<RuntimePorts, "deadLetters">;
  readonly #options: ReplayJobOptions;
  readonly #clock: Clock;
  readonly #store: DeadLetterStore;
  readonly #checkpoints: CheckpointStore;
  /** The versions that the replay writes. */
  readonly #topics: readonly ReplayTopic[];
  /** Rows that the topics have with other content, by their source and by the origin of their load. */
  readonly #others = new Set<string>();
  readonly #failed = new AbortController();
  readonly #results: LoadResult[] = [];
  readonly #account = new Account();
  #startedAt: number | null = null;
  #replayed = 0;
  #stillRefused = 0;
  #foundInTopic = 0;
  #settledBeside = 0;
  #idReused = 0;
  #firstReused: ReusedId | null = null;

  constructor(settings: Settings, ports: Omit<RuntimePorts, "deadLetters">, options: ReplayJobOptions) {
    const { database } = options;
    this.#settings = settings;
    this.#ports = ports;
    this.#options = options;
    this.#clock = ports.clock ?? systemClock;
    this.#store = new DeadLetterStore(database);
    this.#checkpoints = new CheckpointStore(database, { clock: this.#clock });
    this.#topics = this.#topicsUnder(settings.schemaVersion);
  }

  async run(): Promise<ReplayResult> {
    const first = this.#plan();
    this.#options.onPlanned?.(first);
    const plan = await this.#settleFound(first) ? this.#plan() : first;
    for (const pass of plan.passes) {
      if (this.#options.signal.aborted) break;
      await this.#runPass(plan, pass);
    }
    return { report: await this.#report(first, plan), errors: this.#results.flatMap(({ errors }) => errors) };
  }

  #plan(): ReplayPlan {
    const { filter } = this.#options;
    return planReplay(this.#store, { ...this.#format, filter, flag: this.#settings.schemaVersion });
  }

  get #format(): Pick<ReplayFormat, "needsHeader" | "isOther"> {
    // If its file was renamed, a row also has letters under another source.
    const keysOf = (
      letter: StoredDeadLetter,
    ) => [placeKey(letter), placeKey({ ...letter, source: replayOriginOf(letter) })];
    return {
      needsHeader: this.#needsHeader,
      isOther: (letter) => this.#others.size > 0 && keysOf(letter).some((key) => this.#others.has(key)),
    };
  }

  get #needsHeader(): boolean {
    const { format, header } = this.#options;
    return header === undefined && rowLayoutOf(format.format, format.kind).readHeader !== null;
  }

  /** Looks for the records of an earlier replay that did not finish. @returns whether there was such a replay. */
  async #settleFound(plan: ReplayPlan): Promise<boolean> {
    const { openIndex, onlyMissing = false, signal } = this.#options;
    const places = this.#topicsOf(plan.passes.length > 0 ? plan.versions : []).flatMap((place) => {
      const mark: ReplayMark | null = onlyMissing ? { next: [], reopened: true } : this.#checkpoints.replays.get(place);
      return mark === null ? [] : [{ ...place, ...mark }];
    });
    if (places.length === 0) return false;
    const { log, observe = () => {} } = this.#ports;
    const options = { log, observe, openIndex, signal, checkpoints: this.#checkpoints, clock: this.#clock };
    const byContent = places.some(({ reopened }) => reopened);
    const found = new FoundRows(places, { ...options, byContent });
    const rowsOf = (source: RowSource, { pass, origin }: LettersOfPass) =>
      found.of(source, { file: origin.source, versions: pass.versions });
    for (const letters of byContent ? lettersOf(plan) : []) {
      const source = this.#sourceOf(plan, letters);
      const rows = await rowsOf(source, letters);
      await forEachGoodRow(source, (row) => rows.keep(row));
    }
    for (const letters of lettersOf(plan)) {
      const ledger = this.#ledgerOf(letters.pass);
      const source = this.#sourceOf(plan, letters);
      const rows = await rowsOf(source, letters);
      await forEachGoodRow(source, (row, bytes) => {
        const { has, isOther, reused } = rows.find(row);
        const place = { ...letters.origin, row: row.row, bytes, messageId: row.messageId };
        if (isOther) this.#noteOther(place, row);
        else if (reused !== null) {
          this.#idReused += 1;
          this.#firstReused ??= reused;
        }
        if (has.length > 0) this.#foundInTopic += ledger.settle(place, has);
      });
      this.#settledBeside += ledger.settledBeside;
    }
    return true;
  }

  #noteOther(place: LetterOrigin & { readonly row: number }, { replayOf }: GoodRow): void {
    this.#others.add(placeKey(place));
    if (replayOf !== undefined) this.#others.add(placeKey({ ...place, source: replayOf.toHex() }));
  }

  async #runPass(plan: ReplayPlan, pass: ReplayPass): Promise<void> {
    const ledger = this.#ledgerOf(pass);
    const sources = new Map(pass.origins.map((origin) => [this.#sourceOf(plan, { pass, origin }), origin]));
    const topics = this.#topicsOf(pass.versions);
    this.#startedAt ??= this.#clock.monotonic();
    for (const place of topics) await this.#mark(place);
    const result = await runLoad(settingsOfPass(this.#settings, pass), { ...this.#ports, deadLetters: ledger }, {
      sources: [...sources.keys()],
      // Letters of rows that stay bad are not new, so they are no failure.
      tooManyDeadLetters: () => null,
      optionsOf: (source) => {
        const origin = sources.get(source);
        return origin === undefined ? {} : { onReceipt: (row) => ledger.acknowledge(origin, row) };
      },
      signal: AbortSignal.any([this.#options.signal, this.#failed.signal]),
      ...(this.#options.onStarted === undefined ? {} : { onStarted: this.#options.onStarted }),
    });
    this.#results.push(result);
    this.#account.merge(result.account);
    this.#replayed += ledger.replayed;
    this.#stillRefused += ledger.stillRefused;
    this.#settledBeside += ledger.settledBeside;
    if (ledger.unremoved > 0) throw new LettersNotRemovedError(ledger.unremoved, { cause: this.#failed.signal.reason });
    const { stopped, lost } = result.report;
    // If a source was stopped, rows whose acknowledgement never arrived may be in the topic.
    if (stopped.length === 0 && lost === 0) { for (const place of topics) this.#checkpoints.replays.clear(place); }
  }

  /** Notes the end of each topic before the first send: after a kill, the next replay searches from there. */
  async #mark(place: ReplayTopic): Promise<void> {
    const { admin } = this.#ports.log;
    const isThere = await admin.describeTopic(place.topic) !== null;
    const next = isThere ? (await admin.offsets(place.topic)).map(({ end }) => end) : [];
    this.#checkpoints.replays.set(place, { next, reopened: false });
  }

  #ledgerOf({ versions }: ReplayPass): LetterLedger {
    const { database } = this.#options;
    return new LetterLedger({
      database,
      store: this.#store,
      versions,
      topics: this.#topicsOf(versions),
      topicsUnder: (flag) => this.#topicsUnder(flag),
      onFailure: (cause) => this.#failed.abort(cause),
    });
  }

  #topicsOf(versions: ReplayVersions): ReplayTopic[] {
    return this.#topics.filter(({ version }) => versions.includes(version));
  }

  #topicsUnder(schemaVersion: VersionFlag): ReplayTopic[] {
    const { exchange, assetClass, kind } = this.#options.format;
    const parts = { exchange, assetClass, dataType: DATA_TYPE_OF[kind], schemaVersion };
    const names = topicNamesFor(this.#settings.topics.pattern, parts);
    return versionsUnder(schemaVersion).flatMap((version) => {
      const topic = names[version];
      return topic === undefined ? [] : [{ topic, version }];
    });
  }

  #sourceOf(
    plan: ReplayPlan,
    { pass, origin }: LettersOfPass,
  ): RowSource {
    const { filter, format, header } = this.#options;
    return openDeadLetterSource({
      ...format,
      id: replayIdOf(origin),
      path: origin.file,
      header,
      clock: this.#clock,
      rowsAfter: (after, limit) =>
        nextRows(this.#store, {
          origin,
          filter,
          versions: plan.versions,
          ...this.#format,
          only: pass.versions,
          after,
          limit,
        }),
    });
  }

  async #report({ letters }: ReplayPlan, plan: ReplayPlan): Promise<ReplayReport> {
    const reasons = new Map(plan.notReplayable);
    // They were left for a replay under their own version flag, and are settled now.
    const beside = Math.min(this.#settledBeside, reasons.get("other_version") ?? 0);
    const left = (reasons.get("other_version") ?? 0) - beside;
    if (left > 0) reasons.set("other_version", left);
    else reasons.delete("other_version");
    const notReplayable = [...reasons.values()].reduce((sum, count) => sum + count, 0);
    const replayed = this.#replayed + beside;
    const settled = replayed + this.#foundInTopic + this.#stillRefused + notReplayable;
    return {
      ...countedReport(this.#account, this.#startedAt ?? 0),
      held_back: this.#results.flatMap(({ report }) => report.held_back),
      stopped: this.#results.flatMap(({ report }) => report.stopped),
      command: "dlq replay",
      schema_version: this.#settings.schemaVersion,
      interrupted: this.#options.signal.aborted,
      id_reused: this.#idReused,
      id_reused_example: this.#firstReused === null ? null : await reusedExample(this.#firstReused, this.#ports.log),
      letters,
      replayed,
      found_in_topic: this.#foundInTopic,
      still_refused: this.#stillRefused,
      not_replayable: notReplayable,
      not_reached: letters - settled,
      not_replayable_reasons: Object.fromEntries(reasons),
    };
  }
}

/** The letters of one source in a pass. */
interface LettersOfPass {
  readonly pass: ReplayPass;
  readonly origin: ReplayPass["origins"][number];
}

function lettersOf({ passes }: ReplayPlan): LettersOfPass[] {
  return passes.flatMap((pass) => pass.origins.map((origin) => ({ pass, origin })));
}

/** By the id of a source or by an origin: the two never coincide. */
function placeKey({ source, dataType, row }: LetterOrigin & { readonly row: number }): string {
  return JSON.stringify([source, dataType, row]);
}

const BATCH_ROWS = 1_000;

async function forEachGoodRow(source: RowSource, visit: (row: GoodRow, bytes: Uint8Array) => void): Promise<void> {
  const reader = await source.open();
  try {
    for (let batch = await reader.next(BATCH_ROWS); batch !== null; batch = await reader.next(BATCH_ROWS)) {
      for (const row of batch.rows) if (row.ok) visit(row, batch.raw(row));
    }
  } finally {
    await reader.close();
  }
}
