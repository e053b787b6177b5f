/**
 * The language of mappings as a zod schema: what a format file may say. Parsing, its errors and the published JSON Schema
 * (sources/formats/mapping.schema.json) come from it. Words of the language are in camel case, fields of records in snake case.
 *
 * A mapping is a flat table: for each field of a record where it stands and how it is written. Nothing is inferred. A column
 * that no field takes is kept in `vendorData` or named in `ignored`; any other is an error.
 *
 * @module
 */
import { z } from "zod";
import { ID_SCOPES } from "../../../records/ids/identity.ts";
import { TIME_UNITS } from "../../../records/values/epoch_number.ts";
import { ASSET_CLASSES } from "../../../config/catalogue.ts";
import { GROUPINGS, MAX_TIMES } from "../readers/decimal_options.ts";
import { SEQUENCE_SCOPES } from "./reserved_keys.ts";

const text = z.string().min(1);
const texts = z.array(text).min(1).readonly();
const from = text.meta({
  description: "The column by its name; of JSON the path of a key, with dots between keys: hd.ts_event.",
});
const optional = z.literal(true).meta({ description: "The header may lack the column." }).exactOptional();
const missing = z.array(z.string()).min(1).readonly()
  .meta({ description: "Texts that stand for no value, such as 9223372036854775807." }).exactOptional();
const timeUnit = z.enum(TIME_UNITS);

/** Words of a source and what they mean. */
function wordsOf<T extends z.ZodType>(meaning: T) {
  return z.record(z.string(), meaning).refine((words) => Object.keys(words).length > 0, "it has no word");
}

const pattern = z.string().regex(
  /^(?:yyyy|MM|dd|HH|mm|ss|S{1,9}|[^A-Za-z])+$/,
  "a pattern has yyyy MM dd HH mm ss, S for each digit of a fraction, and marks that are no letters",
);

const fileName = (part: "symbol" | "date") =>
  z.strictObject({
    fileName: z.literal(part).meta({ description: `The ${part} in the name of the file, by fileNames.` }),
  });

const zone = z.union([
  text.meta({ description: "IANA time zone." }),
  z.strictObject({ offsetFrom: from }).meta({ description: "A column with the offset from UTC: -5, +1100, Z." }),
]).exactOptional().meta({ description: "Where local times are. Absent: the time zone of the load." });

const instant = z.discriminatedUnion("as", [
  z.strictObject({
    as: z.literal("epoch").meta({ description: "A number that counts from 1970, with a fraction or without." }),
    from,
    unit: z.union([
      timeUnit.meta({ description: "What it counts." }),
      z.strictObject({ byDigits: z.array(timeUnit).min(2).readonly() })
        .meta({ description: "10 digits are s, 13 ms, 16 us, 19 ns: those that occur." }),
      z.strictObject({ before: timeUnit, since: z.iso.date(), then: timeUnit })
        .meta({ description: "One unit in files before a date, another from it on, by the date in the file's name." }),
    ]),
  }),
  z.strictObject({
    as: z.literal("iso").meta({ description: "ISO 8601, with an offset or in the time zone of the load." }),
    from,
  }),
  z.strictObject({
    as: z.literal("calendar").meta({
      description: "A date and a time of day, in one column, in two, or with the date of the file.",
    }),
    date: z.union([fileName("date"), z.strictObject({ from, pattern })]),
    time: z.union([
      z.strictObject({ from, pattern }),
      z.strictObject({ from, sinceMidnight: timeUnit.meta({ description: "What is counted since midnight." }) }),
    ]).exactOptional().meta({ description: "Absent: the pattern of the date has the time, too." }),
    zone,
  }),
]);

