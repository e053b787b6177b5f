/** A source of one's own: what a venue says becomes rows, and what cannot be a record becomes a dead letter by itself. */
import { buildTradeV2, messageIdOf, NO_OPEN_INSTANT, RecordError } from "tickflume";
import { type RowReader, type RowSource, settingsFrom, type SourcePosition, type SourceRow } from "tickflume";
import { type DeadLetterSink, startRuntime, withUnscaled } from "tickflume";
import { MemoryLog, MemoryRegistry } from "tickflume/testing";

const [id, kind, symbol, exchange, assetClass] = ["ticker", "trade", "BTCUSDT", "BINANCE", "crypto"] as const;
const said = ["60000.1 0.05", "sixty-thousand 1", "60000.2 0.1"];

function rowOf(text: string, index: number): SourceRow {
  const place = { row: index + 1, line: index + 1, offset: index, length: text.length };
  const [price = "", quantity = ""] = text.split(" ");
  // From the venue's own id of the trade, which it never gives again for this symbol (scope), so that a row has the same
  // message id whenever and wherever it is read.
  const event = { dataType: "trades", assetClass, exchange, symbol, venueId: `${index}` } as const;
  const messageId = messageIdOf({ ...event, scope: "symbol" });
  try {
    const timestamp = "2024-05-06T10:00:00Z";
    const trade = buildTradeV2({ symbol, exchange, assetClass, timestamp, price, quantity, messageId });
    return { ...place, ok: true, record: withUnscaled(kind, "v2", trade), messageId, tradeDate: "2024-05-06" };
  } catch (error) {
    if (!(error instanceof RecordError)) throw error;
    return { ...place, ok: false, rule: error.rule, reason: error.message, messageId };
  }
}

const positionAt = (row: number): SourcePosition => ({ row, line: row, offset: row, openInstant: NO_OPEN_INSTANT });

/** Reads on from a position: after a crash the runtime opens the source again. */
function open(from: SourcePosition = positionAt(0)): Promise<RowReader> {
  const raw = ({ row }: { row: number }) => new TextEncoder().encode(said[row - 1]);
  const next: RowReader["next"] = (maxRows) => {
    const rows = said.map(rowOf).slice(from.row, from.row + maxRows);
    if (rows.length === 0) return Promise.resolve(null);
    const batch = { kind, rows, from, next: positionAt(from.row + rows.length), raw };
    from = batch.next;
    return Promise.resolve(batch);
  };
  return Promise.resolve({ next, close: () => Promise.resolve() });
}

const source: RowSource = { id, name: id, kind, exchange, assetClass, bytes: null, resumable: true, open };
const deadLetters: DeadLetterSink = {
  add: (letters) => letters.forEach(({ row, reason }) => console.log(`row ${row}: ${reason}`)),
};
const ports = { log: new MemoryLog(), registry: new MemoryRegistry(), deadLetters };
const runtime = await startRuntime(settingsFrom({}, { cwd: Deno.cwd() }), ports);
const reading = await runtime.addSource(source);
const end = await reading.done;
console.log(end, reading.account.totals());
await runtime.stop();
