// The same job as `load`, as one would write it in Go: encoding/csv, hamba/avro, franz-go. Reads ASX tick files at the same
// time, builds the record of the given schema, and sends it with acks=all and idempotence. Prints one line of JSON: rows,
// seconds from the first row read to the last acknowledgement, and records a second.
package main

import (
	"context"
	"encoding/binary"
	"encoding/csv"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
)

const chunkBytes = 64 * 1024

type job struct {
	client   *kgo.Client
	schema   avro.Schema
	schemaID uint32
	topic    string
	kind     string
	symbols  map[string]string
	location *time.Location

	acked   atomic.Int64
	failure atomic.Pointer[error]
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	brokers := flag.String("brokers", "", "host:port,…")
	topic := flag.String("topic", "", "topic, which must be there")
	schemaFile := flag.String("schema", "", "file with the schema")
	schemaID := flag.Uint("schema-id", 0, "id under which the registry knows it")
	kind := flag.String("kind", "trades-v2", "trades-v2, trades-v1 or quotes-v2")
	reference := flag.String("reference", "", "company_info.csv")
	flag.Parse()

	text, err := os.ReadFile(*schemaFile)
	if err != nil {
		return err
	}
	schema, err := avro.ParseBytes(text)
	if err != nil {
		return err
	}
	symbols, err := readSymbols(*reference)
	if err != nil {
		return err
	}
	location, err := time.LoadLocation("Australia/Sydney")
	if err != nil {
		return err
	}
	// Acks of all in-sync replicas, idempotence and murmur2 by key are what the client does by itself.
	client, err := kgo.NewClient(
		kgo.SeedBrokers(strings.Split(*brokers, ",")...),
		kgo.DefaultProduceTopic(*topic),
		kgo.ProducerLinger(5*time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
		kgo.MaxBufferedRecords(200_000),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Ping(context.Background()); err != nil {
		return err
	}

	work := &job{
		client: client, schema: schema, schemaID: uint32(*schemaID), topic: *topic, kind: *kind,
		symbols: symbols, location: location,
	}
	start := time.Now()
	var rows atomic.Int64
	var group sync.WaitGroup
	failures := make(chan error, flag.NArg())
	for _, path := range flag.Args() {
		group.Add(1)
		go func() {
			defer group.Done()
			count, err := work.sendFile(path)
			rows.Add(count)
			if err != nil {
				failures <- fmt.Errorf("%s: %w", path, err)
			}
		}()
	}
	group.Wait()
	close(failures)
	if err := client.Flush(context.Background()); err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	for err := range failures {
		return err
	}
	if failure := work.failure.Load(); failure != nil {
		return *failure
	}
	if work.acked.Load() != rows.Load() {
		return fmt.Errorf("%d rows, %d acknowledged", rows.Load(), work.acked.Load())
	}
	return json.NewEncoder(os.Stdout).Encode(map[string]any{
		"rows": rows.Load(), "seconds": seconds, "records_per_second": float64(rows.Load()) / seconds,
	})
}

// sendFile reads one tick file, whose base name is its company number.
func (j *job) sendFile(path string) (int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	company := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	symbol, known := j.symbols[company]
	if !known {
		return 0, errors.New("its symbol is not known")
	}
	builder, err := newBuilder(j.kind, symbol, company, j.location)
	if err != nil {
		return 0, err
	}
	reader := csv.NewReader(file)
	reader.ReuseRecord = true
	reader.FieldsPerRecord = builder.columns()
	key := []byte(symbol)
	writer := avro.NewWriter(io.Discard, 1024)
	var chunk []byte
	var row int64
	for ; ; row++ {
		columns, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return row, nil
		}
		if err != nil {
			return row, err
		}
		record, headers, err := builder.build(columns, row+1)
		if err != nil {
			return row, err
		}
		writer.Reset(io.Discard)
		writer.WriteVal(j.schema, record)
		if writer.Error != nil {
			return row, writer.Error
		}
		body := writer.Buffer()
		size := 5 + len(body)
		if len(chunk)+size > cap(chunk) {
			chunk = make([]byte, 0, max(chunkBytes, size))
		}
		at := len(chunk)
		chunk = append(chunk, 0)
		chunk = binary.BigEndian.AppendUint32(chunk, j.schemaID)
		chunk = append(chunk, body...)
		j.client.Produce(
			context.Background(),
			&kgo.Record{Key: key, Value: chunk[at:len(chunk):len(chunk)], Headers: headers},
			j.settled,
		)
	}
}

func (j *job) settled(_ *kgo.Record, err error) {
	if err != nil {
		j.failure.CompareAndSwap(nil, &err)
		return
	}
	j.acked.Add(1)
}

// readSymbols gives the symbol of each company number.
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
