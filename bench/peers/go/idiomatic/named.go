package main

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"

	"tickflume/bench/peers/go/options"
)

const vendorPrefix = "vendor_data."

// namedTrade is a row of a file whose columns or keys have names.
type namedTrade struct {
	Symbol          string            `json:"symbol"`
	Timestamp       int64             `json:"timestamp"`
	Price           json.Number       `json:"price"`
	Quantity        json.Number       `json:"quantity"`
	TradeConditions []string          `json:"trade_conditions"`
	VendorData      map[string]string `json:"vendor_data"`
}

func (l *loader) sendCSV(ctx context.Context, file io.Reader) error {
	reader := csv.NewReader(file)
	header, err := reader.Read()
	if err != nil {
		return err
	}
	for {
		columns, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		trade := namedTrade{VendorData: map[string]string{}}
		for at, name := range header {
			value := columns[at]
			switch name {
			case "symbol":
				trade.Symbol = value
			case "timestamp":
				if trade.Timestamp, err = strconv.ParseInt(value, 10, 64); err != nil {
					return err
				}
			case "price":
				trade.Price = json.Number(value)
			case "quantity":
				trade.Quantity = json.Number(value)
			case "trade_conditions":
				if value != "" {
					trade.TradeConditions = strings.Split(value, "|")
				}
			default:
				if vendor, is := strings.CutPrefix(name, vendorPrefix); is && value != "" {
					trade.VendorData[vendor] = value
				}
			}
		}
		if err := l.sendNamed(ctx, trade); err != nil {
			return err
		}
	}
}

func (l *loader) sendJSON(ctx context.Context, file io.Reader) error {
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		var trade namedTrade
		if err := json.Unmarshal(lines.Bytes(), &trade); err != nil {
			return err
		}
		if err := l.sendNamed(ctx, trade); err != nil {
			return err
		}
	}
	return lines.Err()
}

func (l *loader) sendNamed(ctx context.Context, trade namedTrade) error {
	price, err := decimal(string(trade.Price))
	if err != nil {
		return err
	}
	quantity, err := decimal(string(trade.Quantity))
	if err != nil {
		return err
	}
	timestamp := time.UnixMicro(trade.Timestamp)
	messageID := uuid.NewString()
	return l.send(ctx, trade.Symbol, tradeV2{
		MessageID:          messageID,
		TradeID:            eventID(trade.Symbol, timestamp, messageID),
		Symbol:             trade.Symbol,
		Exchange:           options.Exchange,
		AssetClass:         options.AssetClass,
		Timestamp:          timestamp,
		Price:              price,
		Quantity:           quantity,
		Currency:           options.Currency,
		Side:               options.Side,
		TradeConditions:    trade.TradeConditions,
		IngestionTimestamp: time.Now(),
		VendorData:         &trade.VendorData,
	}, nil)
}
