// A real schema registry for tests: Apicurio from Maven Central, in memory, with Confluent's API. Its archive is fetched once (142 MB) and then kept.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { installOnce } from "../../src/demo/parts/cache.ts";
import { freePort, loopback } from "../../src/demo/parts/ports.ts";
import { runOrFail, start } from "../../src/demo/parts/process.ts";

const version = "2.6.13.Final";
const runner = `apicurio-registry-app-${version}-runner.jar`;
const fetchMsMax = 15 * 60_000;

/** The folder of its jars. @throws {LockkeeperError} `setup-failed` when Maven or Java is missing, or it cannot be fetched */
export async function ensureSchemaRegistry(onFetch: () => void = () => {}): Promise<string> {
  const { directory } = await installOnce(`apicurio-${version}`, version, async (draft) => {
    onFetch();
    const artifact = `io.apicurio:apicurio-registry-app:${version}:tar.gz:all`;
    const unpack = ["-q", "-B", "dependency:unpack", `-Dartifact=${artifact}`, `-DoutputDirectory=${draft}`];
    const help =
      "The schema registry comes through Maven, from Maven Central: install Maven and be online the first time.";
    // A folder without a project: otherwise Maven would look for one.
    await runOrFail("mvn", unpack, help, { cwd: draft, timeoutMs: fetchMsMax });
    // Its own notes of what it did, in a folder that it names like this where there is no project.
    // oxlint-disable-next-line no-template-curly-in-string -- it is what Maven makes
    await rm(join(draft, "${project.basedir}"), { recursive: true, force: true });
  });
  return directory;
}

export interface SchemaRegistry {
  /** Where `/schemas/ids/…` is. */
  readonly url: string;
  /** Registers a schema under a subject. @returns its id */
  readonly register: (subject: string, schema: object) => Promise<number>;
  readonly stop: () => Promise<void>;
}

export async function startSchemaRegistry(): Promise<SchemaRegistry> {
  const directory = await ensureSchemaRegistry();
  const port = await freePort();
  const folder = await mkdtemp(join(tmpdir(), "lockkeeper-registry-"));
  const jvm = ["-Xmx256m", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"];
  const listen = [`-Dquarkus.http.host=${loopback}`, `-Dquarkus.http.port=${port}`];
  const server = await start("java", [...jvm, ...listen, "-jar", join(directory, runner)], {
    name: "Apicurio Registry",
    cwd: folder,
    ready: /started in .*Listening on/,
    readyMsMax: 120_000,
    logFile: join(folder, "registry.log"),
    orphanDirectories: [folder],
  });
  const url = `http://${loopback}:${port}/apis/ccompat/v7`;
  return {
    url,
    async register(subject, schema) {
      const answer = await fetch(`${url}/subjects/${encodeURIComponent(subject)}/versions`, {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify(schema),
      });
      const { id } = (await answer.json()) as { id: number };
      return id;
    },
    async stop() {
      await server.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
