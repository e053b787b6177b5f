package main

import (
	"fmt"
	"math/big"
	"strconv"
	"time"

	"github.com/google/uuid"
	"github.com/twmb/franz-go/pkg/kgo"

	"tickflume/bench/peers/go/options"
)

type tradeV2 struct {
	MessageID          string             `avro:"message_id"`
	TradeID            string             `avro:"trade_id"`
	Symbol             string             `avro:"symbol"`
	Exchange           string             `avro:"exchange"`
	AssetClass         string             `avro:"asset_class"`
	Timestamp          time.Time          `avro:"timestamp"`
	Price              *big.Rat           `avro:"price"`
	Quantity           *big.Rat           `avro:"quantity"`
	Currency           string             `avro:"currency"`
	Side               string             `avro:"side"`
	TradeConditions    []string           `avro:"trade_conditions"`
	SourceSequence     *int64             `avro:"source_sequence"`
	IngestionTimestamp time.Time          `avro:"ingestion_timestamp"`
	PlatformSequence   *int64             `avro:"platform_sequence"`
	VendorData         *map[string]string `avro:"vendor_data"`
}

type quoteV2 struct {
	MessageID          string             `avro:"message_id"`
	QuoteID            string             `avro:"quote_id"`
	Symbol             string             `avro:"symbol"`
	Exchange           string             `avro:"exchange"`
	AssetClass         string             `avro:"asset_class"`
	Timestamp          time.Time          `avro:"timestamp"`
	BidPrice           *big.Rat           `avro:"bid_price"`
	BidQuantity        *big.Rat           `avro:"bid_quantity"`
	AskPrice           *big.Rat           `avro:"ask_price"`
	AskQuantity        *big.Rat           `avro:"ask_quantity"`
	Currency           string             `avro:"currency"`
	SourceSequence     *int64             `avro:"source_sequence"`
	IngestionTimestamp time.Time          `avro:"ingestion_timestamp"`
	PlatformSequence   *int64             `avro:"platform_sequence"`
	VendorData         *map[string]string `avro:"vendor_data"`
}

type tradeV1 struct {
	Symbol             string    `avro:"symbol"`
	CompanyID          int       `avro:"company_id"`
	Exchange           string    `avro:"exchange"`
	ExchangeTimestamp  time.Time `avro:"exchange_timestamp"`
	Price              *big.Rat  `avro:"price"`
	Volume             int64     `avro:"volume"`
	Qualifiers         int       `avro:"qualifiers"`
	Venue              string    `avro:"venue"`
	BuyerID            *string   `avro:"buyer_id"`
	IngestionTimestamp time.Time `avro:"ingestion_timestamp"`
	SequenceNumber     *int64    `avro:"sequence_number"`
}

// row is a row of a tick file and what the file says about it.
type row struct {
	columns         []string
	company, symbol string
	location        *time.Location
}

// buildFunc makes the record of a row, and its headers.
type buildFunc func(row) (any, []kgo.RecordHeader, error)

var kinds = map[string]struct {
	record any
	build  buildFunc
}{
	"trades-v2": {tradeV2{}, buildTradeV2},
	"trades-v1": {tradeV1{}, buildTradeV1},
	"quotes-v2": {quoteV2{}, buildQuoteV2},
}

