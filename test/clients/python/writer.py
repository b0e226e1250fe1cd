# Writes to a guarded topic with librdkafka: with one idempotent producer, and with one transactional one, each past a record that is refused.
# Prints one line of JSON a step; see test/integration/guarded-writers.test.ts for what is asked, which is the same of every client.
import os
import sys

from confluent_kafka import KafkaException, Producer

from report import step

PATIENCE = 15
login = {
    "bootstrap.servers": os.environ["CLIENT_BOOTSTRAP"],
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "PLAIN",
    "sasl.username": os.environ["CLIENT_USERNAME"],
    "sasl.password": os.environ["CLIENT_PASSWORD"],
    "log_level": 0,
    "enable.idempotence": True,
    "linger.ms": 0,
    # so small that each record is a batch of its own
    "batch.num.messages": 1,
    "message.timeout.ms": 12000,
    "transaction.timeout.ms": 12000,
}


def start(producer, topic, name, tenant, done):
    value = f'{{"n":"{name}","card":"4111"}}'.encode()
    producer.produce(topic, value, headers=[("tenant", tenant.encode())], on_delivery=lambda error, _: done.append(error))


def outcome(done):
    if not done:
        raise TimeoutError("nothing was heard of it")
    if done[0] is not None:
        raise KafkaException(done[0])


def send(producer, topic, name, tenant):
    done = []

    def work():
        start(producer, topic, name, tenant, done)
        producer.flush(PATIENCE)
        outcome(done)

    step(name, work)


def idempotent(topic):
    producer = Producer(login)
    send(producer, topic, "one", "acme")
    send(producer, topic, "refused", "closed")
    send(producer, topic, "two", "acme")
    # Nobody waits: the refused one is in flight between others.
    heard = [[] for _ in range(6)]
    for index, done in enumerate(heard):
        start(producer, topic, f"burst{index}", "closed" if index == 2 else "acme", done)
    producer.flush(PATIENCE)
    for index, done in enumerate(heard):
        step(f"burst{index}", lambda: outcome(done))
    send(producer, topic, "after", "acme")


def transactional(topic):
    producer = Producer({**login, "transactional.id": topic})
    producer.init_transactions(PATIENCE)
    step("begin", producer.begin_transaction)
    send(producer, topic, "lost", "acme")
    send(producer, topic, "refused-in-transaction", "closed")
    step("abort", lambda: producer.abort_transaction(PATIENCE))
    step("begin-again", producer.begin_transaction)
    send(producer, topic, "kept", "acme")
    step("commit", lambda: producer.commit_transaction(PATIENCE))
    # librdkafka numbers the next batch behind the refused one, as it does towards a broker: only a second abort gets it a new epoch
    step("abort-again", lambda: producer.abort_transaction(PATIENCE))
    step("begin-at-last", producer.begin_transaction)
    send(producer, topic, "at-last", "acme")
    step("commit-at-last", lambda: producer.commit_transaction(PATIENCE))


idempotent(sys.argv[1] + "-idempotent")
transactional(sys.argv[1] + "-transactional")
