# Confluent's serializers for Python: writes and reads records of test/integration/masking-registry.test.ts. Knows nothing of a gateway.
#   client.py write|read avro|protobuf TOPIC COUNT     where: BOOTSTRAP, REGISTRY, LOGIN ("name password", or nothing)
import json
import os
import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.protobuf import ProtobufDeserializer, ProtobufSerializer
from confluent_kafka.serialization import MessageField, SerializationContext
from google.protobuf import descriptor_pb2, descriptor_pool, json_format, message_factory

what, form, topic, count = sys.argv[1:4] + [int(sys.argv[4])]
login = os.environ.get("LOGIN", "").split(" ")
config = {"bootstrap.servers": os.environ["BOOTSTRAP"], "log_level": 0}
if len(login) == 2:
    config |= {"security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": "PLAIN", "sasl.username": login[0], "sasl.password": login[1]}
registry = SchemaRegistryClient({"url": os.environ["REGISTRY"]})
context = SerializationContext(topic, MessageField.VALUE)

AVRO = {
    "type": "record",
    "name": "Order",
    "namespace": "shop",
    "fields": [
        {"name": "id", "type": "long"},
        {
            "name": "customer",
            "type": {
                "type": "record",
                "name": "Customer",
                "fields": [
                    {"name": "email", "type": "string", "confluent:tags": ["PII"]},
                    {"name": "card", "type": ["null", "string"]},
                    {"name": "born", "type": ["null", {"type": "int", "logicalType": "date"}], "confluent:tags": ["PII"]},
                ],
            },
        },
        {"name": "notes", "type": {"type": "map", "values": {"type": "array", "items": "string"}}},
        {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 9, "scale": 2}},
    ],
}


def order_class():
    """shop.Order, the second message of its file, as protoc would describe it."""
    file = descriptor_pb2.FileDescriptorProto(name="shop/order.proto", package="shop", syntax="proto3")
    text = dict(type=descriptor_pb2.FieldDescriptorProto.TYPE_STRING, label=1)
    customer = file.message_type.add(name="Customer")
    customer.field.add(name="email", number=1, **text)
    customer.field.add(name="card", number=2, **text)
    order = file.message_type.add(name="Order")
    order.field.add(name="id", number=1, type=descriptor_pb2.FieldDescriptorProto.TYPE_INT64, label=1)
    order.field.add(name="customer", number=2, type=11, label=1, type_name=".shop.Customer")
    order.field.add(name="all", number=3, type=11, label=3, type_name=".shop.Customer")
    entry = order.nested_type.add(name="LabelsEntry")
    entry.options.map_entry = True
    entry.field.add(name="key", number=1, **text)
    entry.field.add(name="value", number=2, **text)
    order.field.add(name="labels", number=4, type=11, label=3, type_name=".shop.Order.LabelsEntry")
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    return message_factory.GetMessageClass(pool.FindMessageTypeByName("shop.Order"))


Order = order_class() if form == "protobuf" else None


def serializer():
    if form == "avro":
        return AvroSerializer(registry, json.dumps(AVRO))
    return ProtobufSerializer(Order, registry, {"use.deprecated.format": False})


def deserializer():
    if form == "avro":
        return AvroDeserializer(registry)
    return ProtobufDeserializer(Order, {"use.deprecated.format": False}, registry)


def value(given):
    if form == "protobuf":
        return json_format.ParseDict(given, Order())
    from datetime import date
    from decimal import Decimal

    customer = given["customer"]
    born = customer["born"] and date.fromisoformat(customer["born"])
    return given | {"customer": customer | {"born": born}, "price": Decimal(given["price"])}


def plain(read):
    if form == "protobuf":
        return json_format.MessageToDict(read, preserving_proto_field_name=True)
    customer = read["customer"]
    return read | {"customer": customer | {"born": str(customer["born"])}, "price": str(read["price"])}


if what == "write":
    make = serializer()
    producer = Producer(config | {"linger.ms": 500})
    for line in sys.stdin:
        producer.produce(topic, make(value(json.loads(line)), context), partition=0)
    if producer.flush(30) > 0:
        sys.exit("not everything was written")
else:
    make = deserializer()
    consumer = Consumer(config | {"group.id": f"{topic}-python", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    for _ in range(count):
        message = consumer.poll(30)
        if message is None or message.error():
            sys.exit(f"nothing came: {message and message.error()}")
        print(json.dumps(plain(make(message.value(), context))))
    consumer.close()
