# The four risky operations of the table of approvals with confluent-kafka (librdkafka), each on a topic of its own; see test/clients/approvals.
import os

from confluent_kafka import TopicPartition
from confluent_kafka.admin import (
    AclBinding,
    AclOperation,
    AclPermissionType,
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    ResourcePatternType,
    ResourceType,
)

from confluent_support import admin, name
from report import step

patience = int(os.environ.get("CLIENT_PATIENCE_MS", "25000")) / 1000


def only(futures):
    """The one result, or its error."""
    for future in futures.values():
        return future.result(timeout=patience + 5)


def alter_configs():
    change = ConfigEntry("retention.ms", "60000", incremental_operation=AlterConfigOpType.SET)
    resource = ConfigResource(ResourceType.TOPIC, name("IncrementalAlterConfigs"), incremental_configs=[change])
    return only(admin.incremental_alter_configs([resource], request_timeout=patience))


def create_acls():
    binding = AclBinding(
        ResourceType.TOPIC, name("CreateAcls"), ResourcePatternType.LITERAL, "User:someone", "*", AclOperation.READ, AclPermissionType.ALLOW
    )
    return only(admin.create_acls([binding], request_timeout=patience))


acts = {
    "DeleteTopics": lambda: only(admin.delete_topics([name("DeleteTopics")], request_timeout=patience)),
    "IncrementalAlterConfigs": alter_configs,
    "CreateAcls": create_acls,
    "DeleteRecords": lambda: only(admin.delete_records([TopicPartition(name("DeleteRecords"), 0, 5)], request_timeout=patience)) and None,
}


def act():
    for one in os.environ["CLIENT_ACTS"].split(","):
        step(one, acts[one])
