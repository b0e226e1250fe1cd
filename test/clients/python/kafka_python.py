# kafka-python does all it can; see test/clients/matrix.ts.
import logging

from kafka import KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import (
    ACL,
    ACLFilter,
    ACLOperation,
    ACLPermissionType,
    ACLResourcePatternType,
    ConfigResource,
    ConfigResourceType,
    NewPartitions,
    NewTopic,
    ResourcePattern,
    ResourcePatternFilter,
    ResourceType,
)
from kafka.structs import OffsetAndMetadata

from report import START_MILLI, Where, records, settle, show, step

logging.disable(logging.CRITICAL)
where = Where()
name = where.name
login = {
    "bootstrap_servers": where.bootstrap.split(","),
    "security_protocol": "SASL_PLAINTEXT",
    "sasl_mechanism": "PLAIN",
    "sasl_plain_username": where.username,
    "sasl_plain_password": where.password,
    "client_id": "kafka-python",
}
FOR_EVER = {"retention.ms": "-1"}  # the records say that they are from 2023


def ours(items):
    return {key: item for key, item in items.items() if key.startswith(where.prefix)} if isinstance(items, dict) else [
        item for item in items if where.prefix in str(item)
    ]


def produce(topic, **config):
    producer = KafkaProducer(**login, **{"linger_ms": 20, "max_block_ms": 6000, "delivery_timeout_ms": 10000, "request_timeout_ms": 8000, **config})
    try:
        made = [
            producer.send(topic, value=one["value"], key=one["key"], headers=one["headers"], partition=0, timestamp_ms=one["timestamp"])
            for one in records()
        ]
        producer.flush(15)
        return [future.get(10).offset for future in made]
    finally:
        producer.close(5)


def read(message):
    return {
        "partition": message.partition, "offset": message.offset, "key": message.key, "value": message.value,
        "headers": message.headers, "at": message.timestamp,
    }


def poll(consumer, count, patience=15):
    got = []
    for _ in range(patience * 2):
        for messages in consumer.poll(500, max_records=count - len(got)).values():
            got.extend(read(message) for message in messages)
        if len(got) >= count:
            break
    return got


def consume(topic, count, partition=0, **config):
    consumer = KafkaConsumer(**login, auto_offset_reset="earliest", fetch_max_wait_ms=200, enable_auto_commit=False, **config)
    try:
        consumer.assign([TopicPartition(topic, partition)])
        consumer.seek_to_beginning()
        return poll(consumer, count, 6)
    finally:
        consumer.close()


def consume_group(topics, group, count, commit, **config):
    consumer = KafkaConsumer(*topics, **login, group_id=group, auto_offset_reset="earliest", fetch_max_wait_ms=200, enable_auto_commit=False, **config)
    try:
        got = poll(consumer, count)
        if commit:
            consumer.commit()
        return got
    finally:
        consumer.close()


admin = KafkaAdminClient(**login)


def topics():
    step("create-topics", lambda: admin.create_topics([NewTopic(name("plain"), 3, 1, topic_configs=FOR_EVER), NewTopic(name("other"), 3, 1, topic_configs=FOR_EVER), NewTopic(name("single"), 1, 1, topic_configs=FOR_EVER)]))
    step("create-topics-again", lambda: admin.create_topics([NewTopic(name("plain"), 1, 1)]))
    step("create-topics-validate", lambda: admin.create_topics([NewTopic(name("never"), 1, 1)], validate_only=True))
    step("create-topics-wrong", lambda: admin.create_topics([NewTopic(name("bad"), 1, 9)]))
    settle()
    step("list-topics", lambda: sorted(ours(admin.list_topics())))
    step("describe-topics", lambda: admin.describe_topics([name("plain"), name("unknown")]))
    step("describe-topic-partitions", lambda: admin.describe_topic_partitions([name("plain")]))
    step("describe-cluster", lambda: admin.describe_cluster())
    step("describe-configs", lambda: admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name("plain"))]))
    step("alter-configs", lambda: admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, name("plain"), configs={"max.message.bytes": "70000"})]))
    step("reset-configs", lambda: admin.reset_configs([ConfigResource(ConfigResourceType.TOPIC, name("plain"), configs={"max.message.bytes": None})]))
    step("list-config-resources", lambda: sorted(map(str, ours(admin.list_config_resources()))))
    step("create-partitions", lambda: admin.create_partitions({name("plain"): NewPartitions(5)}))
    step("create-partitions-fewer", lambda: admin.create_partitions({name("plain"): NewPartitions(1)}))
    step("describe-features", lambda: admin.describe_features())


def traffic():
    for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
        step(f"produce-{codec}", lambda: produce(name("single"), compression_type=codec))
    step("produce-idempotent", lambda: produce(name("single"), enable_idempotence=True))
    step("produce-not-idempotent", lambda: produce(name("single"), enable_idempotence=False, acks=1))
    step("produce-acks-0", lambda: produce(name("single"), enable_idempotence=False, acks=0))
    step("produce-unknown-topic", lambda: produce(name("unknown")))
    settle()
    step("consume", lambda: consume(name("single"), 80))
    step("list-partition-offsets", lambda: admin.list_partition_offsets({TopicPartition(name("single"), 0): -1}))
    step("offsets", offsets)
    step("delete-records", lambda: admin.delete_records({TopicPartition(name("single"), 0): 5}))


