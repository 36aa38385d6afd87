#!/usr/bin/env python3
"""consume.py [TOPIC [GROUP]]: reads sixty readings as a member of a group, and prints each station's mean."""
import collections
import json
import os
import sys

from kafka import KafkaConsumer

topic = sys.argv[1] if len(sys.argv) > 1 else "events"
group = sys.argv[2] if len(sys.argv) > 2 else "means"
readings = collections.defaultdict(list)
consumer = KafkaConsumer(topic, group_id=group, auto_offset_reset="earliest", enable_auto_commit=False,
                         bootstrap_servers=os.environ["KAFKA_BOOTSTRAP_SERVERS"].split(","))
for record in consumer:
    reading = json.loads(record.value)
    readings[reading["station"]].append(reading["celsius"])
    if sum(map(len, readings.values())) == 60:
        break
consumer.commit()
for station, celsius in sorted(readings.items()):
    print(station, "%.2f" % (sum(celsius) / len(celsius)))
