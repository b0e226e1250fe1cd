// The four risky operations of the table of approvals with Kafka's own AdminClient, each on a topic of its own; see test/clients/approvals.
// Prints one line of JSON a step, as report.mjs and report.py do. It must not interpret.
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AlterConfigOp;
import org.apache.kafka.clients.admin.ConfigEntry;
import org.apache.kafka.clients.admin.RecordsToDelete;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.acl.AccessControlEntry;
import org.apache.kafka.common.acl.AclBinding;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.acl.AclPermissionType;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.resource.PatternType;
import org.apache.kafka.common.resource.ResourcePattern;
import org.apache.kafka.common.resource.ResourceType;

public class Act {
    static final String prefix = System.getenv("CLIENT_PREFIX");

    public static void main(String[] arguments) throws Exception {
        try (Admin admin = Admin.create(properties())) {
            for (String act : System.getenv("CLIENT_ACTS").split(",")) {
                step(act, start(admin, act));
            }
        }
    }

    static Properties properties() {
        Properties properties = new Properties();
        properties.put("bootstrap.servers", System.getenv("CLIENT_BOOTSTRAP"));
        properties.put("client.id", "java");
        properties.put("security.protocol", "SASL_PLAINTEXT");
        properties.put("sasl.mechanism", "PLAIN");
        properties.put("sasl.jaas.config", "org.apache.kafka.common.security.plain.PlainLoginModule required username=\""
            + System.getenv("CLIENT_USERNAME") + "\" password=\"" + System.getenv("CLIENT_PASSWORD") + "\";");
        properties.put("request.timeout.ms", System.getenv("CLIENT_PATIENCE_MS"));
        properties.put("default.api.timeout.ms", System.getenv("CLIENT_PATIENCE_MS"));
        return properties;
    }

    static KafkaFuture<?> start(Admin admin, String act) {
        String name = prefix + "-" + act;
        return switch (act) {
            case "DeleteTopics" -> admin.deleteTopics(List.of(name)).all();
            case "IncrementalAlterConfigs" -> admin.incrementalAlterConfigs(Map.of(
                new ConfigResource(ConfigResource.Type.TOPIC, name),
                List.of(new AlterConfigOp(new ConfigEntry("retention.ms", "60000"), AlterConfigOp.OpType.SET)))).all();
            case "CreateAcls" -> admin.createAcls(List.of(new AclBinding(
                new ResourcePattern(ResourceType.TOPIC, name, PatternType.LITERAL),
                new AccessControlEntry("User:someone", "*", AclOperation.READ, AclPermissionType.ALLOW)))).all();
            case "DeleteRecords" -> admin.deleteRecords(Map.of(new TopicPartition(name, 0), RecordsToDelete.beforeOffset(5))).all();
            default -> throw new IllegalArgumentException(act);
        };
    }

    static void step(String name, KafkaFuture<?> future) throws InterruptedException {
        String rest = "\"ok\":true";
        try {
            future.get();
        } catch (ExecutionException failed) {
            Throwable cause = failed.getCause();
            rest = "\"ok\":false,\"error\":" + quoted(cause.getClass().getSimpleName() + ": " + cause.getMessage());
        }
        System.out.println("{\"step\":" + quoted(name) + "," + rest + "}");
    }

    static String quoted(String text) {
        StringBuilder out = new StringBuilder("\"");
        for (char one : text.toCharArray()) {
            if (one == '"' || one == '\\') out.append('\\').append(one);
            else if (one < ' ') out.append(String.format("\\u%04x", (int) one));
            else out.append(one);
        }
        return out.append('"').toString();
    }
}