const decimal = z.union([
  from,
  z.strictObject({
    from,
    optional,
    shift: z.int().min(1).max(18)
      .meta({ description: "The value is a whole number times 10 to the power of minus this." }).exactOptional(),
    times: z.int().min(2).max(MAX_TIMES)
      .meta({ description: "The value is the number times this, exactly: 100 for sizes in lots of 100." })
      .exactOptional(),
    mark: z.enum([".", ","]).meta({ description: "What stands before the decimals." }).exactOptional(),
    grouping: z.enum(GROUPINGS)
      .meta({ description: "What stands between thousands, each of three digits; any other place of it is refused." })
      .exactOptional(),
    missing,
    roundTo: z.int().min(0).max(8)
      .meta({ description: "Takes the noise of floating point away, to this many decimals; else nothing is rounded." })
      .exactOptional(),
    whole: z.literal(true).meta({ description: "Only whole numbers are taken." }).exactOptional(),
  }),
]);

const words = wordsOf(z.string()).meta({ description: "A text for each code of the source; any other is refused." })
  .exactOptional();

const textField = z.union([
  from,
  z.strictObject({ from, optional, missing, words }),
]);

const id = z.union([
  from,
  z.strictObject({
    from,
    optional,
    missing,
    prefix: text.meta({ description: "Stands before the id, where another number of the venue could be the same." })
      .exactOptional(),
    within: z.union([from, texts]).meta({
      description: "The columns within whose values alone the id is one: the exchange of a tape.",
    }).exactOptional(),
  }),
]);

const side = z.strictObject({
  from,
  optional,
  as: z.union([
    z.literal("buyerIsMaker").meta({ description: "A flag whether the buyer was the maker: true is SELL." }),
    z.literal("sign").meta({ description: "The sign of a number: positive is BUY." }),
    wordsOf(z.enum(["BUY", "SELL", "SELL_SHORT", "UNKNOWN"]))
      .meta({ description: "The side for each word of the source; any other is refused." }),
  ]),
  of: z.enum(["taker", "maker"])
    .meta({ description: "Whose side it is. The record has the taker's: a maker's is turned around." }),
});

const conditions = z.strictObject({
  from,
  optional,
  separator: text.meta({ description: "What stands between the codes." }).exactOptional(),
  width: z.int().min(1).max(16)
    .meta({ description: "How many characters each code has, without a separator; blank ones are left out." })
    .exactOptional(),
  words,
  scheme: z.string().regex(/^[a-z][a-z0-9_]*$/, "a scheme has small letters, digits and _")
    .meta({ description: "Whose codes they are: kept as conditions_scheme, beside the whole text as conditions_raw." })
    .exactOptional(),
});

const currency = z.union([
  from,
  z.strictObject({ from, optional }),
  z.strictObject({ constant: text }).meta({ description: "The same of all rows." }),
  z.strictObject({ symbolSuffix: texts })
    .meta({
      description:
        "The one of these that the symbol ends with. Where none is, or more than one (ADAEUR may be AD in AEUR), " +
        "--currency says it.",
    }),
  z.strictObject({ symbolAfter: text })
    .meta({ description: "What the symbol has after its last mark of this kind: - of BTC-USD." }),
]);

const symbol = z.union([
  from,
  z.strictObject({ from, optional }),
  z.strictObject({
    fileName: z.literal("symbol").meta({ description: "The symbol in the name of the file, by fileNames." }),
    case: z.literal("upper").meta({ description: "Written in capitals, where the name is not." }).exactOptional(),
  }),
]);

const sequence = z.strictObject({
  from,
  optional,
  scope: z.enum(SEQUENCE_SCOPES).meta({
    description: "What is numbered. Only numbers of each symbol are the record's source_sequence; others are kept in " +
      "vendor_data as sequence, with this as sequence_scope.",
  }),
});

/** Fields that trades and quotes both have. */
const common = {
  symbol: symbol.exactOptional().meta({ description: "Absent: --symbol gives it." }),
  timestamp: instant.meta({ description: "When it happened." }),
  currency: currency.exactOptional().meta({ description: "Absent: --currency, or the exchange's only one." }),
  exchange: textField.exactOptional().meta({ description: "A column that must agree with the exchange of the load." }),
  sequence: sequence.exactOptional().meta({ description: "The number of the venue." }),
};

