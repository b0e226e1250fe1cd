// What people can try by themselves while the demo stays up: where to look, and commands to paste.
import { writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { ensureKafkaJars, toolsLogging } from "./parts/kafka/jars.ts";
import { loginProperties } from "./parts/kafka-tools.ts";
import type { Stage } from "./stage/index.ts";
import type { Account } from "./stage/people.ts";
import { topics } from "./story/step.ts";

/** Prints them, after writing the client properties that they need into the demo's folder. */
export async function printHints(stage: Stage): Promise<void> {
  const { paper, gateway, approvers, cast, configFile } = stage;
  const { classPath } = await ensureKafkaJars();
  const [service, carol, alice] = await Promise.all([
    write(stage, "orders-service.properties", passwordLogin(cast.service)),
    write(stage, "carol.properties", passwordLogin(cast.carol)),
    write(stage, "alice.properties", tokenLogin(cast.alice, stage.oidc.tokenEndpoint)),
  ]);
  const java = `java -cp "${classPath}" -Dlog4j2.configurationFile=${here(toolsLogging)}`;
  const mayAsk = `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${stage.oidc.tokenEndpoint}`;
  const at = `--bootstrap-server ${gateway.bootstrap}`;
  const config = here(configFile);
  const commands: readonly (readonly [string, string])[] = [
    [
      "write an order as orders-service, with Kafka's console producer",
      `echo '{"id":4,"customer":{"email":"you@example.com","card":"4000"}}' | ${java} org.apache.kafka.tools.ConsoleProducer ${at} --command-config ${service} --topic ${topics.orders}`,
    ],
    [
      "read as Alice, with a token of the issuer: masked (Ctrl-C ends it)",
      `${java} ${mayAsk} org.apache.kafka.tools.consumer.ConsoleConsumer ${at} --command-config ${alice} --topic ${topics.orders} --from-beginning`,
    ],
    [
      "the same with kcat, as orders-service",
      `kcat -b ${gateway.bootstrap} -X security.protocol=SASL_PLAINTEXT -X sasl.mechanism=PLAIN -X sasl.username=${cast.service.name} -X sasl.password=${cast.service.password} -C -t ${topics.orders} -e`,
    ],
    [
      `delete a topic as Carol, and press a button at ${approvers.place}`,
      `${java} org.apache.kafka.tools.TopicCommand ${at} --command-config ${carol} --delete --topic ${topics.denied}`,
    ],
    ["what waits for people; approve and deny work as well", `npx lockkeeper approvals list -c ${config}`],
    ["what was decided, and whether the log is whole", `npx lockkeeper audit list -c ${config}`],
    ["", `npx lockkeeper audit verify -c ${config}`],
    ["who was here; replay tells one of them again", `npx lockkeeper sessions list -c ${config}`],
  ];
  paper.raw("");
  paper.title("Now it is yours. Everything stays up until you press Ctrl-C.");
  paper.say(`Clients connect to ${gateway.bootstrap}. Buttons: ${approvers.place}. Files: ${here(stage.folder)}/`);
  for (const [what, command] of commands) {
    if (what !== "") paper.raw(`\n  # ${what}`);
    paper.raw(`  ${command}`);
  }
  paper.raw("");
}

function passwordLogin({ name, password }: Account): Record<string, string> {
  return loginProperties({ mechanism: "PLAIN", username: name, password });
}

/** Java's own client-credentials login: the tool asks the issuer for a token by itself. */
function tokenLogin({ name, password }: Account, tokenEndpoint: string): Record<string, string> {
  return {
    "security.protocol": "SASL_PLAINTEXT",
    "sasl.mechanism": "OAUTHBEARER",
    "sasl.oauthbearer.token.endpoint.url": tokenEndpoint,
    "sasl.login.callback.handler.class": "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
    "sasl.jaas.config": `org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="${name}" clientSecret="${password}";`,
  };
}

async function write({ folder }: Stage, name: string, properties: Readonly<Record<string, string>>): Promise<string> {
  const file = join(folder, name);
  const text = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  await writeFile(file, text.join(""), { mode: 0o600 });
  return here(file);
}

/** As somebody in this shell would write it. */
function here(path: string): string {
  const short = relative(process.cwd(), path);
  return short.startsWith("..") ? path : short;
}
