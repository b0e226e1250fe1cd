// The four risky operations of the table of approvals with @platformatic/kafka, each on a topic of its own; see test/clients/approvals.
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { step } from "./report.mjs";

const env = process.env;
const entry = pathToFileURL(join(env.CLIENT_MODULES, "@platformatic", "kafka", "dist", "index.js")).href;
const { Admin } = await import(entry);
const name = (suffix) => `${env.CLIENT_PREFIX}-${suffix}`;
const admin = new Admin({
  clientId: "platformatic",
  bootstrapBrokers: env.CLIENT_BOOTSTRAP.split(","),
  sasl: { mechanism: "PLAIN", username: env.CLIENT_USERNAME, password: env.CLIENT_PASSWORD },
  retries: 0,
  timeout: Number(env.CLIENT_PATIENCE_MS),
  requestTimeout: Number(env.CLIENT_PATIENCE_MS),
});

const acts = {
  DeleteTopics: () => admin.deleteTopics({ topics: [name("DeleteTopics")] }),
  IncrementalAlterConfigs: () =>
    admin.incrementalAlterConfigs({
      resources: [
        {
          resourceType: 2,
          resourceName: name("IncrementalAlterConfigs"),
          configs: [{ name: "retention.ms", configOperation: 0, value: "60000" }],
        },
      ],
      validateOnly: false,
    }),
  CreateAcls: () =>
    admin.createAcls({
      creations: [
        {
          resourceType: 2,
          resourceName: name("CreateAcls"),
          resourcePatternType: 3,
          principal: "User:someone",
          host: "*",
          operation: 3,
          permissionType: 3,
        },
      ],
    }),
  DeleteRecords: () =>
    admin.deleteRecords({ topics: [{ name: name("DeleteRecords"), partitions: [{ partition: 0, offset: 5n }] }] }),
};

for (const act of env.CLIENT_ACTS.split(",")) await step(act, acts[act]);
process.exit(0);
