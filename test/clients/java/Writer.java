// Writes to a guarded topic with Kafka's own client: with one idempotent producer, and with one transactional one, each past a record that is
// refused. Prints one line of JSON a step; see test/integration/guarded-writers.test.ts for what is asked, which is the same of every client.
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.clients.producer.RecordMetadata;
import org.apache.kafka.common.serialization.StringSerializer;

public class Writer {
  static final ObjectMapper JSON = new ObjectMapper();

  public static void main(String[] arguments) throws Exception {
    idempotent(arguments[0] + "-idempotent");
    transactional(arguments[0] + "-transactional");
  }

  static void step(String what, Callable<Object> work) throws Exception {
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("step", what);
    try {
      work.call();
      line.put("ok", true);
    } catch (Exception error) {
      Throwable cause = error instanceof ExecutionException ? error.getCause() : error;
      line.put("ok", false);
      line.put("error", cause.getClass().getSimpleName() + ": " + cause.getMessage());
    }
    System.out.println(JSON.writeValueAsString(line));
  }

  static KafkaProducer<String, String> producer(String transactionalId) {
    Properties properties = new Properties();
    properties.put("bootstrap.servers", System.getenv("CLIENT_BOOTSTRAP"));
    properties.put("security.protocol", "SASL_PLAINTEXT");
    properties.put("sasl.mechanism", "PLAIN");
    properties.put("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
        + System.getenv("CLIENT_USERNAME") + "\" password=\"" + System.getenv("CLIENT_PASSWORD") + "\";");
    properties.put("enable.idempotence", "true");
    properties.put("request.timeout.ms", "10000");
    properties.put("delivery.timeout.ms", "15000");
    properties.put("linger.ms", "0");
    // so small that each record is a batch of its own
    properties.put("batch.size", "1");
    if (transactionalId != null) properties.put("transactional.id", transactionalId);
    return new KafkaProducer<>(properties, new StringSerializer(), new StringSerializer());
  }

  static Future<RecordMetadata> start(KafkaProducer<String, String> producer, String topic, String name, String tenant) {
    var record = new ProducerRecord<String, String>(topic, "{\"n\":\"" + name + "\",\"card\":\"4111\"}");
    record.headers().add("tenant", tenant.getBytes(StandardCharsets.UTF_8));
    return producer.send(record);
  }

  static void send(KafkaProducer<String, String> producer, String topic, String name, String tenant) throws Exception {
    step(name, () -> start(producer, topic, name, tenant).get());
  }

  static void idempotent(String topic) throws Exception {
    try (KafkaProducer<String, String> producer = producer(null)) {
      send(producer, topic, "one", "acme");
      send(producer, topic, "refused", "closed");
      send(producer, topic, "two", "acme");
      // Nobody waits: the refused one is in flight between others.
      List<Future<RecordMetadata>> sent = new ArrayList<>();
      for (int i = 0; i < 6; i++) sent.add(start(producer, topic, "burst" + i, i == 2 ? "closed" : "acme"));
      for (int i = 0; i < 6; i++) {
        Future<RecordMetadata> each = sent.get(i);
        step("burst" + i, each::get);
      }
      send(producer, topic, "after", "acme");
    }
  }

  static void transactional(String topic) throws Exception {
    try (KafkaProducer<String, String> producer = producer(topic)) {
      producer.initTransactions();
      step("begin", () -> { producer.beginTransaction(); return null; });
      send(producer, topic, "lost", "acme");
      send(producer, topic, "refused-in-transaction", "closed");
      step("abort", () -> { producer.abortTransaction(); return null; });
      step("begin-again", () -> { producer.beginTransaction(); return null; });
      send(producer, topic, "kept", "acme");
      step("commit", () -> { producer.commitTransaction(); return null; });
    }
  }
}
