# confluent-kafka (librdkafka) does all it can; see test/clients/matrix.ts.
import time

from confluent_kafka import (
    Consumer,
    ConsumerGroupTopicPartitions,
    ElectionType,
    IsolationLevel,
    KafkaError,
    KafkaException,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
    AdminClient,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourcePatternType,
    ResourceType,
    ScramCredentialInfo,
    ScramMechanism,
    UserScramCredentialDeletion,
    UserScramCredentialUpsertion,
)

from report import Where, error_text, records, settle, show, step

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


def topics():
    config = {"retention.ms": "-1"}  # the records say that they are from 2023
    new = [NewTopic(name("plain"), 3, 1, config=config), NewTopic(name("other"), 3, 1, config=config), NewTopic(name("single"), 1, 1, config=config)]
    step("create-topics", lambda: results(admin.create_topics(new)))
    step("create-topics-again", lambda: results(admin.create_topics([NewTopic(name("plain"), 1, 1)])))
    step("create-topics-validate", lambda: results(admin.create_topics([NewTopic(name("never"), 1, 1)], validate_only=True)))
    step("create-topics-wrong", lambda: results(admin.create_topics([NewTopic(name("bad name!"), 1, 1), NewTopic(name("bad"), 1, 9)])))
    settle()
    step("list-topics", lambda: {
        topic: [len(one.partitions), str(one.error), sorted((p.id, len(p.replicas)) for p in one.partitions.values())]
        for topic, one in admin.list_topics(timeout=PATIENCE).topics.items() if topic.startswith(where.prefix)
    })
    step("list-brokers", lambda: {one.id: f"{one.host}:{one.port}" for one in admin.list_topics(timeout=PATIENCE).brokers.values()})
    step("describe-topics", lambda: {
        topic: described if isinstance(described, str) else [described.name, described.is_internal, sorted(map(str, described.authorized_operations or [])), len(described.partitions)]
        for topic, described in results(admin.describe_topics(TopicCollection([name("plain"), name("unknown")]), include_authorized_operations=True)).items()
    })
    step("describe-cluster", cluster)
    step("describe-configs", lambda: results(admin.describe_configs([ConfigResource(ResourceType.TOPIC, name("plain")), ConfigResource(ResourceType.TOPIC, name("unknown"))])))
    alter = ConfigResource(ResourceType.TOPIC, name("plain"), incremental_configs=[ConfigEntry("max.message.bytes", "70000", incremental_operation=AlterConfigOpType.SET)])
    step("incremental-alter-configs", lambda: results(admin.incremental_alter_configs([alter])))
    wrong = ConfigResource(ResourceType.TOPIC, name("plain"), incremental_configs=[ConfigEntry("retention.ms", "x", incremental_operation=AlterConfigOpType.SET)])
    step("incremental-alter-configs-wrong", lambda: results(admin.incremental_alter_configs([wrong])))
    step("alter-configs", lambda: results(admin.alter_configs([ConfigResource(ResourceType.TOPIC, name("single"), set_config={"max.message.bytes": "65536", "retention.ms": "-1"})])))
    step("create-partitions", lambda: results(admin.create_partitions([NewPartitions(name("plain"), 5)])))
    step("create-partitions-fewer", lambda: results(admin.create_partitions([NewPartitions(name("plain"), 1)])))
    settle()


def cluster():
    described = admin.describe_cluster(include_authorized_operations=True).result(timeout=PATIENCE)
    return [sorted(node.id for node in described.nodes), len(described.cluster_id), sorted(map(str, described.authorized_operations or []))]


def traffic():
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        step(f"produce-{codec}", lambda: produce(name("single"), **{"compression.type": codec}))
    step("produce-idempotent", lambda: produce(name("single"), **{"enable.idempotence": True}))
    step("produce-acks-1", lambda: produce(name("single"), acks=1))
    step("produce-acks-0", lambda: produce(name("single"), acks=0))
    if where.steps == "all":  # a client's own patience with a topic that is not there
        step("produce-unknown-topic", lambda: produce(name("unknown")))
    settle()
    step("consume", lambda: consume(name("single"), 80))
    if where.steps == "all":
        step("consume-unknown-topic", lambda: consume(name("unknown"), 1))
    step("watermarks", watermarks)
    step("offsets-for-times", for_times)
    one = TopicPartition(name("single"), 0)
    for spec in ["earliest", "latest", "max_timestamp"]:
        step(f"list-offsets-{spec}", lambda: {
            str(key): [future.result(timeout=PATIENCE).offset] for key, future in
            admin.list_offsets({one: getattr(OffsetSpec, spec)()}, isolation_level=IsolationLevel.READ_UNCOMMITTED).items()
        })
    step("delete-records", lambda: [future.result(timeout=PATIENCE).low_watermark for future in admin.delete_records([TopicPartition(name("single"), 0, 5)]).values()])