const tradeFields = z.strictObject({
  ...common,
  trade_id: id.exactOptional().meta({ description: "The venue's own id." }),
  price: decimal.meta({ description: "Price of one unit." }),
  quantity: decimal.meta({ description: "Units traded." }),
  side: side.exactOptional().meta({ description: "Absent: UNKNOWN." }),
  trade_conditions: conditions.exactOptional().meta({ description: "Codes of the venue." }),
  qualifiers: textField.exactOptional().meta({ description: "A code of the old platform: a whole number from 0." }),
  venue: textField.exactOptional().meta({ description: "Where it was executed." }),
  buyer_id: textField.exactOptional().meta({ description: "A text of the old platform that tells trades apart." }),
});

const quoteFields = z.strictObject({
  ...common,
  quote_id: id.exactOptional().meta({ description: "The venue's own id." }),
  bid_price: decimal.meta({ description: "Best bid." }),
  bid_quantity: decimal.meta({ description: "Units wanted at the best bid." }),
  ask_price: decimal.meta({ description: "Best ask." }),
  ask_quantity: decimal.meta({ description: "Units offered at the best ask." }),
});

const recordNames = z.literal("byName").meta({
  description:
    "Each column or key is named as the field of the record that it holds, in v1 or v2, or vendor_data.NAME.",
});

const vendorKey = z.string().regex(/^[a-z][a-z0-9_]*$/, "a key of vendor_data has small letters, digits and _");
const vendorData = z.record(vendorKey, textField).exactOptional()
  .meta({ description: "Columns that are kept in vendor_data as texts, each under its key." });

const valuesOf = (description: string) => z.array(z.string()).min(1).readonly().meta({ description });

const kept = z.strictObject({
  from,
  keep: valuesOf("Rows with these values are records."),
  skip: valuesOf("Rows with these values are passed over, and counted.").exactOptional(),
}).meta({ description: "Which rows are records, by a value. A row with any other value is refused." });

const corrections = z.strictObject({
  from,
  none: valuesOf("Values of rows that correct nothing; the empty text for an empty column."),
  then: z.enum(["refuse", "separate", "inline"]).meta({
    description: "What becomes of rows that correct or cancel others. refuse: dead letters. inline: records like the " +
      "others, with the code as vendor_data.correction_code, which every reader must know of.",
  }),
}).meta({ description: "Rows that correct others." });

const trailer = z.strictObject({
  from,
  equals: text.meta({ description: "The value by which the last row is known." }),
  count: from.meta({ description: "The column with the number of rows before it. It must be right." }),
}).meta({ description: "A last row that says how many rows there are." });

const filters = {
  only: z.array(kept).min(1).readonly().exactOptional().meta({ description: "Which rows are records." }),
  corrections: corrections.exactOptional(),
  emptyFile: z.literal("emptyDay").exactOptional()
    .meta({ description: "A file without a byte is a day without rows, and no mistake." }),
};

