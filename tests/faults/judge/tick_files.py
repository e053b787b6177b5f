"""The rows of a file, read without any of the product's code: its own lines, time zone and decimals.

A value is a tuple that is equal for a row of a file and for the record that must come of it, and has all that a row says.
"""

import csv
import io
from datetime import datetime, timedelta, timezone
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from zoneinfo import ZoneInfo

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
MICROSECOND = timedelta(microseconds=1)


def micros_of(instant):
    return (instant - EPOCH) // MICROSECOND


@lru_cache(maxsize=None)
def micros_at_minute(month, day, year, hour, minute, zone):
    """A local minute in UTC; the offset of a zone never changes within one. A minute that was skipped is an error."""
    local = datetime(year, month, day, hour, minute, tzinfo=ZoneInfo(zone))
    there = local.astimezone(timezone.utc)
    if there.astimezone(local.tzinfo).replace(tzinfo=None) != local.replace(tzinfo=None):
        raise ValueError("the clocks skipped this time")
    return micros_of(there)


def local_micros(date, time, zone):
    """The instant of MM/DD/YYYY and HH:MM:SS.mmm."""
    month, day, year = map(int, date.split("/"))
    hour, minute, second = time.split(":")
    whole, _, fraction = second.partition(".")
    if not 0 <= int(whole) <= 59 or len(fraction) > 6:
        raise ValueError(f"{time} is no time of day")
    return micros_at_minute(month, day, year, int(hour), int(minute), zone) + int(whole) * 1_000_000 + int(fraction.ljust(6, "0"))


def trade_v1(file, micros, price, volume, qualifiers, venue, extra):
    head = ("v1", file["symbol"], int(file["company_id"]), file["exchange"], micros // 1000)
    return head + (Decimal(price), int(volume), int(qualifiers), venue, extra or None)


def trade_v2(file, micros, price, volume, qualifiers, venue, extra, date):
    month, day, year = date.split("/")
    vendor = {"company_id": file["company_id"], "qualifiers": qualifiers, "venue": venue, "buyer_id": extra}
    vendor["trade_date"] = f"{year}-{month}-{day}"
    head = ("v2", file["symbol"], file["exchange"], file["asset_class"], micros, Decimal(price), Decimal(volume))
    conditions = () if qualifiers == "0" else (qualifiers,)
    return head + (file["currency"], "UNKNOWN", conditions, tuple(sorted((k, v) for k, v in vendor.items() if v)))


def asx_trade(file, version, columns):
    date, time, price, volume, qualifiers, venue, extra = columns
    micros = local_micros(date, time, file["time_zone"])
    if version == "v1":
        return trade_v1(file, micros, price, volume, qualifiers, venue, extra)
    return trade_v2(file, micros, price, volume, qualifiers, venue, extra, date)


def asx_quote(file, version, columns):
    date, time, bid, ask, bid_size, ask_size = columns
    micros = local_micros(date, time, file["time_zone"])
    if version == "v1":
        head = ("v1", file["symbol"], int(file["company_id"]), file["exchange"], micros // 1000)
        return head + (Decimal(bid), int(bid_size), Decimal(ask), int(ask_size))
    month, day, year = date.split("/")
    head = ("v2", file["symbol"], file["exchange"], file["asset_class"], micros)
    middle = (Decimal(bid), Decimal(bid_size), Decimal(ask), Decimal(ask_size), file["currency"])
    return head + middle + ((("company_id", file["company_id"]), ("trade_date", f"{year}-{month}-{day}")),)


def csv_trade(file, version, columns):
    """Rows of a file with a header, instants in UTC; columns are symbol, timestamp, price, quantity, currency and others."""
    if len(columns) != len(file["header"]):
        raise ValueError("another number of columns than the header")
    row = dict(zip(file["header"], columns))
    micros = micros_of(datetime.fromisoformat(row["timestamp"].replace("Z", "+00:00")))
    named = {**file, "symbol": row["symbol"]}
    company = file["company_id"]
    if version == "v1":
        return trade_v1(named, micros, row["price"], row["quantity"], "0", "", "")
    vendor = {"company_id": company, **{k.removeprefix("vendor_data."): v for k, v in row.items() if k.startswith("vendor_data.")}}
    head = ("v2", row["symbol"], file["exchange"], file["asset_class"], micros, Decimal(row["price"]), Decimal(row["quantity"]))
    return head + (row["currency"], "UNKNOWN", (), tuple(sorted((k, v) for k, v in vendor.items() if v)))


ROWS_OF = {"asx-ticks": asx_trade, "asx-ticks quotes": asx_quote, "csv": csv_trade}


def rows_in(text, file, version):
    """Row number and value of each row; a line that cannot be a record has none. A last line without its end is no row."""
    lines = text.split("\n")
    # The text after the last line end: nothing, or a row that is still being written.
    lines.pop()
    row_of = ROWS_OF[file["format"]]
    described = file
    if file["format"] == "csv" and lines:
        described = {**file, "header": lines.pop(0).rstrip("\r").split(",")}
    rows = {}
    for number, columns in enumerate(csv.reader(io.StringIO("\n".join(lines))), start=1):
        try:
            rows[number] = row_of(described, version, columns)
        except (ValueError, InvalidOperation):
            continue
    return rows


V1_TRADE = ("price", "volume", "qualifiers", "venue", "buyer_id")
V1_QUOTE = ("bid_price", "bid_volume", "ask_price", "ask_volume")
V2_TRADE = ("price", "quantity", "currency", "side")
V2_QUOTE = ("bid_price", "bid_quantity", "ask_price", "ask_quantity", "currency")


def record_value(record):
    """The same tuple from a decoded record of either version, without the values that the product adds."""
    if "message_id" not in record:
        head = ("v1", record["symbol"], record["company_id"], record["exchange"])
        millis = micros_of(record["exchange_timestamp"]) // 1000
        rest = V1_QUOTE if "bid_price" in record else V1_TRADE
        return head + (millis,) + tuple(record[name] for name in rest)
    vendor = tuple(sorted((record["vendor_data"] or {}).items()))
    head = ("v2", record["symbol"], record["exchange"], record["asset_class"], micros_of(record["timestamp"]))
    if "bid_price" in record:
        return head + tuple(record[name] for name in V2_QUOTE) + (vendor,)
    return head + tuple(record[name] for name in V2_TRADE) + (tuple(record["trade_conditions"]), vendor)