func buildTradeV2(r row) (any, []kgo.RecordHeader, error) {
	timestamp, err := r.timestamp()
	if err != nil {
		return nil, nil, err
	}
	price, err := decimal(r.columns[2])
	if err != nil {
		return nil, nil, err
	}
	quantity, err := decimal(r.columns[3])
	if err != nil {
		return nil, nil, err
	}
	qualifiers, venue, extra := r.columns[4], r.columns[5], r.columns[6]
	var conditions []string
	if qualifiers != "0" {
		conditions = []string{qualifiers}
	}
	vendorData := map[string]string{
		"company_id": r.company, "qualifiers": qualifiers, "trade_date": timestamp.Format(time.DateOnly),
	}
	if venue != "" {
		vendorData["venue"] = venue
	}
	if extra != "" {
		vendorData["buyer_id"] = extra
	}
	messageID := uuid.NewString()
	return tradeV2{
		MessageID:          messageID,
		TradeID:            eventID(r.symbol, timestamp, messageID),
		Symbol:             r.symbol,
		Exchange:           options.Exchange,
		AssetClass:         options.AssetClass,
		Timestamp:          timestamp,
		Price:              price,
		Quantity:           quantity,
		Currency:           options.Currency,
		Side:               options.Side,
		TradeConditions:    conditions,
		IngestionTimestamp: time.Now(),
		VendorData:         &vendorData,
	}, nil, nil
}

func buildQuoteV2(r row) (any, []kgo.RecordHeader, error) {
	timestamp, err := r.timestamp()
	if err != nil {
		return nil, nil, err
	}
	bidPrice, err := decimal(r.columns[2])
	if err != nil {
		return nil, nil, err
	}
	askPrice, err := decimal(r.columns[3])
	if err != nil {
		return nil, nil, err
	}
	bidQuantity, err := decimal(r.columns[4])
	if err != nil {
		return nil, nil, err
	}
	askQuantity, err := decimal(r.columns[5])
	if err != nil {
		return nil, nil, err
	}
	messageID := uuid.NewString()
	return quoteV2{
		MessageID:          messageID,
		QuoteID:            eventID(r.symbol, timestamp, messageID),
		Symbol:             r.symbol,
		Exchange:           options.Exchange,
		AssetClass:         options.AssetClass,
		Timestamp:          timestamp,
		BidPrice:           bidPrice,
		BidQuantity:        bidQuantity,
		AskPrice:           askPrice,
		AskQuantity:        askQuantity,
		Currency:           options.Currency,
		IngestionTimestamp: time.Now(),
		VendorData: &map[string]string{
			"company_id": r.company, "trade_date": timestamp.Format(time.DateOnly),
		},
	}, nil, nil
}

// v1 has no field for the id, so it travels as a header.
func buildTradeV1(r row) (any, []kgo.RecordHeader, error) {
	timestamp, err := r.timestamp()
	if err != nil {
		return nil, nil, err
	}
	company, err := strconv.Atoi(r.company)
	if err != nil {
		return nil, nil, err
	}
	price, err := decimal(r.columns[2])
	if err != nil {
		return nil, nil, err
	}
	volume, err := strconv.ParseInt(r.columns[3], 10, 64)
	if err != nil {
		return nil, nil, err
	}
	qualifiers, err := strconv.Atoi(r.columns[4])
	if err != nil {
		return nil, nil, err
	}
	var buyerID *string
	if extra := r.columns[6]; extra != "" {
		buyerID = &extra
	}
	messageID := uuid.New()
	return tradeV1{
		Symbol:             r.symbol,
		CompanyID:          company,
		Exchange:           options.Exchange,
		ExchangeTimestamp:  timestamp,
		Price:              price,
		Volume:             volume,
		Qualifiers:         qualifiers,
		Venue:              r.columns[5],
		BuyerID:            buyerID,
		IngestionTimestamp: time.Now(),
	}, []kgo.RecordHeader{{Key: "message_id", Value: messageID[:]}}, nil
}

func (r row) timestamp() (time.Time, error) {
	return time.ParseInLocation("01/02/2006 15:04:05.000", r.columns[0]+" "+r.columns[1], r.location)
}

func decimal(text string) (*big.Rat, error) {
	number, ok := new(big.Rat).SetString(text)
	if !ok {
		return nil, fmt.Errorf("%q is not a decimal", text)
	}
	return number, nil
}

func eventID(symbol string, timestamp time.Time, messageID string) string {
	return fmt.Sprintf("%s-%s-%d-%s", options.Exchange, symbol, timestamp.UnixMicro(), messageID[:8])
}
