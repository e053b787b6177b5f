/**
 * Plans a replay: which sources, which versions, how many letters.
 *
 * @module
 */
import { type VersionFlag, versionsUnder } from "../../config/version_flag.ts";
import { topicPatternFor } from "../../config/topics.ts";
import type { Settings } from "../../config/settings.ts";
import type { DeadLetterFilter, DeadLetterStore } from "../../state/dead_letters.ts";
import {
  judgedRows,
  type LetterOrigin,
  type NotReplayable,
  type ReplayFormat,
  type ReplayVersions,
} from "./replay_rows.ts";

/** Rows that one run of the pipeline writes in the same versions. */
export interface ReplayPass {
  readonly versions: ReplayVersions;
  readonly origins: readonly (LetterOrigin & { readonly file: string })[];
}

/** The whole plan. */
export interface ReplayPlan {
  /** The versions that are written. */
  readonly versions: ReplayVersions;
  readonly passes: readonly ReplayPass[];
  /** Letters that were selected, with those of the same rows. */
  readonly letters: number;
  /** Rows that will be read. */
  readonly rows: number;
  readonly notReplayable: ReadonlyMap<NotReplayable, number>;
}

/**
 * Examines all letters once.
 *
 * @throws {StorageError}
 */
export function planReplay(
  store: DeadLetterStore,
  { filter, flag, ...format }: Pick<ReplayFormat, "needsHeader" | "isOther"> & {
    readonly filter: DeadLetterFilter;
    readonly flag: VersionFlag;
  },
): ReplayPlan {
  const versions = versionsUnder(flag);
  const origins = new Map<string, Set<ReplayPass["origins"][number]>>();
  const notReplayable = new Map<NotReplayable, number>();
  let letters = 0, rows = 0;
  for (const { source, dataType, file } of store.listSources(filter)) {
    const origin = { source, dataType, file };
    for (const { replayed, beside, left } of judgedRows(store, { ...format, origin, filter, versions, after: 0 })) {
      for (const why of left) notReplayable.set(why, (notReplayable.get(why) ?? 0) + 1);
      letters += left.length + beside;
      if (replayed === null) continue;
      letters += replayed.letters;
      rows += 1;
      const pass = replayed.versions.join();
      origins.set(pass, (origins.get(pass) ?? new Set()).add(origin));
    }
  }
  // Single versions first: then a row that is refused for one version does not come again in a later pass.
  const passes = [["v1"], ["v2"], ["v1", "v2"]] as const;
  return {
    versions,
    passes: passes.map((versions) => ({ versions, origins: [...origins.get(versions.join()) ?? []] }))
      .filter(({ origins }) => origins.length > 0),
    letters,
    rows,
    notReplayable,
  };
}

/** The settings for a pass: a row of one version goes to the same topic as it would together with the other version. */
export function settingsOfPass(settings: Settings, { versions }: ReplayPass): Settings {
  const [version, other] = versions;
  if (settings.schemaVersion !== "both" || version === undefined || other !== undefined) return settings;
  const { pattern } = settings.topics;
  const sideBySide = topicPatternFor(pattern, { version, sideBySide: true });
  return {
    ...settings,
    schemaVersion: version,
    topics: { ...settings.topics, pattern: { ...pattern, [version]: sideBySide } },
  };
}
