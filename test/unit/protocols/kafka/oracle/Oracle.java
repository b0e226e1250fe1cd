// Reads messages with Kafka's own classes and says what it read: the oracle for oracle.test.ts. See make.ts for how it is run.
// In: lines of "apiKey request|response version hex". Out: for each the same line, a space, and Kafka's JSON of the message.
// Fails when Kafka does not write back the very bytes that it read.
import com.fasterxml.jackson.databind.JsonNode;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.ObjectSerializationCache;

public class Oracle {
  public static void main(String[] args) throws Exception {
    StringBuilder out = new StringBuilder();
    for (String line : Files.readAllLines(Path.of(args[0]))) out.append(line).append(' ').append(answer(line)).append('\n');
    Files.writeString(Path.of(args[1]), out);
  }

  private static JsonNode answer(String line) throws Exception {
    String[] part = line.split(" ", -1);
    short version = Short.parseShort(part[2]);
    byte[] bytes = HexFormat.of().parseHex(part[3]);
    ApiMessageType type = ApiMessageType.fromApiKey(Short.parseShort(part[0]));
    ApiMessage message = part[1].equals("request") ? type.newRequest() : type.newResponse();
    ByteBuffer in = ByteBuffer.wrap(bytes);
    message.read(new ByteBufferAccessor(in), version);
    ObjectSerializationCache cache = new ObjectSerializationCache();
    ByteBuffer written = ByteBuffer.allocate(message.size(cache, version));
    message.write(new ByteBufferAccessor(written), cache, version);
    if (in.hasRemaining() || !Arrays.equals(written.array(), bytes)) throw new AssertionError("differs: " + line);
    Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
    return (JsonNode) converter.getMethod("write", message.getClass(), short.class).invoke(null, message, version);
  }
}
