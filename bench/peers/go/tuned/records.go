package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"tickflume/bench/peers/go/options"
)

type tradeV2 struct {
	MessageID          string             `avro:"message_id"`
	TradeID            string             `avro:"trade_id"`
	Symbol             string             `avro:"symbol"`
	Exchange           string             `avro:"exchange"`
	AssetClass         string             `avro:"asset_class"`
	Timestamp          int64              `avro:"timestamp"`
	Price              []byte             `avro:"price"`
	Quantity           []byte             `avro:"quantity"`
	Currency           string             `avro:"currency"`
	Side               string             `avro:"side"`
	TradeConditions    []string           `avro:"trade_conditions"`
	SourceSequence     *int64             `avro:"source_sequence"`
	IngestionTimestamp int64              `avro:"ingestion_timestamp"`
	PlatformSequence   *int64             `avro:"platform_sequence"`
	VendorData         *map[string]string `avro:"vendor_data"`
}

type quoteV2 struct {
	MessageID          string             `avro:"message_id"`
	QuoteID            string             `avro:"quote_id"`
	Symbol             string             `avro:"symbol"`
	Exchange           string             `avro:"exchange"`
	AssetClass         string             `avro:"asset_class"`
	Timestamp          int64              `avro:"timestamp"`
	BidPrice           []byte             `avro:"bid_price"`
	BidQuantity        []byte             `avro:"bid_quantity"`
	AskPrice           []byte             `avro:"ask_price"`
	AskQuantity        []byte             `avro:"ask_quantity"`
	Currency           string             `avro:"currency"`
	SourceSequence     *int64             `avro:"source_sequence"`
	IngestionTimestamp int64              `avro:"ingestion_timestamp"`
	PlatformSequence   *int64             `avro:"platform_sequence"`
	VendorData         *map[string]string `avro:"vendor_data"`
}

type tradeV1 struct {
	Symbol             string  `avro:"symbol"`
	CompanyID          int32   `avro:"company_id"`
	Exchange           string  `avro:"exchange"`
	ExchangeTimestamp  int64   `avro:"exchange_timestamp"`
	Price              []byte  `avro:"price"`
	Volume             int64   `avro:"volume"`
	Qualifiers         int32   `avro:"qualifiers"`
	Venue              string  `avro:"venue"`
	BuyerID            *string `avro:"buyer_id"`
	IngestionTimestamp int64   `avro:"ingestion_timestamp"`
	SequenceNumber     *int64  `avro:"sequence_number"`
}

// builder makes the records of one file, one at a time: what it returns is encoded before the next call.
type builder struct {
	kind    string
	symbol  string
	company string
	number  int32
	clock   localClock
	ids     idSource

	trade    tradeV2
	quote    quoteV2
	tradeOld tradeV1
	// Scratch memory of the decimals.
	decimals [4][9]byte
	// Most rows have the codes of the row before, and then share its map and list.
	codes      [4]string
	vendorData map[string]string
	conditions []string
}

func newBuilder(kind, symbol, company string, location *time.Location) (*builder, error) {
	number, err := strconv.ParseInt(company, 10, 32)
	if err != nil {
		return nil, err
	}
	b := &builder{kind: kind, symbol: symbol, company: company, number: int32(number), clock: localClock{location: location}}
	switch kind {
	case "trades-v2":
		b.trade = tradeV2{
			Symbol: symbol, Exchange: options.Exchange, AssetClass: options.AssetClass, Currency: options.Currency,
			Side: options.Side, VendorData: &b.vendorData,
		}
	case "quotes-v2":
		b.quote = quoteV2{
			Symbol: symbol, Exchange: options.Exchange, AssetClass: options.AssetClass, Currency: options.Currency,
			VendorData: &b.vendorData,
		}
	case "trades-v1":
		b.tradeOld = tradeV1{Symbol: symbol, CompanyID: b.number, Exchange: options.Exchange}
	default:
		return nil, fmt.Errorf("there is no kind %q", kind)
	}
	return b, nil
}

func (b *builder) columns() int {
	if b.kind == "quotes-v2" {
		return 6
	}
	return 7
}

