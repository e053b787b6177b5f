// The same job as `load`, as the documentation of encoding/csv, hamba/avro and franz-go shows it: a struct for each record
// with the types that hamba/avro maps the schema to, avro.Marshal for each row behind franz-go's Serde, and the client's
// defaults. Reads all files at the same time. Prints one line of JSON: rows, and seconds from the first row read to the
// last acknowledgement.
package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hamba/avro/v2"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"tickflume/bench/peers/go/options"
)

type loader struct {
	*options.Options
	client *kgo.Client
	serde  *sr.Serde
	build  buildFunc

	rows, acked atomic.Int64
	failure     atomic.Pointer[error]
}

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	given, err := options.Read()
	if err != nil {
		return err
	}
	kind, known := kinds[given.Kind]
	if !known {
		return fmt.Errorf("there is no kind %q", given.Kind)
	}
	serde := sr.NewSerde()
	serde.Register(given.SchemaID, kind.record, sr.EncodeFn(func(record any) ([]byte, error) {
		return avro.Marshal(given.Schema, record)
	}))
	// Acks of all in-sync replicas, idempotence and murmur2 by key are what the client does by itself.
	client, err := kgo.NewClient(
		kgo.SeedBrokers(given.Brokers...),
		kgo.DefaultProduceTopic(given.Topic),
		kgo.ProducerLinger(5*time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx := context.Background()
	if err := client.Ping(ctx); err != nil {
		return err
	}

	l := &loader{Options: given, client: client, serde: serde, build: kind.build}
	start := time.Now()
	var group sync.WaitGroup
	for _, path := range l.Files {
		group.Go(func() {
			if err := l.sendFile(ctx, path); err != nil {
				l.fail(fmt.Errorf("%s: %w", path, err))
			}
		})
	}
	group.Wait()
	if err := client.Flush(ctx); err != nil {
		return err
	}
	seconds := time.Since(start).Seconds()
	if failure := l.failure.Load(); failure != nil {
		return *failure
	}
	if l.acked.Load() != l.rows.Load() {
		return fmt.Errorf("%d rows, %d acknowledged", l.rows.Load(), l.acked.Load())
	}
	return options.PrintResult(l.rows.Load(), seconds)
}

func (l *loader) sendFile(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	switch l.Format {
	case "csv":
		return l.sendCSV(ctx, file)
	case "ndjson":
		return l.sendJSON(ctx, file)
	default:
		return l.sendTicks(ctx, path, file)
	}
}

func (l *loader) sendTicks(ctx context.Context, path string, file io.Reader) error {
	company, symbol, err := l.CompanyOf(path)
	if err != nil {
		return err
	}
	reader := csv.NewReader(file)
	reader.ReuseRecord = true
	for {
		columns, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		record, headers, err := l.build(row{columns, company, symbol, l.Location})
		if err != nil {
			return err
		}
		if err := l.send(ctx, symbol, record, headers); err != nil {
			return err
		}
	}
}

func (l *loader) send(ctx context.Context, symbol string, record any, headers []kgo.RecordHeader) error {
	value, err := l.serde.Encode(record)
	if err != nil {
		return err
	}
	l.rows.Add(1)
	l.client.Produce(ctx, &kgo.Record{Key: []byte(symbol), Value: value, Headers: headers}, func(_ *kgo.Record, err error) {
		if err != nil {
			l.fail(err)
			return
		}
		l.acked.Add(1)
	})
	return nil
}

// fail keeps the first error.
func (l *loader) fail(err error) {
	l.failure.CompareAndSwap(nil, &err)
}
