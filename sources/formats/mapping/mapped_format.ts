/**
 * Mappings as a format.
 *
 * @module
 */
import { KIND_OF, type RecordKind } from "../../../schemas/record_types.ts";
import type { Format, RowLayout } from "../format.ts";
import type { Mapping } from "./language.ts";
import { mappedLayout } from "./mapped_layout.ts";
import { namedLayouts } from "./named_layouts.ts";

/**
 * The format of mappings that have one name, each of another data type.
 *
 * @param isFixed Whether the mappings never change, so that checkpoints need not tell one from another.
 */
export function formatOf(mappings: readonly Mapping[], isFixed = false): Format {
  const [first] = mappings;
  if (first === undefined) throw new TypeError("A format has a mapping");
  const rows: Partial<Record<RecordKind, RowLayout>> = {};
  for (const mapping of mappings) {
    if (mapping.dataType === "any" || mapping.dataType === "reference_data") Object.assign(rows, namedLayouts(mapping));
    else rows[KIND_OF[mapping.dataType]] = mappedLayout(mapping, isFixed);
  }
  const { name, summary, endings = [], exchange, assetClass } = first;
  return { name, summary, endings, exchange, assetClass, rows };
}
