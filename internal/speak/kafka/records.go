package kafka

import (
	"context"
	"errors"
	"fmt"

	"github.com/twmb/franz-go/pkg/kgo"

	"github.com/ferry-project/ferry/internal/script/kafka"
	"github.com/ferry-project/ferry/internal/speak"
)

// writeAndRead is what a user does first: a topic, records, and the same records again.
func writeAndRead(ctx context.Context, c *kgo.Client, to speak.Peer, work kafka.Script) (err error) {
	if err := create(ctx, c, work.Topic); err != nil {
		return fmt.Errorf("create topic %s: %w", work.Topic, err)
	}
	defer func() {
		if gone := remove(ctx, c, work.Topic); gone != nil {
			err = errors.Join(err, fmt.Errorf("delete topic %s: %w", work.Topic, gone))
		}
	}()
	var records []*kgo.Record
	for i := range work.Records {
		records = append(records, &kgo.Record{Topic: work.Topic, Value: fmt.Appendf(nil, "record %d", i)})
	}
	if err := c.ProduceSync(ctx, records...).FirstErr(); err != nil {
		return fmt.Errorf("write to topic %s: %w", work.Topic, err)
	}
	if err := read(ctx, to, work.Topic, records); err != nil {
		return fmt.Errorf("read topic %s: %w", work.Topic, err)
	}
	return nil
}

// read reads the topic from its beginning until it has seen all records.
func read(ctx context.Context, to speak.Peer, topic string, records []*kgo.Record) error {
	c, err := connect(to, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, writeTry)
	defer cancel()
	missing := map[string]bool{}
	for _, r := range records {
		missing[string(r.Value)] = true
	}
	for len(missing) > 0 {
		fetched := c.PollFetches(ctx)
		if ctx.Err() != nil {
			return fmt.Errorf("%d of %d records are not there: %w", len(missing), len(records), ctx.Err())
		}
		if err := fetched.Err(); err != nil {
			return err
		}
		fetched.EachRecord(func(r *kgo.Record) { delete(missing, string(r.Value)) })
	}
	return nil
}
