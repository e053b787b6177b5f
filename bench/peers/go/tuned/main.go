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
	file, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer file.Close()
	sender := &sender{job: j, writer: avro.NewWriter(io.Discard, 1024)}
	switch j.Format {
	case "csv":
		err = sender.sendCSV(file)
	case "ndjson":
		err = sender.sendJSON(file)
	default:
		err = sender.sendTicks(path, file)
	}
	return sender.rows, err
}

// sender sends the records of one file.
type sender struct {
	*job
	writer *avro.Writer
	chunk  []byte
	rows   int64
}

func (s *sender) sendTicks(path string, file io.Reader) error {
	company, symbol, err := s.CompanyOf(path)
	if err != nil {
		return err
	}
	builder, err := newBuilder(s.Kind, symbol, company, s.Location)
	if err != nil {
		return err
	}
	reader := csv.NewReader(file)
	reader.ReuseRecord = true
	reader.FieldsPerRecord = builder.columns()
	key := []byte(symbol)
	for {
		columns, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		record, headers, err := builder.build(columns)
		if err != nil {
			return err
		}
		if err := s.send(key, record, headers); err != nil {
			return err
		}
	}
}

func (s *sender) send(key []byte, record any, headers []kgo.RecordHeader) error {
	s.writer.Reset(io.Discard)
	s.writer.WriteVal(s.Schema, record)
	if s.writer.Error != nil {
		return s.writer.Error
	}
	body := s.writer.Buffer()
	size := 5 + len(body)
	if len(s.chunk)+size > cap(s.chunk) {
		s.chunk = make([]byte, 0, max(chunkBytes, size))
	}
	at := len(s.chunk)
	s.chunk = append(s.chunk, 0)
	s.chunk = binary.BigEndian.AppendUint32(s.chunk, uint32(s.SchemaID))
	s.chunk = append(s.chunk, body...)
	value := s.chunk[at:len(s.chunk):len(s.chunk)]
	s.rows++
	s.client.Produce(context.Background(), &kgo.Record{Key: key, Value: value, Headers: headers}, s.settled)
	return nil
}

func (j *job) settled(_ *kgo.Record, err error) {
	if err != nil {
		j.failure.CompareAndSwap(nil, &err)
		return
	}
	j.acked.Add(1)
}
