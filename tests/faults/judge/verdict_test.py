"""A judge that cannot fail is worthless: it must find each kind of fault, and count it as that kind."""

import unittest

from tick_files import rows_in
from verdict import COUNTS, File, Record, best_pairs, judge

A, B, C = (bytes([n] * 8) for n in (1, 2, 3))
TICKS = {
    "name": "7078.csv", "format": "asx-ticks", "symbol": "BHP", "company_id": "7078", "exchange": "ASX",
    "asset_class": "equities", "currency": "AUD", "time_zone": "Australia/Sydney",
}


def src(origin, row):
    return origin + row.to_bytes((row.bit_length() + 7) // 8, "big")


def value(n, symbol="BHP"):
    return ("v2", symbol, n)


def rows(numbers):
    return {at: value(n) for at, n in enumerate(numbers, start=1)}


def log(*parts):
    """Copies in the order given: (origin or None, row, number) each."""
    return [
        Record(0, at, "BHP", value(n), None if origin is None else src(origin, row))
        for at, (origin, row, n) in enumerate(parts)
    ]


def whole(origin, numbers):
    return [(origin, row, n) for row, n in enumerate(numbers, start=1)]


class JudgeTest(unittest.TestCase):
    def judged(self, files, parts, **counts):
        verdict = judge(files, parts if parts and isinstance(parts[0], Record) else log(*parts))
        self.assertEqual({name: verdict.counts[name] for name in COUNTS}, {name: counts.get(name, 0) for name in COUNTS}, dict(verdict.samples))
        return verdict

    def test_all_rows_once_is_right(self):
        self.judged([File("a", [rows([5, 6, 6])])], whole(A, [5, 6, 6]))
        self.judged([File("a", [rows([5, 6, 6])])], [(None, 0, n) for n in (6, 5, 6)])

    def test_a_missing_row(self):
        for gone in range(3):
            parts = whole(A, [5, 6, 6])
            del parts[gone]
            self.judged([File("a", [rows([5, 6, 6])])], parts, missing=1)
            self.judged([File("a", [rows([5, 6, 6])])], [(None, 0, n) for _, _, n in parts], missing=1)

    def test_nothing_at_all(self):
        self.judged([File("a", [rows([5, 6])]), File("b", [rows([7])])], [], missing=3)

    def test_a_row_twice_also_where_another_row_is_equal(self):
        files = [File("a", [rows([5, 6, 6])])]
        self.judged(files, [*whole(A, [5, 6, 6]), (A, 1, 5)], twice=1)
        self.judged(files, [*whole(A, [5, 6, 6]), (A, 3, 6), (A, 3, 6)], twice=2)
        self.judged(files, [(A, 1, 5), (A, 2, 6), (A, 2, 6)], twice=1, missing=1)
        self.judged(files, [(None, 0, n) for n in (5, 6, 6, 6)], twice=1)

    def test_a_file_twice_under_another_origin(self):
        self.judged([File("a", [rows([5, 6])])], [*whole(A, [5, 6]), *whole(B, [5, 6])], twice=2)
        self.judged([File("a", [rows([5, 6])], origins=2)], [*whole(A, [5, 6]), *whole(B, [5, 6])])

    def test_a_false_record(self):
        files = [File("a", [rows([5, 6])])]
        self.judged(files, [*whole(A, [5, 6]), (A, 3, 7)], false=1)
        self.judged(files, [(A, 1, 5), (A, 2, 7)], false=1, missing=1)
        self.judged(files, [(None, 0, 5), (None, 0, 6), (None, 0, 7)], false=1)
        self.judged(files, [*whole(A, [5, 6]), (B, 1, 9)], false=1)

    def test_a_record_under_another_row(self):
        self.judged([File("a", [rows([5, 6, 7])])], [(A, 1, 5), (A, 3, 6), (A, 3, 7)], false=1, missing=1)

    def test_a_row_behind_a_later_one(self):
        self.judged([File("a", [rows([5, 6, 7])])], [(A, 1, 5), (A, 3, 7), (A, 2, 6)], late=1)

    def test_rows_of_two_files_may_come_in_any_order(self):
        self.judged([File("a", [rows([5, 6])]), File("b", [rows([7, 8])])], [(A, 1, 5), (B, 1, 7), (B, 2, 8), (A, 2, 6)])

    def test_equal_rows_of_two_files_are_two_rows(self):
        files = [File("a", [rows([5, 6])]), File("b", [rows([6, 7])])]
        self.judged(files, [*whole(A, [5, 6]), *whole(B, [6, 7])])
        # The row of one file does not stand in for the other's.
        self.judged(files, [*whole(A, [5, 6]), (B, 2, 7)], missing=1)
        self.judged(files, [*whole(A, [5, 6]), (A, 2, 6), (B, 2, 7)], missing=1, twice=1)
        self.judged(files, [(None, 0, n) for n in (5, 6, 7)], missing=1)

    def test_an_origin_goes_to_the_file_that_leaves_most_to_the_others(self):
        files = [File("a", [rows([5, 6, 7])]), File("b", [rows([5, 6, 8])]), File("c", [rows([5])])]
        verdict = self.judged(files, [(C, 1, 5), *whole(B, [5, 6, 8]), *whole(A, [5, 6, 7])])
        self.assertEqual(verdict.origins, {C.hex(): "c", B.hex(): "b", A.hex(): "a"})

    def test_an_origin_goes_to_the_file_that_has_its_rows_in_their_places(self):
        # The rewritten file has all rows of the other one, in any place.
        rewritten = File("a", [rows([9]), rows([1, 5, 6])], rewritten=True, origins=3)
        parts = [*whole(A, [1, 5, 6]), *whole(B, [9]), *whole(C, [5, 6])]
        for files in ([rewritten, File("b", [rows([5, 6])])], [File("b", [rows([5, 6])]), rewritten]):
            verdict = self.judged(files, parts)
            self.assertEqual(verdict.origins[C.hex()], "b")

    def test_headers_that_say_nothing(self):
        files = [File("a", [rows([5])])]
        for header in (b"", A, A + b"\0\1"):
            self.judged(files, [*log((A, 1, 5)), Record(0, 1, "BHP", value(5), header)], unattributed=1)
        self.judged(files, [*log((A, 1, 5)), Record(0, 1, "BHP", value(5), None)], unattributed=1)

    def test_headers_that_name_rows_past_every_file(self):
        files = [File("a", [rows([5])])]
        for header in (A + b"\xff" * 12, A + b"\x1f" + b"\xff" * 6):
            self.judged(files, [*log((A, 1, 5)), Record(0, 1, "BHP", value(5), header)], false=1)

    def test_an_unreadable_record_and_a_wrong_key(self):
        files = [File("a", [rows([5])])]
        self.judged(files, [*log((A, 1, 5)), Record(0, 1, "BHP", None, src(A, 2), "no Avro")], unattributed=1)
        self.judged(files, [Record(0, 0, "BHQ", value(5), src(A, 1))], wrong_key=1)

    def test_a_rewritten_file_may_leave_rows_of_each_content_and_must_have_the_last(self):
        file = File("a", [rows([7, 8]), rows([5, 6])], rewritten=True, origins=2)
        self.judged([file], [(A, 1, 5), (A, 2, 8), (B, 1, 7)])
        self.judged([file], [(A, 1, 5), (A, 2, 6), (B, 1, 7)], missing=1)
        self.judged([file], [(A, 1, 5), (A, 2, 9), *whole(B, [7, 8])], false=1)
        torn = File("a", [rows([7, 8]), rows([5, 6])], rewritten=True, origins=2, torn=1)
        self.assertEqual(self.judged([torn], [(A, 1, 5), (A, 2, 9), *whole(B, [7, 8])]).torn, 1)

    def test_a_file_that_grew_is_held_to_what_it_is_now(self):
        file = File("a", [rows([5, 6, 7]), rows([5, 6])])
        self.judged([file], whole(A, [5, 6]), missing=1)
        self.judged([file], whole(A, [5, 6, 7]))

    def test_best_pairs_gives_up_one_to_gain_more(self):
        self.assertEqual(best_pairs([[9, 8], [8, 0]]), [1, 0])


class RowsTest(unittest.TestCase):
    LINE = "03/10/2014,10:00:06.717,36.780,50,1,,\n"

    def test_a_local_time_and_a_decimal(self):
        ((row, got),) = rows_in(self.LINE, TICKS, "v2").items()
        self.assertEqual((row, got[:5]), (1, ("v2", "BHP", "ASX", "equities", 1394406006717000)))
        self.assertEqual(got[-1], (("company_id", "7078"), ("qualifiers", "1"), ("trade_date", "2014-03-10")))
        self.assertEqual(got, rows_in(self.LINE.replace("36.780", "36.78"), TICKS, "v2")[1])

    def test_one_digit_makes_another_value(self):
        for old, new in (("36.780", "36.781"), ("50", "5"), (".717", ".718"), (",1,", ",0,")):
            for version in ("v1", "v2"):
                self.assertNotEqual(rows_in(self.LINE, TICKS, version), rows_in(self.LINE.replace(old, new), TICKS, version))

    def test_a_bad_line_counts_as_a_row_and_a_last_line_without_end_does_not(self):
        self.assertEqual(list(rows_in(f"{self.LINE}torn\n{self.LINE}{self.LINE[:-1]}", TICKS, "v2")), [1, 3])

    def test_a_time_that_the_clocks_skipped_is_no_row(self):
        self.assertEqual(rows_in(self.LINE.replace("03/10/2014,10", "10/05/2014,02"), TICKS, "v2"), {})

    def test_a_header_names_the_columns(self):
        text = "symbol,timestamp,price,quantity,currency,vendor_data.x\nCBA,2024-05-06T00:00:01Z,4.5,2,AUD,y\n"
        ((row, got),) = rows_in(text, {**TICKS, "format": "csv"}, "v2").items()
        self.assertEqual((row, got[1], got[-1]), (1, "CBA", (("company_id", "7078"), ("x", "y"))))


if __name__ == "__main__":
    unittest.main()