// build makes the record of a row, and its headers: v1 has no field for the id, so it travels as one.
func (b *builder) build(columns []string) (any, []kgo.RecordHeader, error) {
	micros, err := b.clock.micros(columns[0], columns[1])
	if err != nil {
		return nil, nil, err
	}
	switch b.kind {
	case "quotes-v2":
		return &b.quote, nil, b.buildQuote(columns, micros)
	case "trades-v1":
		return b.buildTradeV1(columns, micros)
	default:
		return &b.trade, nil, b.buildTrade(columns, micros)
	}
}

func (b *builder) buildTrade(columns []string, micros int64) (err error) {
	record := &b.trade
	if record.Price, err = decimal(b.decimals[0][:], columns[2], 8); err != nil {
		return err
	}
	if record.Quantity, err = decimal(b.decimals[1][:], columns[3], 8); err != nil {
		return err
	}
	b.shareCodes(columns)
	record.MessageID = b.ids.next()
	record.TradeID = eventID(b.symbol, micros, record.MessageID)
	record.Timestamp = micros
	record.IngestionTimestamp = time.Now().UnixMicro()
	record.TradeConditions = b.conditions
	return nil
}

func (b *builder) buildQuote(columns []string, micros int64) (err error) {
	record := &b.quote
	targets := [4]*[]byte{&record.BidPrice, &record.AskPrice, &record.BidQuantity, &record.AskQuantity}
	for index, target := range targets {
		if *target, err = decimal(b.decimals[index][:], columns[2+index], 8); err != nil {
			return err
		}
	}
	if date := columns[0]; date != b.codes[0] {
		b.codes[0] = date
		b.vendorData = map[string]string{"company_id": b.company, "trade_date": isoDate(date)}
	}
	record.MessageID = b.ids.next()
	record.QuoteID = eventID(b.symbol, micros, record.MessageID)
	record.Timestamp = micros
	record.IngestionTimestamp = time.Now().UnixMicro()
	return nil
}

func (b *builder) buildTradeV1(columns []string, micros int64) (any, []kgo.RecordHeader, error) {
	record := &b.tradeOld
	var err error
	if record.Price, err = decimal(b.decimals[0][:], columns[2], 6); err != nil {
		return nil, nil, err
	}
	if record.Volume, err = strconv.ParseInt(columns[3], 10, 64); err != nil {
		return nil, nil, err
	}
	qualifiers, err := strconv.ParseInt(columns[4], 10, 32)
	if err != nil {
		return nil, nil, err
	}
	record.Qualifiers = int32(qualifiers)
	record.Venue = columns[5]
	record.BuyerID = nil
	if extra := columns[6]; extra != "" {
		record.BuyerID = &extra
	}
	record.ExchangeTimestamp = micros / 1000
	record.IngestionTimestamp = time.Now().UnixMilli()
	return record, []kgo.RecordHeader{{Key: "message_id", Value: b.ids.nextBytes()}}, nil
}

func (b *builder) shareCodes(columns []string) {
	codes := [4]string{columns[0], columns[4], columns[5], columns[6]}
	if codes == b.codes {
		return
	}
	// The columns are parts of a text that is as long as its row, and cheap to keep.
	b.codes = codes
	date, qualifiers, venue, extra := codes[0], codes[1], codes[2], codes[3]
	b.conditions = nil
	if qualifiers != "0" {
		b.conditions = []string{qualifiers}
	}
	b.vendorData = map[string]string{"company_id": b.company, "qualifiers": qualifiers, "trade_date": isoDate(date)}
	if venue != "" {
		b.vendorData["venue"] = venue
	}
	if extra != "" {
		b.vendorData["buyer_id"] = extra
	}
}

func isoDate(date string) string {
	return date[6:10] + "-" + date[0:2] + "-" + date[3:5]
}

func eventID(symbol string, micros int64, id string) string {
	text := make([]byte, 0, 48)
	text = append(text, options.Exchange...)
	text = append(text, '-')
	text = append(text, symbol...)
	text = append(text, '-')
	text = strconv.AppendInt(text, micros, 10)
	text = append(text, '-')
	text = append(text, id[:8]...)
	return string(text)
}