def watermarks():
    consumer = consumer_of(name("direct"))
    try:
        return consumer.get_watermark_offsets(TopicPartition(name("single"), 0), timeout=PATIENCE)
    finally:
        consumer.close()


def for_times():
    consumer = consumer_of(name("direct"))
    try:
        return describe(consumer.offsets_for_times([TopicPartition(name("single"), 0, 1_700_000_000_003)], timeout=PATIENCE))
    finally:
        consumer.close()


def groups():
    group = name("group")
    step("group-consume", lambda: consume_group([name("single")], group, 20, True))
    step("group-resume", lambda: consume_group([name("single")], group, 10, False))
    step("group-consume-new-protocol", lambda: consume_group([name("single")], name("next"), 10, True, **{"group.protocol": "consumer"}))
    step("group-regex", lambda: consume_group([f"^{where.prefix}-sing.*"], name("regex"), 10, False))
    step("group-regex-new-protocol", lambda: consume_group([f"^{where.prefix}-sing.*"], name("regex-next"), 10, False, **{"group.protocol": "consumer"}))
    step("list-groups", listed)
    step("describe-groups", described)
    step("group-offsets", lambda: [describe(future.result(timeout=PATIENCE).topic_partitions) for future in admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(group)]).values()])
    altered = ConsumerGroupTopicPartitions(group, [TopicPartition(name("single"), 0, 7)])
    step("alter-group-offsets", lambda: [describe(future.result(timeout=PATIENCE).topic_partitions) for future in admin.alter_consumer_group_offsets([altered]).values()])


def listed():
    settle()
    result = admin.list_consumer_groups(request_timeout=PATIENCE).result()
    return [[(one.group_id, str(one.state), str(one.type)) for one in sorted(result.valid, key=lambda g: g.group_id) if one.group_id.startswith(where.prefix)], [str(e) for e in result.errors]]


def described():
    out = {}
    for group, future in admin.describe_consumer_groups([name("group"), name("next"), name("never")], include_authorized_operations=True).items():
        try:
            one = future.result(timeout=PATIENCE)
            out[group] = [str(one.state), one.partition_assignor, len(one.members), sorted(map(str, one.authorized_operations or []))]
        except Exception as error:
            out[group] = error_text(error)
    return out


def transactions():
    def run(commit):
        producer = Producer({**login, "transactional.id": name("txn"), "transaction.timeout.ms": 30000})
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
        producer.produce(name("other"), b"commit" if commit else b"abort", partition=1, timestamp=1_700_000_000_000)
        if commit:
            producer.commit_transaction(PATIENCE)
        else:
            producer.flush(PATIENCE)
            producer.abort_transaction(PATIENCE)

    step("transaction-commit", lambda: run(True))
    step("transaction-abort", lambda: run(False))
    step("transaction-commit-again", lambda: run(True))
    for level in ["read_committed", "read_uncommitted"]:
        step(level, lambda: consume_level(level, 2 if level == "read_committed" else 3))
    step("transaction-with-offsets", with_offsets)


def consume_level(level, count):
    consumer = consumer_of(name("direct"), **{"isolation.level": level})
    try:
        consumer.assign([TopicPartition(name("other"), 1, 0)])
        return poll(consumer, count)
    finally:
        consumer.close()


def with_offsets():
    consumer = consumer_of(name("etl"), **{"isolation.level": "read_committed"})
    producer = Producer({**login, "transactional.id": name("etl")})
    try:
        consumer.subscribe([name("other")])
        got = poll(consumer, 2)
        producer.init_transactions(PATIENCE)
        producer.begin_transaction()
        producer.produce(name("other"), b"derived", partition=2)
        producer.send_offsets_to_transaction(consumer.position(consumer.assignment()), consumer.consumer_group_metadata(), PATIENCE)
        producer.commit_transaction(PATIENCE)
        return [got, sorted(map(str, describe(consumer.committed([TopicPartition(name("other"), 1)], timeout=PATIENCE))))]
    finally:
        consumer.close()


