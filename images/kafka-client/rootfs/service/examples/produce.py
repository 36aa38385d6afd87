#!/usr/bin/env python3
"""produce.py [TOPIC]: writes the readings of events.jsonl, acknowledged by every replica in sync."""
import json
import os
import sys

from kafka import KafkaProducer

topic = sys.argv[1] if len(sys.argv) > 1 else "events"
producer = KafkaProducer(bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"].split(","), acks="all", retries=100,
                         delivery_timeout_ms=300000)
sent = []
with open(os.path.join(os.path.dirname(__file__), "events.jsonl"), "rb") as lines:
    for line in lines:
        sent.append(producer.send(topic, line.strip(), key=json.loads(line)["station"].encode()))
for record in sent:
    record.get(timeout=300)
print(len(sent), "acknowledged")
