// Confluent's own serializers in two languages, as programs that write and read typed records: test/clients/registry.
import { join } from "node:path";
import { installOnce } from "../../src/demo/parts/cache.ts";
import { run, runOrFail } from "../../src/demo/parts/process.ts";
import { confluentKafka, pythonPackages } from "./clients.ts";

const here = join(import.meta.dirname, "..", "clients", "registry");
const installMsMax = 10 * 60_000;

/** What its serializers import, and what that needs. */
const python = [
  confluentKafka,
  "anyio==4.16.0",
  "attrs==26.1.0",
  "authlib==1.9.10",
  "cachetools==8.0.2",
  "certifi==2026.10.19.post1",
  "cffi==2.1.1",
  "cryptography==50.0.2",
  "fastavro==1.13.1",
  "googleapis-common-protos==1.76.0",
  "h11==0.16.0",
  "httpcore2==2.16.2",
  "httpx2==2.16.2",
  "idna==3.20",
  "joserfc==1.8.0",
  "protobuf==7.36.2",
  "truststore==0.10.5",
  "typing_extensions==4.16.0",
];
const node = ["@confluentinc/schemaregistry@1.10.1", "kafkajs@2.2.4"];

export type Form = "avro" | "protobuf";

export interface Where {
  readonly bootstrap: string;
  readonly registry: string;
  readonly login?: { readonly name: string; readonly password: string };
}

export interface RegistryClient {
  readonly name: string;
  readonly write: (where: Where, form: Form, topic: string, values: readonly object[]) => Promise<void>;
  /** As many values as are asked for, from the beginning. */
  readonly read: (where: Where, form: Form, topic: string, count: number) => Promise<unknown[]>;
}

/** @throws {LockkeeperError} `setup-failed` when a language or its registry is not there */
export async function pythonRegistryClient(onInstall: () => void = () => {}): Promise<RegistryClient> {
  const PYTHONPATH = await pythonPackages("confluent-serializers", python, onInstall);
  const env = { PYTHONPATH, PYTHONDONTWRITEBYTECODE: "1" };
  return clientOf("confluent-kafka for Python", "python3", join(here, "client.py"), env);
}

/** @throws {LockkeeperError} `setup-failed` when npm's registry is not there */
export async function nodeRegistryClient(onInstall: () => void = () => {}): Promise<RegistryClient> {
  const { directory } = await installOnce("client-schemaregistry-node", node.join("\n"), async (draft) => {
    onInstall();
    const npm = ["install", "--prefix", draft, "--no-audit", "--no-fund", "--ignore-scripts", ...node];
    await runOrFail("npm", npm, "The Node clients need npm and its registry the first time.", {
      timeoutMs: installMsMax,
    });
  });
  const env = { NODE_OPTIONS: "", CLIENT_MODULES: join(directory, "node_modules") };
  return clientOf("@confluentinc/schemaregistry with kafkajs", process.execPath, join(here, "client.mjs"), env);
}

function clientOf(name: string, program: string, file: string, own: Record<string, string>): RegistryClient {
  const call = async (where: Where, args: readonly string[], input: string) => {
    const login = where.login ? `${where.login.name} ${where.login.password}` : "";
    const env = { ...own, BOOTSTRAP: where.bootstrap, REGISTRY: where.registry, LOGIN: login };
    const finished = await run(program, [file, ...args], { env, input, timeoutMs: 120_000 });
    if (finished.code !== 0) throw new Error(`${name} ended with code ${finished.code}:\n${finished.stderr}`);
    return finished.stdout;
  };
  return {
    name,
    async write(where, form, topic, values) {
      const lines = values.map((value) => `${JSON.stringify(value)}\n`).join("");
      await call(where, ["write", form, topic, String(values.length)], lines);
    },
    async read(where, form, topic, count) {
      const lines = (await call(where, ["read", form, topic, String(count)], "")).trim().split("\n");
      return lines.map((line): unknown => JSON.parse(line));
    },
  };
}
