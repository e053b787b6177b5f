package main

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"math/bits"
	"time"
)

// localClock turns local dates and times into instants. The date is mostly that of the row before.
type localClock struct {
	location *time.Location
	date     string
	year     int
	month    time.Month
	day      int
}

func (c *localClock) micros(date, clock string) (int64, error) {
	if date != c.date {
		day, err := time.Parse("01/02/2006", date)
		if err != nil {
			return 0, err
		}
		c.date, c.year, c.month, c.day = date, day.Year(), day.Month(), day.Day()
	}
	if len(clock) != 12 || clock[2] != ':' || clock[5] != ':' || clock[8] != '.' {
		return 0, fmt.Errorf("%q is not a time", clock)
	}
	hour, minute, second := digits(clock[0:2]), digits(clock[3:5]), digits(clock[6:8])
	millis := digits(clock[9:12])
	if hour < 0 || minute < 0 || second < 0 || millis < 0 {
		return 0, fmt.Errorf("%q is not a time", clock)
	}
	return time.Date(c.year, c.month, c.day, hour, minute, second, millis*1_000_000, c.location).UnixMicro(), nil
}

// digits gives a whole number, -1 for anything else.
func digits(text string) int {
	number := 0
	for index := range len(text) {
		digit := text[index] - '0'
		if digit > 9 {
			return -1
		}
		number = number*10 + int(digit)
	}
	return number
}

// decimal writes a decimal text as Avro does: the unscaled number in two's complement, in as few bytes as hold it. It never
// rounds.
func decimal(into []byte, text string, scale int) ([]byte, error) {
	var unscaled uint64
	point := -1
	for index := range len(text) {
		if text[index] == '.' && point < 0 {
			point = index
			continue
		}
		digit := text[index] - '0'
		if digit > 9 || unscaled > 99_999_999_999_999_999 {
			return nil, fmt.Errorf("%q is not a decimal of 18 digits", text)
		}
		unscaled = unscaled*10 + uint64(digit)
	}
	fraction := 0
	if point >= 0 {
		fraction = len(text) - point - 1
	}
	if len(text) == 0 || fraction > scale {
		return nil, fmt.Errorf("%q is not a decimal of scale %d", text, scale)
	}
	for ; fraction < scale; fraction++ {
		high, low := bits.Mul64(unscaled, 10)
		if high != 0 || low > 999_999_999_999_999_999 {
			return nil, fmt.Errorf("%q has too many digits for scale %d", text, scale)
		}
		unscaled = low
	}
	size := bits.Len64(unscaled)/8 + 1
	for index := size - 1; index >= 0; index-- {
		into[index] = byte(unscaled)
		unscaled >>= 8
	}
	return into[:size], nil
}

// idSource gives random UUIDs of version 4, from random bytes taken many at a time.
type idSource struct {
	pool [4096]byte
	used int
	full bool
}

func (s *idSource) take() []byte {
	if !s.full || s.used == len(s.pool) {
		// Never fails, by its contract.
		rand.Read(s.pool[:])
		s.full, s.used = true, 0
	}
	id := s.pool[s.used : s.used+16]
	s.used += 16
	id[6] = id[6]&0x0f | 0x40
	id[8] = id[8]&0x3f | 0x80
	return id
}

func (s *idSource) next() string {
	id := s.take()
	var text [36]byte
	hex.Encode(text[0:8], id[0:4])
	hex.Encode(text[9:13], id[4:6])
	hex.Encode(text[14:18], id[6:8])
	hex.Encode(text[19:23], id[8:10])
	hex.Encode(text[24:36], id[10:16])
	text[8], text[13], text[18], text[23] = '-', '-', '-', '-'
	return string(text[:])
}

func (s *idSource) nextBytes() []byte {
	return append([]byte(nil), s.take()...)
}
