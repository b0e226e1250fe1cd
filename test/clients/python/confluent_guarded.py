# What a caller meets with confluent-kafka who may not touch the topic P-secret and the group P-hidden, and for whom P-masked is masked.
from confluent_kafka import ConsumerGroupTopicPartitions, KafkaError, KafkaException, Producer, TopicCollection, TopicPartition
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    OffsetSpec,
    ResourceType,
)

from confluent_support import PATIENCE, admin, consume, consume_group, error_code, login, name, produce, results
from report import step


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
