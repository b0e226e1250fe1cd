// Reads and writes messages with Kafka's own classes, and says what came of it: the other side of oracle.test.ts, which starts it from source.
// In: lines of "apiKey request|response version hex JSON", where both say the same message, but for unknown tags, which JSON has not.
// Out, for each line: what Kafka reads in the bytes, as JSON; the bytes that it writes for that; the bytes that it writes for the JSON.
// A tab between them. A message that Kafka refuses is a line that starts with "refused ".
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.Map;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

public class Oracle {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HexFormat HEX = HexFormat.of();
  private static final Map<Class<?>, Method> WRITERS = new HashMap<>();
  private static final Map<Class<?>, Method> READERS = new HashMap<>();

  public static void main(String[] args) throws Exception {
    try (BufferedReader in = Files.newBufferedReader(Path.of(args[0]));
        BufferedWriter out = Files.newBufferedWriter(Path.of(args[1]))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) out.append(answer(line)).append('\n');
    }
  }

  private static String answer(String line) {
    try {
      String[] part = line.split(" ", 5);
      short version = Short.parseShort(part[2]);
      ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(part[0]));
      ApiMessage message = part[1].equals("request") ? type.newRequest() : type.newResponse();
      ByteBuffer bytes = ByteBuffer.wrap(HEX.parseHex(part[3]));
      message.read(new ByteBufferAccessor(bytes), version);
      if (bytes.hasRemaining()) return "refused " + bytes.remaining() + " bytes are left over";
      JsonNode read = (JsonNode) writer(message.getClass()).invoke(null, message, version);
      ApiMessage told = (ApiMessage) reader(message.getClass()).invoke(null, JSON.readTree(part[4]), version);
      return read + "\t" + written(message, version) + "\t" + written(told, version);
    } catch (InvocationTargetException wrapped) {
      return "refused " + oneLine(wrapped.getCause());
    } catch (Exception refused) {
      return "refused " + oneLine(refused);
    }
  }

  private static String oneLine(Throwable refused) {
    return refused.toString().replaceAll("\\s+", " ");
  }

  private static String written(ApiMessage message, short version) {
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer out = ByteBuffer.allocate(message.size(cache, version));
    message.write(new ByteBufferAccessor(out), cache, version);
    return HEX.formatHex(out.array());
  }

  private static Method writer(Class<?> message) throws ReflectiveOperationException {
    Method known = WRITERS.get(message);
    if (known == null) WRITERS.put(message, known = converter(message).getMethod("write", message, short.class));
    return known;
  }

  private static Method reader(Class<?> message) throws ReflectiveOperationException {
    Method known = READERS.get(message);
    if (known == null) READERS.put(message, known = converter(message).getMethod("read", JsonNode.class, short.class));
    return known;
  }

  private static Class<?> converter(Class<?> message) throws ReflectiveOperationException {
    return Class.forName(message.getName() + "JsonConverter");
  }
}
