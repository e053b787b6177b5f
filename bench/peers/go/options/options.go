// Package options reads the input of both programs: flags, the schema and the company table.
package options

import (
	"encoding/csv"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hamba/avro/v2"
)

// The common part of all records.
const (
	Exchange   = "ASX"
	AssetClass = "equities"
	Currency   = "AUD"
	Side       = "UNKNOWN"
)

// Options are the job: all rows of the files into one topic, which must be there.
type Options struct {
	Brokers  []string
	Topic    string
	Schema   avro.Schema
	SchemaID int
	// trades-v2, trades-v1 or quotes-v2; only trades-v2 in files other than tick files.
	Kind string
	// asx-ticks, csv or ndjson.
	Format string
	// Of the exchange, in whose local time ticks are.
	Location *time.Location
	Files    []string

	symbols map[string]string
}

// Read reads the command line and the files that it names.
func Read() (*Options, error) {
	brokers := flag.String("brokers", "", "host:port,…")
	topic := flag.String("topic", "", "topic, which must be there")
	schemaFile := flag.String("schema", "", "file with the schema")
	schemaID := flag.Int("schema-id", 0, "id under which the registry knows it")
	kind := flag.String("kind", "trades-v2", "trades-v2, trades-v1 or quotes-v2")
	format := flag.String("format", "asx-ticks", "asx-ticks, csv or ndjson")
	reference := flag.String("reference", "", "company_info.csv")
	flag.Parse()

	text, err := os.ReadFile(*schemaFile)
	if err != nil {
		return nil, err
	}
	schema, err := avro.ParseBytes(text)
	if err != nil {
		return nil, err
	}
	symbols, err := readSymbols(*reference)
	if err != nil {
		return nil, err
	}
	location, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		return nil, err
	}
	return &Options{
		Brokers: strings.Split(*brokers, ","), Topic: *topic, Schema: schema, SchemaID: *schemaID, Kind: *kind, Format: *format,
		Location: location, Files: flag.Args(), symbols: symbols,
	}, nil
}

// CompanyOf gives the number and the symbol of the company that a tick file is of: the number is its base name.
func (o *Options) CompanyOf(path string) (company, symbol string, err error) {
	company = strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	symbol, known := o.symbols[company]
	if !known {
		return "", "", fmt.Errorf("the symbol of company %s is not known", company)
	}
	return company, symbol, nil
}

// PrintResult prints the line that the bench reads.
func PrintResult(rows int64, seconds float64) error {
	return json.NewEncoder(os.Stdout).Encode(map[string]any{"rows": rows, "seconds": seconds})
}

func readSymbols(path string) (map[string]string, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	rows, err := csv.NewReader(file).ReadAll()
	if err != nil {
		return nil, err
	}
	symbols := map[string]string{}
	for _, row := range rows[1:] {
		symbols[row[0]] = row[1]
	}
	return symbols, nil
}
