package main

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/valyala/fastjson"

	"tickflume/bench/peers/go/options"
)

const (
	vendorPrefix = "vendor_data."
	bufferBytes  = 1 << 20
)

// namedBuilder makes the records of a file whose columns or keys have names, one at a time. Most rows have the symbol, the
// conditions and the vendor data of the row before, and then share them.
type namedBuilder struct {
	ids      idSource
	trade    tradeV2
	decimals [2][9]byte
	key      []byte

	vendorData map[string]string
	// The texts of which conditions and vendor data were made.
	shared []byte
}

func newNamedBuilder() *namedBuilder {
	b := &namedBuilder{}
	b.trade = tradeV2{
		Exchange: options.Exchange, AssetClass: options.AssetClass, Currency: options.Currency, Side: options.Side,
		VendorData: &b.vendorData,
	}
	return b
}

// fill sets what no row shares.
func (b *namedBuilder) fill(symbol []byte, micros int64, price, quantity string) (err error) {
	record := &b.trade
	if record.Price, err = decimal(b.decimals[0][:], price, 8); err != nil {
		return err
	}
	if record.Quantity, err = decimal(b.decimals[1][:], quantity, 8); err != nil {
		return err
	}
	if string(symbol) != record.Symbol {
		record.Symbol = string(symbol)
		b.key = []byte(record.Symbol)
	}
	record.MessageID = b.ids.next()
	record.TradeID = eventID(record.Symbol, micros, record.MessageID)
	record.Timestamp = micros
	record.IngestionTimestamp = time.Now().UnixMicro()
	return nil
}

func (s *sender) sendCSV(file io.Reader) error {
	reader := csv.NewReader(bufio.NewReaderSize(file, bufferBytes))
	reader.ReuseRecord = true
	header, err := reader.Read()
	if err != nil {
		return err
	}
	at := map[string]int{}
	var vendor []int
	var names []string
	for column, name := range header {
		at[name] = column
		if rest, is := strings.CutPrefix(name, vendorPrefix); is {
			vendor, names = append(vendor, column), append(names, rest)
		}
	}
	for _, name := range []string{"symbol", "timestamp", "price", "quantity", "trade_conditions"} {
		if _, is := at[name]; !is {
			return fmt.Errorf("there is no column %s", name)
		}
	}
	symbol, timestamp, price := at["symbol"], at["timestamp"], at["price"]
	quantity, conditions := at["quantity"], at["trade_conditions"]
	b := newNamedBuilder()
	var texts []byte
	for {
		columns, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		texts = append(append(texts[:0], columns[conditions]...), 0)
		for _, column := range vendor {
			texts = append(append(texts, columns[column]...), 0)
		}
		if !bytes.Equal(texts, b.shared) || b.vendorData == nil {
			b.shared = append(b.shared[:0], texts...)
			b.vendorData = map[string]string{}
			for index, column := range vendor {
				if value := columns[column]; value != "" {
					b.vendorData[names[index]] = strings.Clone(value)
				}
			}
			b.trade.TradeConditions = nil
			if text := columns[conditions]; text != "" {
				b.trade.TradeConditions = strings.Split(strings.Clone(text), "|")
			}
		}
		micros, err := strconv.ParseInt(columns[timestamp], 10, 64)
		if err != nil {
			return err
		}
		if err := b.fill([]byte(columns[symbol]), micros, columns[price], columns[quantity]); err != nil {
			return err
		}
		if err := s.send(b.key, &b.trade, nil); err != nil {
			return err
		}
	}
}

func (s *sender) sendJSON(file io.Reader) error {
	lines := bufio.NewScanner(file)
	lines.Buffer(make([]byte, bufferBytes), bufferBytes)
	var parser fastjson.Parser
	b := newNamedBuilder()
	var texts, number []byte
	// The text of a number as it stands in the line, since a float would round it.
	text := func(value *fastjson.Value, name string) string {
		number = number[:0]
		if found := value.Get(name); found != nil {
			number = found.MarshalTo(number)
		}
		return string(number)
	}
	for lines.Scan() {
		row, err := parser.ParseBytes(lines.Bytes())
		if err != nil {
			return err
		}
		conditions, vendor := row.GetArray("trade_conditions"), row.GetObject("vendor_data")
		if vendor == nil {
			return fmt.Errorf("a row has no vendor_data")
		}
		texts = texts[:0]
		for _, condition := range conditions {
			texts = append(append(texts, condition.GetStringBytes()...), 0)
		}
		vendor.Visit(func(name []byte, value *fastjson.Value) {
			texts = append(append(append(append(texts, name...), 1), value.GetStringBytes()...), 0)
		})
		if !bytes.Equal(texts, b.shared) || b.vendorData == nil {
			b.shared = append(b.shared[:0], texts...)
			b.vendorData = map[string]string{}
			vendor.Visit(func(name []byte, value *fastjson.Value) {
				b.vendorData[string(name)] = string(value.GetStringBytes())
			})
			b.trade.TradeConditions = nil
			for _, condition := range conditions {
				b.trade.TradeConditions = append(b.trade.TradeConditions, string(condition.GetStringBytes()))
			}
		}
		micros, err := row.Get("timestamp").Int64()
		if err != nil {
			return err
		}
		if err := b.fill(row.GetStringBytes("symbol"), micros, text(row, "price"), text(row, "quantity")); err != nil {
			return err
		}
		if err := s.send(b.key, &b.trade, nil); err != nil {
			return err
		}
	}
	return lines.Err()
}
