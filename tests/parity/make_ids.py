"""An independent implementation of the message ids: SipHash-2-4-128 and the canonical form of records/ids/identity.ts.

    python3 tests/parity/make_ids.py            writes records/ids/testdata/golden_ids.json and tests/parity/example_ids.json
    python3 tests/parity/make_ids.py FILE trades|quotes SYMBOL      prints count and SHA-256 of the ids of a tick file

Standard library only. Ids are stable for ever: a run must not change an id that is committed.
"""
import hashlib
import json
import struct
import sys
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

ROOT = Path(__file__).resolve().parents[2]
MASK = (1 << 64) - 1
KEY = b"tickflume.ids.v1"
DATA_TYPES = {"trades": 1, "quotes": 2, "reference_data": 3}
ASSET_CLASSES = {"equities": 1, "crypto": 2, "futures": 3, "options": 4}
SYDNEY = ZoneInfo("Australia/Sydney")


def rotate(value, bits):
    return ((value << bits) | (value >> (64 - bits))) & MASK


def sip_round(v):
    v[0] = (v[0] + v[1]) & MASK
    v[1] = rotate(v[1], 13) ^ v[0]
    v[0] = rotate(v[0], 32)
    v[2] = (v[2] + v[3]) & MASK
    v[3] = rotate(v[3], 16) ^ v[2]
    v[0] = (v[0] + v[3]) & MASK
    v[3] = rotate(v[3], 21) ^ v[0]
    v[2] = (v[2] + v[1]) & MASK
    v[1] = rotate(v[1], 17) ^ v[2]
    v[2] = rotate(v[2], 32)


def sip_hash_128(key, data):
    k0, k1 = struct.unpack("<QQ", key)
    v = [k0 ^ 0x736F6D6570736575, k1 ^ 0x646F72616E646F6D ^ 0xEE, k0 ^ 0x6C7967656E657261, k1 ^ 0x7465646279746573]
    whole = len(data) - len(data) % 8
    words = [int.from_bytes(data[at : at + 8], "little") for at in range(0, whole, 8)]
    words.append(int.from_bytes(data[whole:], "little") | (len(data) & 255) << 56)
    for word in words:
        v[3] ^= word
        sip_round(v)
        sip_round(v)
        v[0] ^= word
    result = b""
    for lane, mark in ((2, 0xEE), (1, 0xDD)):
        v[lane] ^= mark
        for _ in range(4):
            sip_round(v)
        result += (v[0] ^ v[1] ^ v[2] ^ v[3]).to_bytes(8, "little")
    return result


def text(value):
    data = value.encode()
    return struct.pack("<I", len(data)) + data


def long(value):
    return struct.pack("<q", int(value))


def canonical(source, apart):
    form = bytes([2, DATA_TYPES[source["dataType"]], ASSET_CLASSES[source["assetClass"]]])
    form += bytes([1 if "venueId" in source else 0]) + text(source["exchange"]) + text(source["symbol"])
    if "venueId" in source:
        form += bytes([{"symbol": 1, "day": 2}[source["scope"]]])
        if source["scope"] == "day":
            form += struct.pack("<i", (date.fromisoformat(source["tradeDate"]) - date(1970, 1, 1)).days)
        form += text(source["venueId"])
    elif source["dataType"] == "trades":
        form += long(source["micros"]) + long(source["price"]) + long(source["quantity"])
        form += struct.pack("<i", source["qualifiers"]) + text(source["venue"]) + text(source["extra"])
    elif source["dataType"] == "quotes":
        for name in ("micros", "bidPrice", "bidQuantity", "askPrice", "askQuantity"):
            form += long(source[name])
    else:
        for name in ("companyId", "companyName", "isin", "startDate", "endDate"):
            form += text(source[name])
    return form + bytes([{"ordinal": 0, "row": 1}[apart["by"]]]) + long(apart["number"])


def message_id(source, apart):
    data = bytearray(sip_hash_128(KEY, canonical(source, apart)))
    data[6] = data[6] & 0x0F | 0x80
    data[8] = data[8] & 0x3F | 0x80
    digits = data.hex()
    return "-".join((digits[:8], digits[8:12], digits[12:16], digits[16:20], digits[20:]))


def unscaled(number):
    return str(int(Decimal(number) * 10**8))


def micros(day, time):
    local = datetime.strptime(f"{day} {time}", "%m/%d/%Y %H:%M:%S.%f").replace(tzinfo=SYDNEY)
    return round(local.timestamp() * 1000) * 1000


