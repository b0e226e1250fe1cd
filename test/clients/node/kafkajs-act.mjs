// The risky operations of the table of approvals with kafkajs, each on a topic of its own; see test/clients/approvals.
import kafkajs from "kafkajs";
import { step } from "./report.mjs";

const env = process.env;
const name = (suffix) => `${env.CLIENT_PREFIX}-${suffix}`;
const patience = Number(env.CLIENT_PATIENCE_MS);
const client = new kafkajs.Kafka({
  clientId: "kafkajs",
  brokers: env.CLIENT_BOOTSTRAP.split(","),
  sasl: { mechanism: "plain", username: env.CLIENT_USERNAME, password: env.CLIENT_PASSWORD },
  requestTimeout: patience,
  retry: { retries: 0 },
  logLevel: kafkajs.logLevel.NOTHING,
});
const admin = client.admin();
await admin.connect();

const acts = {
  DeleteTopics: () => admin.deleteTopics({ topics: [name("DeleteTopics")], timeout: patience }),
  CreateAcls: () =>
    admin.createAcls({
      acl: [
        {
          resourceType: kafkajs.AclResourceTypes.TOPIC,
          resourceName: name("CreateAcls"),
          resourcePatternType: kafkajs.ResourcePatternTypes.LITERAL,
          principal: "User:someone",
          host: "*",
          operation: kafkajs.AclOperationTypes.READ,
          permissionType: kafkajs.AclPermissionTypes.ALLOW,
        },
      ],
    }),
  DeleteRecords: async () => {
    const topic = name("DeleteRecords");
    // It must know the topic before it deletes its records, and does not ask by itself.
    await admin.fetchTopicOffsets(topic);
    await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: "5" }] });
  },
};

for (const act of env.CLIENT_ACTS.split(",")) await step(act, acts[act]);
await admin.disconnect();
