# aiokafka does all it can; see test/clients/matrix.ts.
import asyncio
import logging

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewPartitions, NewTopic, RecordsToDelete
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType

from report import START_MILLI, Where, records, settle, show, step_async

logging.disable(logging.CRITICAL)
where = Where()
name = where.name
login = {
    "bootstrap_servers": where.bootstrap.split(","),
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_plain_username": where.username,
    "sasl_plain_password": where.password,
    "client_id": "aiokafka",
}
FOR_EVER = {"retention.ms": "-1"}  # the records say that they are from 2023


async def produce(topic, **config):
    producer = AIOKafkaProducer(**login, request_timeout_ms=8000, **config)
    await producer.start()
    try:
        made = [
            await producer.send(topic, value=one["value"], key=one["key"], headers=one["headers"], partition=0, timestamp_ms=one["timestamp"])
            for one in records()
        ]
        await producer.flush()
        return [getattr(await future, "offset", None) for future in made]
    finally:
        await producer.stop()


async def poll(consumer, count, patience=12):
    got = []
    for _ in range(patience * 2):
        for messages in (await consumer.getmany(timeout_ms=500, max_records=count - len(got))).values():
            got.extend({
                "partition": one.partition, "offset": one.offset, "key": one.key, "value": one.value, "headers": list(one.headers), "at": one.timestamp,
            } for one in messages)
        if len(got) >= count:
            break
    return got


async def consume(topic, count, partition=0, **config):
    consumer = AIOKafkaConsumer(**login, auto_offset_reset="earliest", fetch_max_wait_ms=200, enable_auto_commit=False, **config)
    await consumer.start()
    try:
        consumer.assign([TopicPartition(topic, partition)])
        return await poll(consumer, count, 6)
    finally:
        await consumer.stop()


async def consume_group(topics, group, count, commit):
    consumer = AIOKafkaConsumer(*topics, **login, group_id=group, auto_offset_reset="earliest", fetch_max_wait_ms=200, enable_auto_commit=False)
    await consumer.start()
    try:
        got = await poll(consumer, count)
        if commit:
            await consumer.commit()
        return got
    finally:
        await consumer.stop()


async def offsets():
    consumer = AIOKafkaConsumer(**login)
    await consumer.start()
    one = TopicPartition(name("single"), 0)
    try:
        return [await consumer.beginning_offsets([one]), await consumer.end_offsets([one]), await consumer.offsets_for_times({one: START_MILLI + 3})]
    finally:
        await consumer.stop()


async def transaction(commit):
    producer = AIOKafkaProducer(**login, transactional_id=name("txn"))
    await producer.start()
    try:
        await producer.begin_transaction()
        sent = await producer.send_and_wait(name("other"), b"commit" if commit else b"abort", partition=1, timestamp_ms=START_MILLI)
        if commit:
            await producer.send_offsets_to_transaction({TopicPartition(name("single"), 0): 3}, name("etl"))
            await producer.commit_transaction()
        else:
            await producer.abort_transaction()
        return sent.offset
    finally:
        await producer.stop()


async def everything(admin):
    new = [NewTopic(name("plain"), 3, 1, topic_configs=FOR_EVER), NewTopic(name("other"), 3, 1, topic_configs=FOR_EVER), NewTopic(name("single"), 1, 1, topic_configs=FOR_EVER)]
    await step_async("create-topics", lambda: admin.create_topics(new))
    await step_async("create-topics-again", lambda: admin.create_topics(new[:1]))
    await step_async("create-topics-validate", lambda: admin.create_topics([NewTopic(name("never"), 1, 1)], validate_only=True))
    settle()

    async def listed():
        return sorted(one for one in await admin.list_topics() if one.startswith(where.prefix))

    await step_async("list-topics", listed)
    await step_async("describe-topics", lambda: admin.describe_topics([name("plain"), name("unknown")]))
    await step_async("describe-cluster", lambda: admin.describe_cluster())
    await step_async("describe-configs", lambda: admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name("plain"))]))
    await step_async("alter-configs", lambda: admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name("plain"), configs={"max.message.bytes": "70000"})]))
    await step_async("create-partitions", lambda: admin.create_partitions({name("plain"): NewPartitions(5)}))
    await step_async("create-partitions-fewer", lambda: admin.create_partitions({name("plain"): NewPartitions(1)}))
    for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
        await step_async(f"produce-{codec}", lambda: produce(name("single"), compression_type=codec))
    await step_async("produce-idempotent", lambda: produce(name("single"), enable_idempotence=True))
    await step_async("produce-acks-0", lambda: produce(name("single"), acks=0))
    await step_async("consume", lambda: consume(name("single"), 70))
    await step_async("offsets", offsets)
    await step_async("delete-records", lambda: admin.delete_records({TopicPartition(name("single"), 0): RecordsToDelete(5)}))
    await step_async("group-consume", lambda: consume_group([name("single")], name("group"), 20, True))
    await step_async("group-resume", lambda: consume_group([name("single")], name("group"), 10, False))

    async def groups():
        return sorted(str(one) for one in await admin.list_consumer_groups() if where.prefix in str(one))

    await step_async("list-groups", groups)
    await step_async("describe-groups", lambda: admin.describe_consumer_groups([name("group")]))
    await step_async("group-offsets", lambda: admin.list_consumer_group_offsets(name("group")))
    await step_async("transaction-commit", lambda: transaction(True))
    await step_async("transaction-abort", lambda: transaction(False))
    await step_async("transaction-commit-again", lambda: transaction(True))
    await step_async("read-committed", lambda: consume(name("other"), 2, 1, isolation_level="read_committed"))
    await step_async("read-uncommitted", lambda: consume(name("other"), 3, 1))

    async def deleted():
        answer = await admin.delete_topics([name("plain"), name("other"), name("single"), name("unknown")])
        return sorted(map(list, answer.topic_error_codes))

    await step_async("delete-topics", deleted)


async def guarded(admin):
    secret, masked, hidden = name("secret"), name("masked"), name("hidden")
    await step_async("produce-denied", lambda: produce(secret))
    await step_async("produce-masked", lambda: produce(masked))
    await step_async("consume-masked", lambda: consume(masked, 10))
    await step_async("consume-denied", lambda: consume(secret, 1))
    await step_async("group-denied", lambda: consume_group([masked], hidden, 1, False))
    await step_async("group-of-denied-topic", lambda: consume_group([secret], name("group"), 1, False))
    await step_async("describe-topics", lambda: admin.describe_topics([secret, masked]))
    await step_async("create-topics", lambda: admin.create_topics([NewTopic(name("new-secret"), 1, 1), NewTopic(name("new"), 1, 1)]))
    await step_async("create-partitions", lambda: admin.create_partitions({secret: NewPartitions(2)}))
    await step_async("describe-groups", lambda: admin.describe_consumer_groups([hidden]))
    await step_async("group-offsets", lambda: admin.list_consumer_group_offsets(hidden))
    await step_async("delete-topics", lambda: admin.delete_topics([secret, masked, name("new")]))


async def main():
    admin = AIOKafkaAdminClient(**login)
    await admin.start()
    try:
        await (guarded if where.steps == "guarded" else everything)(admin)
    finally:
        await admin.close()


asyncio.run(main())
show({"step": "end", "ok": True})
