// Stands in for Kroxylicious's own main class: the jar that has it is not published, its runtime library is. Says a line when it listens.
//   java -cp 'LIBS/*' Launcher.java CONFIG.yaml
import io.kroxylicious.proxy.KafkaProxy;
import io.kroxylicious.proxy.config.ConfigParser;
import io.kroxylicious.proxy.internal.config.Features;
import java.nio.file.Files;
import java.nio.file.Path;

class Launcher {
    public static void main(String[] args) throws Exception {
        var parser = new ConfigParser();
        try (var text = Files.newInputStream(Path.of(args[0]))) {
            var proxy = new KafkaProxy(parser, parser.parseConfiguration(text), Features.builder().build());
            proxy.startup();
            System.out.println("listening");
            proxy.block();
        }
    }
}
