// Package kafka speaks Kafka's protocol with brokers, through whatever way there is to
// their ports: the names that brokers advertise are those of the plan's nodes, and no
// host is looked up.
package kafka

import (
	"context"
	"fmt"
	"net"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"github.com/ferry-project/ferry/internal/retry"
	"github.com/ferry-project/ferry/internal/script/kafka"
	"github.com/ferry-project/ferry/internal/speak"
)

const (
	// oneTry bounds a request: a broker that is starting on a loaded machine may need
	// seconds.
	oneTry = 10 * time.Second
	// writeTry bounds records on their way: a partition may be electing its leader.
	writeTry = time.Minute
)

// Speaker has the work of a kafka.Script done.
type Speaker struct{}

// Do waits until the broker names all others, and then writes and reads if it is asked to.
func (Speaker) Do(ctx context.Context, to speak.Peer, text []byte, say func(string)) error {
	var work kafka.Script
	if err := speak.Read(text, &work); err != nil {
		return err
	}
	c, err := connect(to)
	if err != nil {
		return err
	}
	defer c.Close()
	look := func() error {
		err := see(ctx, c, work.Brokers)
		if err != nil {
			say(err.Error())
		}
		return err
	}
	if err := (retry.Pauses{First: 50 * time.Millisecond, Longest: time.Second / 2}).Until(ctx, look); err != nil {
		return err
	}
	if work.Topic == "" {
		return nil
	}
	return writeAndRead(ctx, c, to, work)
}

// connect makes a client that begins with the peer. It opens no connection yet.
func connect(to speak.Peer, more ...kgo.Opt) (*kgo.Client, error) {
	dial := func(ctx context.Context, _, address string) (net.Conn, error) {
		node, _, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("the broker's address %q: %w", address, err)
		}
		return to.Dial(ctx, node)
	}
	c, err := kgo.NewClient(append(more,
		kgo.SeedBrokers(net.JoinHostPort(to.Node, strconv.Itoa(to.Port))), kgo.Dialer(dial),
		kgo.RetryTimeout(oneTry), kgo.RecordDeliveryTimeout(writeTry), kgo.DisableClientMetrics(),
	)...)
	if err != nil {
		return nil, fmt.Errorf("make a client of Kafka: %w", err)
	}
	return c, nil
}

// see asks the peer itself for the cluster that it knows.
func see(ctx context.Context, c *kgo.Client, brokers int) error {
	ctx, cancel := context.WithTimeout(ctx, oneTry)
	defer cancel()
	ask := kmsg.NewPtrMetadataRequest()
	ask.Topics = []kmsg.MetadataRequestTopic{} // none; nil would be all
	answer, err := c.SeedBrokers()[0].Request(ctx, ask)
	if err != nil {
		return fmt.Errorf("ask for metadata: %w", err)
	}
	m, ok := answer.(*kmsg.MetadataResponse)
	switch {
	case !ok:
		return fmt.Errorf("ask for metadata: the answer is %T", answer)
	case len(m.Brokers) < brokers:
		return fmt.Errorf("it names %d of %d brokers", len(m.Brokers), brokers)
	case m.ControllerID < 0:
		return fmt.Errorf("it names no controller")
	}
	return nil
}

// create makes the topic, with the cluster's own partitions and replicas. One that an
// interrupted conversation has left is as good.
func create(ctx context.Context, c *kgo.Client, topic string) error {
	t := kmsg.NewCreateTopicsRequestTopic()
	t.Topic, t.NumPartitions, t.ReplicationFactor = topic, -1, -1
	ask := kmsg.NewPtrCreateTopicsRequest()
	ask.Topics, ask.TimeoutMillis = append(ask.Topics, t), int32(oneTry.Milliseconds())
	answer, err := ask.RequestWith(ctx, c)
	if err != nil {
		return err
	}
	for _, a := range answer.Topics {
		if err := kerr.ErrorForCode(a.ErrorCode); err != nil && a.ErrorCode != kerr.TopicAlreadyExists.Code {
			return err
		}
	}
	return nil
}

func remove(ctx context.Context, c *kgo.Client, topic string) error {
	t := kmsg.NewDeleteTopicsRequestTopic()
	t.Topic = &topic
	ask := kmsg.NewPtrDeleteTopicsRequest()
	ask.TopicNames, ask.Topics, ask.TimeoutMillis = []string{topic}, append(ask.Topics, t), int32(oneTry.Milliseconds())
	answer, err := ask.RequestWith(ctx, c)
	if err != nil {
		return err
	}
	for _, a := range answer.Topics {
		if err := kerr.ErrorForCode(a.ErrorCode); err != nil {
			return err
		}
	}
	return nil
}
