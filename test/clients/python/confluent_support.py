# What the steps of confluent-kafka share: the login, and the library's objects as plain values.
import time

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigEntry

from report import Where, error_text, records

where = Where()
name = where.name
PATIENCE = 20
login = {
    "bootstrap.servers": where.bootstrap,
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": where.username,
    "sasl.password": where.password,
    "client.id": "confluent",
    "log_level": 0,
}
admin = AdminClient(login)


def results(futures):
    """Each future's result or error, by the name of what was asked for."""
    out = {}
    for key, future in futures.items():
        try:
            out[str(getattr(key, "topic", None) or getattr(key, "name", None) or key)] = describe(future.result(timeout=PATIENCE))
        except Exception as error:
            out[str(getattr(key, "topic", None) or getattr(key, "name", None) or key)] = error_text(error)
    return out


def describe(value):
    """Objects of the binding that say something only by their attributes."""
    if isinstance(value, dict) and value and all(isinstance(item, ConfigEntry) for item in value.values()):
        return {key: [entry.value, str(entry.source), entry.is_sensitive, entry.is_read_only] for key, entry in value.items()}
    if isinstance(value, TopicPartition):
        return {"topic": value.topic, "partition": value.partition, "offset": value.offset, "error": str(value.error)}
    if isinstance(value, (list, tuple)):
        return [describe(item) for item in value]
    return value


def produce(topic, **config):
    producer = Producer({**login, "message.timeout.ms": 10000, "linger.ms": 50, **config})
    got = []

    def delivered(error, message):
        got.append(str(error) if error else message.offset())

    for record in records():
        producer.produce(topic, partition=0, on_delivery=delivered, **record)
    left = producer.flush(15)
    return {"left": left, "got": got}


def read(message):
    return {
        "partition": message.partition(), "offset": message.offset(), "key": message.key(), "value": message.value(),
        "headers": message.headers(), "at": message.timestamp(),
    }


def poll(consumer, count, patience=12):
    got = []
    end = time.monotonic() + patience
    while len(got) < count and time.monotonic() < end:
        message = consumer.poll(0.5)
        if message is None:
            continue
        if message.error():
            return {"error": error_code(message.error()), "got": got}
        got.append(read(message))
    return {"got": got, "enough": len(got) >= count}


def error_code(error):
    return f"{error.name()}: {error.str()}"


def consumer_of(group, **config):
    return Consumer({**login, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False, **config})


def consume(topic, count, **config):
    consumer = consumer_of(name("direct"), **config)
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        return poll(consumer, count)
    finally:
        consumer.close()


def consume_group(topics, group, count, commit, **config):
    consumer = consumer_of(group, **config)
    try:
        consumer.subscribe(topics)
        got = poll(consumer, count, 18)
        committed = None
        if commit and "error" not in got:
            last = got["got"][count - 1]
            committed = describe(consumer.commit(offsets=[TopicPartition(topics[0], last["partition"], last["offset"] + 1)], asynchronous=False))
        return {**got, "committed": committed}
    finally:
        consumer.close()
