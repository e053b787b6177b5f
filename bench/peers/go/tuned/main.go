// The same job as `load`, as fast as encoding/csv, hamba/avro and franz-go allow: records are reused, decimals are made
// without big numbers, and values share memory. Reads all files at the same time. Prints one line of JSON: rows, and seconds
// from the first row read to the last acknowledgement.
package main

import (
	"context"
	"encoding/binary"
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

	"tickflume/bench/peers/go/options"
)

const chunkBytes = 64 * 1024

type job struct {
	*options.Options
	client *kgo.Client

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
	given, err := options.Read()
	if err != nil {
		return err
	}
	// Acks of all in-sync replicas, idempotence and murmur2 by key are what the client does by itself.
	client, err := kgo.NewClient(
		kgo.SeedBrokers(given.Brokers...),
		kgo.DefaultProduceTopic(given.Topic),
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

	work := &job{Options: given, client: client}
	start := time.Now()
	var rows atomic.Int64
	var group sync.WaitGroup
	failures := make(chan error, len(work.Files))
	for _, path := range work.Files {
		group.Go(func() {
			count, err := work.sendFile(path)
			rows.Add(count)
			if err != nil {
				failures <- fmt.Errorf("%s: %w", path, err)
			}
		})
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
	return options.PrintResult(rows.Load(), seconds)
}

func (j *job) sendFile(path string) (int64, error) {
	company, symbol, err := j.CompanyOf(path)
	if err != nil {
		return 0, err
	}
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	builder, err := newBuilder(j.Kind, symbol, company, j.Location)
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
		record, headers, err := builder.build(columns)
		if err != nil {
			return row, err
		}
		writer.Reset(io.Discard)
		writer.WriteVal(j.Schema, record)
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
		chunk = binary.BigEndian.AppendUint32(chunk, uint32(j.SchemaID))
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