const delimited = z.strictObject({
  form: z.literal("delimited").meta({ description: "A row is a line of values." }),
  delimiter: z.enum([",", "|", "\t", ";"]).exactOptional().meta({ description: "Absent: a comma." }),
  quotes: z.literal(false).exactOptional().meta({ description: "False: a double quote is a character like others." }),
  header: z.enum(["present", "absent", "either"])
    .meta({ description: "Whether the first line names the columns." }),
  columns: texts.exactOptional()
    .meta({ description: "The names of the columns in their order, where the first line does not say them." }),
  comment: z.string().regex(/^[^\s"0-9]{1,8}$/, "a comment begins with one to eight marks or letters")
    .exactOptional().meta({ description: "What lines begin with that are no rows, such as #. They are passed over." }),
  trailer: trailer.exactOptional(),
  ...filters,
});

const json = z.strictObject({
  form: z.literal("json").meta({ description: "A row is a line with a JSON object, or one of its records." }),
  each: from.exactOptional().meta({
    description:
      "The path of a list in each line whose elements are the records: data; . where the line is the list. " +
      "Paths into a record begin with it, without the place in the list: data.price, of lists 1.0.",
  }),
  ...filters,
});

const about = {
  $schema: z.string().exactOptional().meta({ description: "Where editors find this schema." }),
  name: z.string().regex(/^[a-z][a-z0-9-]*$/, "a name has small letters, digits and -")
    .meta({ description: "The name of the format." }),
  summary: text.meta({ description: "What the files are, for the help." }),
  endings: z.array(z.string().startsWith(".")).readonly().exactOptional()
    .meta({ description: "Common endings of file names, for messages only." }),
};

const settings = {
  exchange: text.exactOptional().meta({ description: "The exchange, where all such files are of one." }),
  assetClass: z.enum(ASSET_CLASSES).exactOptional()
    .meta({ description: "The asset class, where all such files are of one." }),
  symbolIs: z.literal("ofFile").exactOptional()
    .meta({ description: "A file has one symbol and one currency, which its rows do not name." }),
  fileNames: texts.exactOptional().meta({
    description: "How files are named, without folder and endings: {symbol}, {date} as {yyyy-MM-dd}, {yyyyMMdd} or " +
      "{yyyy-MM}, and * for anything.",
  }),
  idScope: z.enum(ID_SCOPES).exactOptional()
    .meta({ description: "Whether the venue's id names one event of its symbol for ever, or for one trading day." }),
  finer: z.enum(["keep", "refuse"]).exactOptional().meta({
    description: "keep: instants finer than microseconds are cut off, and vendor_data.timestamp_ns has the whole.",
  }),
  tradeDate: z.literal(true).exactOptional()
    .meta({ description: "vendor_data.trade_date has the local date of the row." }),
  oneSided: z.enum(["absent", "refuse"]).exactOptional().meta({
    description: "What a quote is whose columns of one side are empty, or price and size 0 where zeroIs says so. " +
      "absent: that side is absent, and vendor_data.absent_side says which. Absent: such rows are refused.",
  }),
  zeroIs: z.literal("noSide").exactOptional()
    .meta({ description: "A side of price 0 and size 0 is not in the row." }),
};

const mapped = {
  ...about,
  ...settings,
  rows: z.discriminatedUnion("form", [delimited, json]).meta({ description: "How rows are written." }),
  vendorData,
  ignored: texts.exactOptional().meta({ description: "Columns that are not kept, by name." }),
};

/** A mapping whose columns have their own names. */
export const mappingSchema = z.discriminatedUnion("dataType", [
  z.strictObject({ dataType: z.literal("trades"), ...mapped, fields: tradeFields }),
  z.strictObject({ dataType: z.literal("quotes"), ...mapped, fields: quoteFields }),
  z.strictObject({ dataType: z.literal("any"), ...mapped, fields: recordNames }),
  z.strictObject({ dataType: z.literal("reference_data"), ...mapped, fields: recordNames }),
]).meta({ title: "A format of tickflume", description: "Where each field of a record is, and how it is written." });

/** A mapping, as its file says it. */
export type Mapping = z.infer<typeof mappingSchema>;
/** A mapping of columns that are named as fields. */
export type NamedMapping = Extract<Mapping, { fields: "byName" }>;
/** A mapping of trades. */
export type TradeMapping = Extract<Mapping, { dataType: "trades" }>;
/** A mapping of quotes. */
export type QuoteMapping = Extract<Mapping, { dataType: "quotes" }>;
/** A mapping of events. */
export type EventMapping = TradeMapping | QuoteMapping;
/** Where a text is. */
export type TextField = z.infer<typeof textField>;
/** Where the venue's id is. */
export type IdField = z.infer<typeof id>;
/** Where a decimal is, and how it is written. */
export type DecimalField = z.infer<typeof decimal>;
/** How an instant is written. */
export type InstantField = z.infer<typeof instant>;
