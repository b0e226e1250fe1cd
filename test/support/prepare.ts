// Set-up for `npm test`: the demo's parts, and the clients that only tests drive. A client that cannot be had is said, not fatal.
import { describeError } from "../../src/base/errors.ts";
import { runSteps, type Step } from "../../src/demo/parts/steps.ts";
import { demoSteps } from "../../src/demo/prepare.ts";
import { commandOf, coreClients } from "../clients/programs.ts";
import { ensureKcat, ensurePython } from "./clients.ts";
import { ensureFsck } from "./fsck.ts";
import { nodeRegistryClient, pythonRegistryClient } from "./registry-clients.ts";
import { ensureSchemaRegistry } from "./schema-registry.ts";

const clientSteps: readonly Step[] = [
  {
    name: "kcat",
    ensure: async (say) => {
      const kcat = await ensureKcat(() => say("installing kcat (apt-get install kcat)"));
      if (kcat === undefined) say("kcat is not here (apt-get install kcat): tests that need it are skipped");
    },
  },
  {
    name: "confluent-kafka for Python",
    ensure: async (say) => {
      await ensurePython(() => say("installing confluent-kafka for Python (once)"));
    },
  },
  {
    name: "schema registry",
    ensure: async (say) => {
      await ensureSchemaRegistry(() => say("fetching Apicurio Registry through Maven (once, about 142 MB)"));
    },
  },
  {
    name: "Confluent's serializers",
    ensure: async (say) => {
      await pythonRegistryClient(() => say("installing Confluent's serializers for Python (once)"));
      await nodeRegistryClient(() => say("installing Confluent's serializers for JavaScript (once)"));
    },
  },
  {
    name: "fsck of tessera",
    ensure: async (say) => {
      await ensureFsck(() => say("building fsck of transparency-dev/tessera with Go (once)"));
    },
  },
  {
    name: "clients of the matrix",
    ensure: async (say) => {
      for (const client of coreClients) {
        const slow = (): void => say(`getting what ${client.name} needs (once)`);
        await commandOf(client, slow).catch((error: unknown) =>
          say(`${client.name} is not here, tests that need it are skipped: ${describeError(error)}`),
        );
      }
    },
  },
];

const write = (line: string): void => void process.stderr.write(`${line}\n`);
process.exitCode = (await runSteps([...demoSteps, ...clientSteps], write)) ? 0 : 1;