def tick_file_ids(path, data_type, symbol):
    ids, instant, counts = [], None, {}
    for line in Path(path).read_bytes().decode().splitlines():
        day, time, *rest = line.split(",")
        source = {"dataType": data_type, "assetClass": "equities", "exchange": "ASX", "symbol": symbol}
        source["micros"] = micros(day, time)
        if data_type == "trades":
            price, volume, qualifiers, venue, extra = rest
            source |= {"price": unscaled(price), "quantity": unscaled(volume), "qualifiers": int(qualifiers)}
            source |= {"venue": venue, "extra": extra}
        else:
            bid, ask, bid_volume, ask_volume = map(unscaled, rest)
            source |= {"bidPrice": bid, "bidQuantity": bid_volume, "askPrice": ask, "askQuantity": ask_volume}
        if source["micros"] != instant:
            instant, counts = source["micros"], {}
        row = tuple(source.values())
        counts[row] = counts.get(row, 0) + 1
        ids.append(message_id(source, {"by": "ordinal", "number": counts[row] - 1}))
    return ids


def golden_cases():
    trade = {
        "dataType": "trades", "assetClass": "equities", "exchange": "ASX", "symbol": "TFA",
        "micros": 1394406006717000, "price": "3678000000", "quantity": "35800000000", "qualifiers": 0, "venue": "",
        "extra": "",
    }  # fmt: skip
    quote = {
        "dataType": "quotes", "assetClass": "equities", "exchange": "ASX", "symbol": "TFA",
        "micros": 1394390625676000, "bidPrice": "3770000000", "bidQuantity": "30000000000", "askPrice": "0",
        "askQuantity": "0",
    }  # fmt: skip
    company = {
        "dataType": "reference_data", "assetClass": "equities", "exchange": "ASX", "symbol": "TFA",
        "companyId": "1001", "companyName": "TICKFLUME ALPHA LTD", "isin": "AU000000TFA0", "startDate": "05/07/2008",
        "endDate": "03/31/2014",
    }  # fmt: skip
    largest = "999999999999999999"
    yield "a trade", trade, "ordinal", 0
    yield "the second of two equal trades", trade, "ordinal", 1
    yield "the seventh of equal trades", trade, "ordinal", 6
    yield "a trade told apart by its row number", trade, "row", 1
    yield "a late trade far down a file", trade, "row", 5000000000
    yield "a trade with qualifiers and venue", trade | {"qualifiers": 3, "venue": "X"}, "ordinal", 0
    yield "a trade with the extra column", trade | {"extra": "36.79"}, "ordinal", 0
    large = trade | {"price": largest, "quantity": largest, "qualifiers": 2147483647}
    yield "a trade of the largest numbers", large, "ordinal", 0
    yield "a trade before 1970", trade | {"micros": -1}, "ordinal", 0
    yield "a trade of a symbol outside ASCII", trade | {"symbol": "T\u00c4-\U0001f4c8"}, "ordinal", 0
    yield "a trade of a symbol in Latin-1", trade | {"symbol": "T\u00c4"}, "ordinal", 0
    yield "a trade on another exchange", trade | {"exchange": "BINANCE"}, "ordinal", 0
    for asset_class in ("crypto", "futures", "options"):
        yield f"a trade of {asset_class}", trade | {"assetClass": asset_class}, "ordinal", 0
    yield "a one-sided quote", quote, "ordinal", 0
    yield "a two-sided quote", quote | {"askPrice": "3773000000", "askQuantity": "60000000000"}, "ordinal", 0
    yield "the second of two equal quotes", quote, "ordinal", 1
    yield "reference data", company, "ordinal", 0
    yield "reference data without optional fields", company | {"isin": "", "startDate": "", "endDate": ""}, "ordinal", 0
    yield "reference data of options", company | {"assetClass": "options"}, "ordinal", 0
    for data_type in ("trades", "quotes"):
        venue = {"dataType": data_type, "assetClass": "crypto", "exchange": "BINANCE", "symbol": "BTCUSDT"}
        venue |= {"venueId": "3490183201", "scope": "symbol"}
        yield f"{data_type} with the venue's own id", venue, "ordinal", 0
        yield f"{data_type} with the venue's own id of futures", venue | {"assetClass": "futures"}, "ordinal", 0
        for trade_date in ("2024-01-02", "2024-01-03", "1969-12-31", "0001-01-01", "9999-12-31"):
            of_day = venue | {"scope": "day", "tradeDate": trade_date}
            yield f"{data_type} with the venue's own id of {trade_date}", of_day, "ordinal", 0


def write_json(path, value):
    (ROOT / path).write_text(json.dumps(value, indent=2) + "\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        ids = tick_file_ids(*sys.argv[1:])
        print(len(ids), hashlib.sha256("\n".join(ids).encode()).hexdigest())
        sys.exit()
    golden = []
    for name, source, by, number in golden_cases():
        apart = {"by": by, "number": number}
        golden.append({"name": name, "source": source, "apart": apart, "id": message_id(source, apart)})
    write_json("records/ids/testdata/golden_ids.json", golden)
    examples = {}
    for data_type in ("trades", "quotes"):
        for company, symbol in (("1001", "TFA"), ("1002", "TFB")):
            name = f"{data_type}/{company}.csv"
            examples[name] = tick_file_ids(ROOT / "examples" / "data" / name, data_type, symbol)
    write_json("tests/parity/example_ids.json", examples)
