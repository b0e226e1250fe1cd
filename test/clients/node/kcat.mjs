// kcat (librdkafka) does all it can, one run of it a step; see test/clients/matrix.ts. What it printed is the step's value. It cannot make topics:
// kafkajs makes its.
import { spawn } from "node:child_process";
import { text } from "node:stream/consumers";
import { env, known, name, withAdmin } from "./kafkajs-support.mjs";
import { step } from "./report.mjs";

const startMilli = 1_700_000_000_000;
const login = [
  "security.protocol=SASL_PLAINTEXT",
  "sasl.mechanism=PLAIN",
  `sasl.username=${env.CLIENT_USERNAME}`,
  `sasl.password=${env.CLIENT_PASSWORD}`,
  "client.id=kcat",
  "topic.message.timeout.ms=5000",
].flatMap((property) => ["-X", property]);

/** Runs kcat to its end, or for 15 s. */
async function kcat(args, input = "") {
  const all = ["-b", env.CLIENT_BOOTSTRAP, "-m", "10", ...login, ...args];
  const child = spawn(env.CLIENT_KCAT, all, { stdio: "pipe", timeout: 15_000 });
  child.stdin.on("error", () => {}); // it may end without reading
  child.stdin.end(input);
  const ended = new Promise((resolve) => child.once("close", (code, signal) => resolve(code ?? signal)));
  const [out, said, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { code, out: out.split("\n").filter(Boolean).map(parsed), errors: said.split("\n").filter(isError) };
}

/** librdkafka's own lines have clocks and threads in them; what kcat makes of them is enough. */
const isError = (line) => line.startsWith("% ERROR") || line.startsWith("% Delivery failed");

const parsed = (line) => (line.startsWith("{") ? JSON.parse(line) : line);

const lines = Array.from(
  { length: 10 },
  (_, index) =>
    `key-${index}|{"id":${index},"email":"person${index}@example.com","text":"${String(index).padStart(600, "0")}"}\n`,
).join("");
const produce = (topic, ...more) => kcat(["-P", "-t", topic, "-p", "0", "-K", "|", ...more], lines);
const consume = (topic, ...more) => kcat(["-q", "-C", "-e", "-t", topic, "-p", "0", "-o", "beginning", "-J", ...more]);
const inGroup = (group, topics, ...more) =>
  kcat(["-q", "-X", "auto.offset.reset=earliest", "-J", ...more, "-G", group, ...topics]);

async function listed(...more) {
  const { out, ...rest } = await kcat(["-L", "-J", ...more]);
  // Which broker answered is not the same twice; its address must be one that may be known.
  return { ...rest, out: out.map((one) => ({ ...one, originating_broker: originOf(one) })) };
}

const originOf = ({ originating_broker: { name: from } = {} }) => String(from).replace(/\/[^/]*$/, "");

async function traffic() {
  const single = name("single");
  await step("produce", () => produce(single));
  await step("list", () => listed("-t", single));
  for (const codec of ["gzip", "snappy", "lz4", "zstd"])
    await step(`produce-${codec}`, () => produce(single, "-z", codec));
  await step("produce-headers", () => produce(single, "-H", "kind=test", "-H", "kind=again"));
  await step("produce-null", () => kcat(["-P", "-Z", "-t", single, "-p", "0", "-K", "|"], "gone|\n|keyless\n"));
  await step("produce-idempotent", () => produce(single, "-X", "enable.idempotence=true"));
  for (const acks of [0, 1]) await step(`produce-acks-${acks}`, () => produce(single, "-X", `topic.acks=${acks}`));
  await step("produce-unknown-partition", () => kcat(["-P", "-t", single, "-p", "9"], "lost\n"));
  await step("produce-transaction", () => produce(single, "-X", `transactional.id=${name("txn")}`));
  await step("produce-transaction-again", () => produce(single, "-X", `transactional.id=${name("txn")}`));
  await step("consume", () => consume(single));
  await step("consume-text", () =>
    kcat(["-q", "-C", "-f", "%t %p %o %k %K %S %R %h %s\n", "-e", "-c", "3", "-t", single, "-o", "beginning"]),
  );
  await step("consume-from-offset", () => consume(single, "-o", "95"));
  await step("consume-tail", () => consume(single, "-o", "-5"));
  await step("consume-uncommitted", () => consume(single, "-X", "isolation.level=read_uncommitted"));
  await step("consume-from-time", () => consume(single, "-o", `s@${startMilli}`, "-c", "2"));
  await step("consume-beyond", () => consume(single, "-o", "100000", "-X", "topic.auto.offset.reset=error"));
}

async function queries() {
  const single = name("single");
  await step("list-all", async () => {
    const { code, out, errors } = await listed();
    const own = out.flatMap(({ topics }) => topics).filter(({ topic }) => topic.startsWith(name("")));
    return { code, errors, own, brokers: out.map(({ brokers }) => brokers) };
  });
  await step("list-text", async () =>
    (await kcat(["-L", "-t", single])).out.filter((line) => /topics?\b|brokers:/.test(line)).slice(1),
  );
  await step("list-unknown", () => listed("-t", name("unknown"), "-X", "allow.auto.create.topics=false"));
  for (const at of [-1, -2, startMilli]) await step(`offset-at-${at}`, () => kcat(["-Q", "-t", `${single}:0:${at}`]));
  await step("offset-of-unknown", () => kcat(["-Q", "-t", `${name("unknown")}:0:-1`]));
  await step("offset-of-unknown-partition", () => kcat(["-Q", "-t", `${single}:9:-1`]));
}

/**
 * On a topic without transactions: librdkafka 2.0.2 counts a transaction's marker that waits in its queue as read when it closes, and with it the
 * records before that kcat was not given. The group's offset is then the end of the topic, at a broker too.
 */
async function groups() {
  const [group, plain] = [name("group"), name("plain")];
  for (const codec of ["none", "gzip", "snappy", "lz4", "zstd"]) await produce(plain, "-z", codec);
  await step("group-consume", () => inGroup(group, [plain], "-c", "20"));
  await step("group-resume", () => inGroup(group, [plain], "-c", "10"));
  const cooperative = ["-X", "partition.assignment.strategy=cooperative-sticky"];
  await step("group-cooperative", () => inGroup(name("cooperative"), [plain], "-c", "10", ...cooperative));
  await step("group-static", () => inGroup(name("static"), [plain], "-c", "10", "-X", "group.instance.id=one"));
  await step("group-regex", () => inGroup(name("regex"), [`^${plain}$`], "-c", "10"));
}

async function guarded() {
  const [secret, masked, hidden] = [name("secret"), name("masked"), name("hidden")];
  await step("produce-denied", () => produce(secret));
  await step("produce-masked", () => produce(masked));
  for (const codec of ["gzip", "zstd"]) await step(`produce-masked-${codec}`, () => produce(masked, "-z", codec));
  await step("consume-masked", () => consume(masked));
  await step("consume-denied", () => consume(secret));
  await step("consume-both", () => inGroup(name("both"), [masked, secret], "-c", "10"));
  await step("group-denied", () => inGroup(hidden, [masked], "-c", "1"));
  await step("group-of-denied-topic", () => inGroup(name("group"), [secret], "-c", "1"));
  await step("list-masked", () => listed("-t", masked));
  await step("list-denied", () => listed("-t", secret));
  await step("list-all", async () => {
    const { out } = await listed();
    return out.flatMap(({ topics }) => topics.map(({ topic }) => topic)).filter((topic) => topic.startsWith(name("")));
  });
  await step("create-denied", () => produce(name("new-secret")));
  await step("offset-of-masked", () => kcat(["-Q", "-t", `${masked}:0:-1`]));
  await step("offset-of-denied", () => kcat(["-Q", "-t", `${secret}:0:-1`]));
  await step("transaction-denied", () => produce(secret, "-X", `transactional.id=${name("txn")}`));
}

if (env.CLIENT_STEPS === "guarded") {
  await guarded();
} else {
  await withAdmin(async (admin) => {
    const names = [name("single"), name("plain")];
    // At broker 1, since librdkafka names the broker in some of its errors.
    const replicaAssignment = [{ partition: 0, replicas: [1] }];
    await admin.createTopics({ topics: names.map((topic) => ({ topic, replicaAssignment })), waitForLeaders: false });
    await known(admin, names);
  });
  await traffic();
  await queries();
  await groups();
}
await step("end", () => Promise.resolve());
