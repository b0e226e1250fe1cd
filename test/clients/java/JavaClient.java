// Kafka's own Java client does all it can; see test/clients/matrix.ts. Started from source, with Kafka's jars on the class path. It must not interpret
// what it gets: one line of JSON a step.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.apache.kafka.clients.admin.*;
import org.apache.kafka.clients.consumer.*;
import org.apache.kafka.clients.producer.*;
import org.apache.kafka.common.ElectionType;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.*;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.TopicAuthorizationException;
import org.apache.kafka.common.quota.*;
import org.apache.kafka.common.resource.*;
import org.apache.kafka.common.serialization.*;

public class JavaClient {
  static final Map<String, String> ENV = System.getenv();
  static final String PREFIX = ENV.get("CLIENT_PREFIX");
  static final String STEPS = ENV.get("CLIENT_STEPS");
  static final long START = 1_700_000_000_000L;
  static final ObjectMapper JSON = new ObjectMapper();

  static String name(String suffix) {
    return PREFIX + "-" + suffix;
  }

  static void step(String what, Callable<Object> work) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", what);
    try {
      Object value = work.call();
      line.put("ok", true);
      line.put("value", value);
    } catch (Exception error) {
      Throwable cause = error instanceof java.util.concurrent.ExecutionException ? error.getCause() : error;
      line.put("ok", false);
      line.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }
    System.out.println(JSON.writeValueAsString(line));
  }

  static Properties base() {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", ENV.get("CLIENT_BOOTSTRAP"));
    properties.put("security.protocol", "SASL_PLAINTEXT");
    properties.put("sasl.mechanism", "PLAIN");
    properties.put("client.id", "java");
    properties.put("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
        + ENV.get("CLIENT_USERNAME") + "\" password=\"" + ENV.get("CLIENT_PASSWORD") + "\";");
    properties.put("default.api.timeout.ms", "20000");
    properties.put("request.timeout.ms", "15000");
    return properties;
  }

  static KafkaProducer<String, String> producer(String compression, String transactionalId) {
    Properties properties = base();
    properties.put("compression.type", compression);
    properties.put("delivery.timeout.ms", "20000");
    properties.put("max.block.ms", "15000");
    if (transactionalId != null) properties.put("transactional.id", name(transactionalId));
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  static Object produce(String topic, String compression) throws Exception {
    try (KafkaProducer<String, String> producer = producer(compression, null)) {
      List<Object> offsets = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        String value = i == 8 ? null : "{\"id\":" + i + ",\"email\":\"person" + i + "@example.com\",\"text\":\"" + "0".repeat(500) + "\"}";
        var sent = producer.send(new ProducerRecord<>(topic, 0, START + i, i == 9 ? null : "key-" + i, value)).get();
        offsets.add(sent.partition() + "@" + sent.offset());
      }
      return offsets;
    }
  }

  static KafkaConsumer<String, String> consumer(String protocol, String group) {
    Properties properties = base();
    properties.put("group.id", name(group));
    properties.put("group.protocol", protocol);
    properties.put("auto.offset.reset", "earliest");
    properties.put("enable.auto.commit", "false");
    properties.put("isolation.level", "read_committed");
    return new KafkaConsumer<>(properties, new StringDeserializer(), new StringDeserializer());
  }

  static Object consume(String protocol, String group, int count, boolean commit, boolean pattern, String... topics) {
    try (KafkaConsumer<String, String> consumer = consumer(protocol, group)) {
      if (pattern && protocol.equals("consumer")) consumer.subscribe(new SubscriptionPattern(topics[0]));
      else if (pattern) consumer.subscribe(Pattern.compile(topics[0]));
      else consumer.subscribe(List.of(topics));
      List<Object> got = new ArrayList<>();
      // Only what was read: whether partitions without records have a position by then is chance, and commitSync() without offsets commits those too.
      Map<TopicPartition, OffsetAndMetadata> read = new HashMap<>();
      long end = System.currentTimeMillis() + 20_000;
      while (got.size() < count && System.currentTimeMillis() < end) {
        for (ConsumerRecord<String, String> it : consumer.poll(Duration.ofMillis(500))) {
          got.add(List.of(it.topic(), it.partition(), it.offset(), String.valueOf(it.key()), shortened(it.value()), it.timestamp()));
          read.put(new TopicPartition(it.topic(), it.partition()), new OffsetAndMetadata(it.offset() + 1));
        }
      }
      if (commit) consumer.commitSync(read);
      return got;
    }
  }

  /**
   * The new protocol refuses a topic in the metadata's answer, as the classic one, and in the heartbeat's, which the client then sends again without
   * a pause. Which comes first is chance, and once heartbeats fail the client may never get to the other one: this waits for the heartbeat's, which names no topics.
   */
  static Object refusedHeartbeat(String group, String topic) {
    try (KafkaConsumer<String, String> consumer = consumer("consumer", group)) {
      consumer.subscribe(List.of(topic));
      long end = System.currentTimeMillis() + 20_000;
      while (System.currentTimeMillis() < end) {
        try {
          consumer.poll(Duration.ofMillis(500));
        } catch (TopicAuthorizationException refused) {
          if (refused.unauthorizedTopics().isEmpty()) return refused.getMessage();
        }
      }
    }
    return "not refused";
  }

  /** What was changed is answered when the controller has it; each broker shows it a moment later. */
  static <T> T until(Predicate<T> shown, Callable<T> ask) throws Exception {
    long end = System.currentTimeMillis() + 10_000;
    T answer = ask.call();
    while (!shown.test(answer) && System.currentTimeMillis() < end) {
      Thread.sleep(100);
      answer = ask.call();
    }
    return answer;
  }

  static TreeSet<String> ownTopics(Admin admin) throws Exception {
    return new TreeSet<>(admin.listTopics().names().get().stream().filter(it -> it.startsWith(PREFIX)).toList());
  }

  static String shortened(String value) {
    return value == null ? "null" : value.length() > 80 ? value.substring(0, 80) + "… " + value.length() : value;
  }

  static Object share(String group, int count, String topic) {
    Properties properties = base();
    properties.put("group.id", name(group));
    properties.put("share.acknowledgement.mode", "explicit");
    try (KafkaShareConsumer<String, String> consumer = new KafkaShareConsumer<>(properties, new StringDeserializer(), new StringDeserializer())) {
      consumer.subscribe(List.of(topic));
      Map<Long, String> got = new TreeMap<>();
      long end = System.currentTimeMillis() + 20_000;
      while (got.size() < count && System.currentTimeMillis() < end) {
        for (ConsumerRecord<String, String> it : consumer.poll(Duration.ofMillis(500))) {
          got.put(it.offset(), shortened(it.value()));
          consumer.acknowledge(it, AcknowledgeType.ACCEPT);
        }
        consumer.commitSync();
      }
      return got;
    }
  }

  static Object transaction(String id, boolean commit) throws Exception {
    try (KafkaProducer<String, String> producer = producer("none", id)) {
      producer.initTransactions();
      producer.beginTransaction();
      long offset = producer.send(new ProducerRecord<>(name("other"), 1, START, null, id)).get().offset();
      producer.sendOffsetsToTransaction(Map.of(new TopicPartition(name("plain"), 0), new OffsetAndMetadata(3)), new ConsumerGroupMetadata(name("txn-group")));
      if (commit) producer.commitTransaction();
      else producer.abortTransaction();
      return offset;
    }
  }

  static NewTopic topic(String suffix, int partitions) {
    return new NewTopic(name(suffix), partitions, (short) 1).configs(Map.of("retention.ms", "-1"));
  }

  static Object described(TopicDescription it) {
    return List.of(it.name(), it.partitions().size(), new TreeSet<>(it.authorizedOperations() == null ? Set.of() : it.authorizedOperations().stream().map(Enum::name).toList()));
  }

  static void core(Admin admin) throws Exception {
    step("create-topics", () -> admin.createTopics(List.of(topic("plain", 3), topic("other", 3))).all().get());
    step("create-topics-again", () -> admin.createTopics(List.of(topic("plain", 3))).all().get());
    step("list-topics", () -> until(all -> all.size() == 2, () -> ownTopics(admin)));
    step("describe-topics", () -> described(admin.describeTopics(List.of(name("plain")), new DescribeTopicsOptions().includeAuthorizedOperations(true)).allTopicNames().get().get(name("plain"))));
    for (String codec : List.of("none", "gzip", "snappy", "lz4", "zstd")) step("produce-" + codec, () -> produce(name("plain"), codec));
    step("consume-classic", () -> consume("classic", "classic", 50, true, false, name("plain")));
    step("consume-new-protocol", () -> consume("consumer", "newer", 50, true, false, name("plain")));
    step("transaction-commit", () -> transaction("commit", true));
    step("transaction-abort", () -> transaction("abort", false));
    step("consume-committed", () -> consume("consumer", "committed", 1, false, false, name("other")));
    step("group-offsets", () -> offsets(admin, "classic"));
    step("transaction-offsets", () -> offsets(admin, "txn-group"));
    step("reset-offsets", () -> admin.alterConsumerGroupOffsets(name("classic"), Map.of(new TopicPartition(name("plain"), 0), new OffsetAndMetadata(7))).all().get());
    step("group-offsets-after", () -> offsets(admin, "classic"));
  }

  static Object offsets(Admin admin, String group) throws Exception {
    Map<String, Object> all = new TreeMap<>();
    admin.listConsumerGroupOffsets(name(group)).partitionsToOffsetAndMetadata().get().forEach((at, offset) -> all.put(at.toString(), offset == null ? -1 : offset.offset()));
    return all;
  }

  static void all(Admin admin) throws Exception {
    core(admin);
    step("consume-pattern-classic", () -> consume("classic", "pattern-classic", 50, false, true, name("pl.*")));
    step("consume-pattern-new", () -> consume("consumer", "pattern-new", 50, false, true, name("pl.*")));
    step("share-earliest", () -> admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.GROUP, name("share")), List.of(new AlterConfigOp(new ConfigEntry("share.auto.offset.reset", "earliest"), AlterConfigOp.OpType.SET)))).all().get());
    step("share-consume", () -> share("share", 50, name("plain")));
    step("describe-share-group", () -> admin.describeShareGroups(List.of(name("share"))).all().get().get(name("share")).groupState().name());
    step("list-groups", () -> new TreeSet<>(admin.listGroups().all().get().stream().filter(it -> it.groupId().startsWith(PREFIX)).map(it -> it.groupId() + " " + it.type().map(Enum::name).orElse("")).toList()));
    step("describe-groups", () -> {
      ConsumerGroupDescription it = admin.describeConsumerGroups(List.of(name("newer"))).all().get().get(name("newer"));
      return List.of(it.groupId(), it.type().name(), it.groupState().name(), it.members().size());
    });
    step("list-offsets", () -> {
      Map<String, Object> found = new TreeMap<>();
      for (OffsetSpec spec : List.of(OffsetSpec.earliest(), OffsetSpec.latest(), OffsetSpec.maxTimestamp(), OffsetSpec.forTimestamp(START + 4))) {
        found.put(spec.getClass().getSimpleName(), admin.listOffsets(Map.of(new TopicPartition(name("plain"), 0), spec)).all().get().values().iterator().next().offset());
      }
      return found;
    });
    step("describe-configs", () -> admin.describeConfigs(List.of(new ConfigResource(ConfigResource.Type.TOPIC, name("plain")))).all().get().values().iterator().next().get("retention.ms").value());
    step("alter-configs", () -> admin.incrementalAlterConfigs(Map.of(new ConfigResource(ConfigResource.Type.TOPIC, name("plain")), List.of(new AlterConfigOp(new ConfigEntry("max.message.bytes", "900000"), AlterConfigOp.OpType.SET)))).all().get());
    step("create-partitions", () -> admin.createPartitions(Map.of(name("other"), NewPartitions.increaseTo(4))).all().get());
    step("reassign", () -> admin.alterPartitionReassignments(Map.of(new TopicPartition(name("other"), 0), Optional.of(new NewPartitionReassignment(List.of(2))), new TopicPartition(name("other"), 1), Optional.of(new NewPartitionReassignment(List.of(1))))).all().get());
    step("list-reassignments", () -> admin.listPartitionReassignments(Set.of(new TopicPartition(name("plain"), 0))).reassignments().get().size());
    step("elect-leaders", () -> admin.electLeaders(ElectionType.PREFERRED, Set.of(new TopicPartition(name("plain"), 0))).partitions().get().size());
    ClientQuotaEntity user = new ClientQuotaEntity(Map.of("user", name("user")));
    step("alter-quota", () -> admin.alterClientQuotas(List.of(new ClientQuotaAlteration(user, List.of(new ClientQuotaAlteration.Op("producer_byte_rate", 1_000_000.0))))).all().get());
    ClientQuotaFilter ofUser = ClientQuotaFilter.containsOnly(List.of(ClientQuotaFilterComponent.ofEntity("user", name("user"))));
    step("describe-quota", () -> until(found -> !found.isEmpty(), () -> List.copyOf(admin.describeClientQuotas(ofUser).entities().get().values())));
    step("alter-scram", () -> admin.alterUserScramCredentials(List.of(new UserScramCredentialUpsertion(name("user"), new ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 4096), "secret"))).all().get());
    step("describe-scram", () -> scramOf(admin, name("user")));
    AclBinding acl = new AclBinding(new ResourcePattern(ResourceType.TOPIC, name("plain"), PatternType.LITERAL), new AccessControlEntry("User:" + name("user"), "*", AclOperation.READ, AclPermissionType.ALLOW));
    step("create-acls", () -> admin.createAcls(List.of(acl)).all().get());
    step("describe-acls", () -> until(found -> !found.isEmpty(), () -> admin.describeAcls(acl.toFilter()).values().get()).toString());
    step("delete-acls", () -> admin.deleteAcls(List.of(acl.toFilter())).all().get().toString());
    step("delete-records", () -> admin.deleteRecords(Map.of(new TopicPartition(name("plain"), 0), RecordsToDelete.beforeOffset(5))).lowWatermarks().values().iterator().next().get().lowWatermark());
    step("describe-producers", () -> admin.describeProducers(List.of(new TopicPartition(name("plain"), 1))).all().get().size());
    step("list-transactions", () -> new TreeSet<>(admin.listTransactions().all().get().stream().map(TransactionListing::transactionalId).filter(it -> it.startsWith(PREFIX)).toList()));
    step("describe-transactions", () -> admin.describeTransactions(List.of(name("commit"))).all().get().get(name("commit")).state().name());
    step("fence-producers", () -> admin.fenceProducers(List.of(name("commit"))).all().get());
    step("describe-log-dirs", () -> admin.describeLogDirs(List.of(1)).allDescriptions().get().get(1).size());
    step("describe-features", () -> new TreeSet<>(admin.describeFeatures().featureMetadata().get().finalizedFeatures().keySet()));
    step("describe-cluster", () -> admin.describeCluster().nodes().get().size());
    step("delete-group-offsets", () -> admin.deleteConsumerGroupOffsets(name("classic"), Set.of(new TopicPartition(name("plain"), 1))).all().get());
    step("delete-groups", () -> admin.deleteConsumerGroups(List.of(name("classic"), name("newer"))).all().get());
    step("delete-topics", () -> admin.deleteTopics(List.of(name("plain"), name("other"))).all().get());
    step("delete-topics-again", () -> admin.deleteTopics(List.of(name("missing"))).all().get());
  }

  /** A user that a broker has not heard of yet is an exception of the client's. */
  static Object scramOf(Admin admin, String user) throws Exception {
    until(all -> all.contains(user), () -> admin.describeUserScramCredentials().users().get());
    return admin.describeUserScramCredentials(List.of(user)).description(user).get().credentialInfos().toString();
  }

  static void guarded(Admin admin) throws Exception {
    step("create-topics", () -> admin.createTopics(List.of(topic("plain", 1), topic("new-secret", 1))).values().keySet().stream().sorted().toList());
    step("produce-masked", () -> produce(name("masked"), "lz4"));
    step("produce-secret", () -> produce(name("secret"), "none"));
    step("consume-masked", () -> consume("classic", "guarded", 10, false, false, name("masked")));
    step("consume-secret", () -> consume("classic", "guarded-secret", 1, false, false, name("secret")));
    step("consume-secret-new", () -> refusedHeartbeat("guarded-secret-new", name("secret")));
    step("consume-hidden-group", () -> consume("classic", "hidden", 1, false, false, name("masked")));
    step("list-topics", () -> until(all -> all.size() == 2, () -> ownTopics(admin)));
    step("describe-secret", () -> described(admin.describeTopics(List.of(name("secret"))).allTopicNames().get().get(name("secret"))));
    step("delete-secret", () -> admin.deleteTopics(List.of(name("secret"))).all().get());
    step("offsets-secret", () -> admin.listOffsets(Map.of(new TopicPartition(name("secret"), 0), OffsetSpec.latest())).all().get().size());
  }

  public static void main(String[] args) throws Exception {
    try (Admin admin = Admin.create(base())) {
      switch (STEPS) {
        case "guarded" -> guarded(admin);
        case "core" -> core(admin);
        default -> all(admin);
      }
    }
    System.exit(0);
  }
}