def administration():
    binding = AclBinding(ResourceType.TOPIC, name("acl"), ResourcePatternType.LITERAL, "User:someone", "*", AclOperation.READ, AclPermissionType.ALLOW)
    matching = AclBindingFilter(ResourceType.TOPIC, name("acl"), ResourcePatternType.LITERAL, None, None, AclOperation.ANY, AclPermissionType.ANY)
    step("acls-create", lambda: results(admin.create_acls([binding])))
    settle()
    step("acls-describe", lambda: [str(one) for one in admin.describe_acls(matching).result(timeout=PATIENCE)])
    step("acls-delete", lambda: [[str(one) for one in future.result(timeout=PATIENCE)] for future in admin.delete_acls([matching]).values()])
    upsert = UserScramCredentialUpsertion(name("user"), ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), b"not-a-secret")
    step("scram-upsert", lambda: results(admin.alter_user_scram_credentials([upsert])))
    settle()
    step("scram-describe", lambda: {
        user: [str(info.mechanism) for info in future.result(timeout=PATIENCE).scram_credential_infos]
        for user, future in admin.describe_user_scram_credentials([name("user")]).items()
    })
    step("scram-delete", lambda: results(admin.alter_user_scram_credentials([UserScramCredentialDeletion(name("user"), ScramMechanism.SCRAM_SHA_256)])))
    step("elect-leaders", lambda: {
        str(key): str(value) for key, value in
        admin.elect_leaders(ElectionType.PREFERRED, [TopicPartition(name("single"), 0), TopicPartition(name("unknown"), 0)]).result(timeout=PATIENCE).items()
    })
    step("broker-configs", lambda: results(admin.describe_configs([ConfigResource(ResourceType.BROKER, "1")])))


def clean_up():
    step("delete-groups", lambda: results(admin.delete_consumer_groups([name("group"), name("never")])))
    step("delete-topics", lambda: results(admin.delete_topics([name("plain"), name("other"), name("single"), name("unknown")])))


def guarded():
    secret, masked, hidden = name("secret"), name("masked"), name("hidden")
    step("produce-denied", lambda: produce(secret))
    step("produce-masked", lambda: produce(masked))
    step("consume-masked", lambda: consume(masked, 10))
    step("consume-denied", lambda: consume(secret, 1))
    step("consume-both", lambda: consume_group([secret, masked], name("both"), 10, False))
    step("group-denied", lambda: consume_group([masked], hidden, 1, False))
    step("group-denied-new-protocol", lambda: consume_group([masked], hidden, 1, False, **{"group.protocol": "consumer"}))
    step("group-of-denied-topic", lambda: consume_group([secret], name("group"), 1, False))
    step("group-of-denied-topic-new-protocol", lambda: consume_group([secret], name("group-next"), 1, False, **{"group.protocol": "consumer"}))
    step("describe-topics", lambda: {
        topic: described if isinstance(described, str) else [len(described.partitions)]
        for topic, described in results(admin.describe_topics(TopicCollection([secret, masked]))).items()
    })
    step("describe-configs", lambda: {
        key: value if isinstance(value, str) else len(value)
        for key, value in results(admin.describe_configs([ConfigResource(ResourceType.TOPIC, secret), ConfigResource(ResourceType.TOPIC, masked)])).items()
    })
    for topic in [secret, masked]:
        change = ConfigResource(ResourceType.TOPIC, topic, incremental_configs=[ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)])
        step(f"alter-configs-{topic}", lambda: results(admin.incremental_alter_configs([change])))
    step("create-topics", lambda: results(admin.create_topics([NewTopic(name("new-secret"), 1, 1), NewTopic(name("new"), 1, 1)])))
    step("create-partitions", lambda: results(admin.create_partitions([NewPartitions(secret, 2), NewPartitions(masked, 2)])))
    step("list-offsets", lambda: results(admin.list_offsets({TopicPartition(secret, 0): OffsetSpec.latest()})))
    step("delete-records", lambda: results(admin.delete_records([TopicPartition(secret, 0, 1)])))
    step("describe-groups", lambda: results(admin.describe_consumer_groups([hidden])))
    step("group-offsets", lambda: results(admin.list_consumer_group_offsets([ConsumerGroupTopicPartitions(hidden)])))
    step("delete-groups", lambda: results(admin.delete_consumer_groups([hidden])))
    step("transaction-denied", transaction_denied)
    step("delete-topics", lambda: results(admin.delete_topics([secret, masked, name("new")])))


def transaction_denied():
    producer = Producer({**login, "transactional.id": name("txn")})
    producer.init_transactions(PATIENCE)
    producer.begin_transaction()
    got = []
    producer.produce(name("secret"), b"x", partition=0, on_delivery=lambda error, message: got.append(str(error)))
    producer.flush(PATIENCE)
    try:
        producer.commit_transaction(PATIENCE)
    except KafkaException as error:
        got.append(error_code(error.args[0]) if isinstance(error.args[0], KafkaError) else str(error))
        producer.abort_transaction(PATIENCE)
    return got


if where.steps == "guarded":
    guarded()
else:
    topics()
    traffic()
    groups()
    transactions()
    if where.steps == "all":
        administration()
    clean_up()
show({"step": "end", "ok": True})
