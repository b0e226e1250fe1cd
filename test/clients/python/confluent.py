# confluent-kafka (librdkafka) does all it can; see test/clients/matrix.ts.
from confluent_kafka import (
    ConsumerGroupTopicPartitions,
    ElectionType,
    IsolationLevel,
    Producer,
    TopicCollection,
    TopicPartition,
)
from confluent_kafka.admin import (
    AclBinding,
    AclBindingFilter,
    AclOperation,
    AclPermissionType,
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

from confluent_act import act
from confluent_guarded import guarded
from confluent_support import PATIENCE, admin, consume, consume_group, consumer_of, describe, login, name, poll, produce, results, where
from report import error_text, settle, show, step


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


if where.steps == "act":
    act()
elif where.steps == "guarded":
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