def offsets():
    consumer = KafkaConsumer(**login)
    one = TopicPartition(name("single"), 0)
    try:
        return [consumer.beginning_offsets([one]), consumer.end_offsets([one]), consumer.offsets_for_times({one: START_MILLI + 3}), sorted(ours(consumer.topics()))]
    finally:
        consumer.close()


def groups():
    group = name("group")
    step("group-consume", lambda: consume_group([name("single")], group, 20, True))
    step("group-resume", lambda: consume_group([name("single")], group, 10, False))
    step("list-groups", lambda: sorted(str(one) for one in ours(admin.list_groups())))
    step("describe-groups", lambda: admin.describe_groups([group]))
    step("list-group-offsets", lambda: admin.list_group_offsets(group))
    step("alter-group-offsets", lambda: admin.alter_group_offsets(group, {TopicPartition(name("single"), 0): OffsetAndMetadata(7, "set", -1)}))
    step("delete-group-offsets", lambda: admin.delete_group_offsets(group, [TopicPartition(name("single"), 0)]))


def transactions():
    def run(commit):
        producer = KafkaProducer(**login, transactional_id=name("txn"), max_block_ms=10000)
        try:
            producer.init_transactions()
            producer.begin_transaction()
            offset = producer.send(name("other"), b"commit" if commit else b"abort", partition=1, timestamp_ms=START_MILLI).get(10).offset
            if commit:
                producer.send_offsets_to_transaction({TopicPartition(name("single"), 0): OffsetAndMetadata(3, "", -1)}, name("etl"))
                producer.commit_transaction()
            else:
                producer.abort_transaction()
            return offset
        finally:
            producer.close(5)

    step("transaction-commit", lambda: run(True))
    step("transaction-abort", lambda: run(False))
    step("transaction-commit-again", lambda: run(True))
    step("read-committed", lambda: consume(name("other"), 2, 1, isolation_level="read_committed"))
    step("read-uncommitted", lambda: consume(name("other"), 3, 1))
    step("transaction-offsets", lambda: admin.list_group_offsets(name("etl")))
    step("list-transactions", lambda: len(ours(admin.list_transactions())))
    step("describe-transactions", lambda: admin.describe_transactions([name("txn")]))
    step("describe-producers", lambda: len(admin.describe_producers([TopicPartition(name("other"), 1)])))


def administration():
    acl = ACL("User:someone", "*", ACLOperation.READ, ACLPermissionType.ALLOW, ResourcePattern(ResourceType.TOPIC, name("acl")))
    matching = ACLFilter(None, None, ACLOperation.ANY, ACLPermissionType.ANY, ResourcePatternFilter(ResourceType.TOPIC, name("acl"), pattern_type=ACLResourcePatternType.LITERAL))
    step("acls-create", lambda: str(admin.create_acls([acl])))
    settle()
    step("acls-describe", lambda: str(admin.describe_acls(matching)))
    step("acls-delete", lambda: str(admin.delete_acls([matching])))
    step("describe-log-dirs", lambda: len(admin.describe_log_dirs()))
    step("elect-leaders", lambda: admin.elect_leaders(0, [TopicPartition(name("single"), 0)]))
    step("reassign", lambda: admin.alter_partition_reassignments({TopicPartition(name("single"), 0): [1]}))
    settle()
    step("reassign-list", finished_reassignments)
    step("describe-quorum", lambda: sorted(admin.describe_metadata_quorum()))


def finished_reassignments():
    for _ in range(20):
        left = [one for one in admin.list_partition_reassignments() if where.prefix in str(one)]
        if not left:
            break
        settle()
    return left


def clean_up():
    step("delete-groups", lambda: admin.delete_groups([name("group"), name("never")]))
    step("delete-topics", lambda: admin.delete_topics([name("plain"), name("other"), name("single")]))
    step("delete-topics-unknown", lambda: admin.delete_topics([name("unknown")]))


def guarded():
    secret, masked, hidden = name("secret"), name("masked"), name("hidden")
    step("produce-denied", lambda: produce(secret))
    step("produce-masked", lambda: produce(masked))
    step("consume-masked", lambda: consume(masked, 10))
    step("consume-denied", lambda: consume(secret, 1))
    step("group-denied", lambda: consume_group([masked], hidden, 1, False))
    step("group-of-denied-topic", lambda: consume_group([secret], name("group"), 1, False))
    step("describe-topics", lambda: admin.describe_topics([secret, masked]))
    step("describe-configs", lambda: admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, secret)]))
    step("alter-configs", lambda: admin.alter_configs([ConfigResource(ConfigResourceType.TOPIC, secret, configs={"max.message.bytes": "70000"})]))
    step("create-topics", lambda: admin.create_topics([NewTopic(name("new-secret"), 1, 1)]))
    step("create-partitions", lambda: admin.create_partitions({secret: NewPartitions(2)}))
    step("delete-records", lambda: admin.delete_records({TopicPartition(secret, 0): 1}))
    step("describe-groups", lambda: admin.describe_groups([hidden]))
    step("list-group-offsets", lambda: admin.list_group_offsets(hidden))
    step("delete-groups", lambda: admin.delete_groups([hidden]))
    step("delete-topics", lambda: admin.delete_topics([secret]))


if where.steps == "guarded":
    guarded()
else:
    topics()
    traffic()
    groups()
    transactions()
    administration()
    clean_up()
admin.close()
show({"step": "end", "ok": True})
