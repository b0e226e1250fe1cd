# Prints what a client got, one line of JSON a step; see test/clients/compare.ts for what is made of it. It must not interpret.
import enum
import json
import os
import sys
import time
import uuid

START_MILLI = 1_700_000_000_000


class Where:
    """Where a client goes and as whom; every name that it makes starts with `prefix`."""

    def __init__(self):
        self.bootstrap = os.environ["CLIENT_BOOTSTRAP"]
        self.username = os.environ["CLIENT_USERNAME"]
        self.password = os.environ["CLIENT_PASSWORD"]
        self.prefix = os.environ["CLIENT_PREFIX"]
        self.steps = os.environ["CLIENT_STEPS"]

    def name(self, suffix):
        return f"{self.prefix}-{suffix}"


def plain(value, depth=0):
    """Any value of a client as maps, lists, texts and numbers; objects by their public attributes."""
    if value is None or isinstance(value, (bool, int, float, str)) and not isinstance(value, enum.Enum):
        return value
    if isinstance(value, enum.Enum):
        return value.name
    if isinstance(value, (bytes, bytearray, memoryview)):
        return text_of(bytes(value))
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, BaseException):
        return error_text(value)
    if depth > 10:
        return "…"
    if hasattr(value, "_asdict"):
        value = value._asdict()
    if isinstance(value, dict):
        return {str(plain(key)) if isinstance(plain(key), str) else repr_key(key): plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item, depth + 1) for item in value]
    if isinstance(value, (set, frozenset)):
        return sorted((plain(item, depth + 1) for item in value), key=repr)
    if hasattr(value, "to_dict"):
        return plain(value.to_dict(), depth + 1)
    fields = {name: item for name, item in attributes(value).items() if not callable(item)}
    return plain(fields, depth + 1) if fields else repr(value)


def attributes(value):
    if hasattr(value, "__dict__") and vars(value):
        return {name: item for name, item in vars(value).items() if not name.startswith("_")}
    names = [name for name in dir(value) if not name.startswith("_")]
    return {name: getattr(value, name, None) for name in names}


def repr_key(key):
    plain_key = plain(key)
    return plain_key if isinstance(plain_key, str) else json.dumps(plain_key, default=repr)


def text_of(value):
    try:
        text = value.decode("utf-8")
    except UnicodeDecodeError:
        return "0x" + value.hex()
    return f"{text[:40]}… {len(text)}" if len(text) > 200 else text


def error_text(error):
    return f"{type(error).__module__}.{type(error).__name__}: {error}"


def step(name, work):
    """Runs `work` and prints its outcome; an exception is an outcome."""
    try:
        line = {"step": name, "ok": True, "value": plain(work())}
    except Exception as error:  # whatever a client raises is what is asked for
        line = {"step": name, "ok": False, "error": error_text(error)}
    show(line)


async def step_async(name, work):
    try:
        line = {"step": name, "ok": True, "value": plain(await work())}
    except Exception as error:
        line = {"step": name, "ok": False, "error": error_text(error)}
    show(line)


def show(line):
    sys.stdout.write(json.dumps(line, default=repr) + "\n")
    sys.stdout.flush()


def settle():
    """Until what was just changed has reached the other broker, where no answer says that it has."""
    time.sleep(0.7)


def records():
    """Ten records: key, value, headers, time; one without a value, one without a key."""
    made = []
    for index in range(10):
        value = f'{{"id":{index},"email":"person{index}@example.com","text":"{index:0600d}"}}'.encode()
        made.append({
            "key": None if index == 9 else f"key-{index}".encode(),
            "value": None if index == 8 else value,
            "headers": [("kind", b"test"), ("empty", b"")],
            "timestamp": START_MILLI + index,
        })
    return made
