// Kroxylicious as a peer: the newest runtime that Maven Central has, without a filter, or with the one of its own that is nearest to masking:
// every fetched record in capitals.
import { createHash } from "node:crypto";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { installOnce } from "../../../src/demo/parts/cache.ts";
import { fetchJars } from "../../../src/demo/parts/kafka/jars.ts";
import { freePortRange, loopback } from "../../../src/demo/parts/ports.ts";
import { start } from "../../../src/demo/parts/process.ts";
import type { Peer, PeerOptions } from "./peer.ts";

const here = join(import.meta.dirname, "kroxylicious");
/** Enough for the load; more would only wait longer for its collector. */
const heap = "384m";
/** Of the rig's one broker. */
const nodeId = 1;

const upperCase = `
filterDefinitions:
  - name: upper
    type: FetchResponseTransformation
    config:
      transformation: UpperCasing
      transformationConfig:
        charset: UTF-8
defaultFilters: [upper]
`;

async function jars(say: (line: string) => void): Promise<string> {
  const pom = join(here, "pom.xml");
  const stamp = createHash("sha256")
    .update(await readFile(pom))
    .digest("hex");
  const { directory } = await installOnce("bench-kroxylicious", stamp, async (draft) => {
    say("fetching Kroxylicious through Maven (once, about 33 MB)");
    await fetchJars(pom, draft);
  });
  return directory;
}

export const startKroxylicious = (options: PeerOptions): Promise<Peer> => open(options, "");
export const startUpperCasing = (options: PeerOptions): Promise<Peer> => open(options, upperCase);

/** Its bootstrap port is the first of a range, each broker's the first plus the broker's id. */
async function open({ bootstrap, dir, say }: PeerOptions, filters: string): Promise<Peer> {
  const libs = await jars(say);
  const port = await freePortRange(1 + nodeId);
  const config = join(dir, `kroxylicious-${port}.yaml`);
  await writeFile(
    config,
    `virtualClusters:
  - name: bench
    targetCluster:
      bootstrapServers: ${bootstrap}
    gateways:
      - name: plain
        portIdentifiesNode:
          bootstrapAddress: ${loopback}:${port}
          nodeIdRanges:
            - name: brokers
              start: ${nodeId}
              end: ${nodeId}
${filters}`,
  );
  const java = [`-Xms${heap}`, `-Xmx${heap}`, `-Dlog4j2.configurationFile=${join(here, "log4j2.properties")}`];
  const command = [...java, "-cp", join(libs, "*"), join(here, "Launcher.java"), config];
  const proxy = await start("java", command, {
    name: "Kroxylicious",
    ready: /^listening$/,
    readyMsMax: 120_000,
    logFile: `${config}.log`,
  });
  return { address: `${loopback}:${port}`, pid: proxy.pid, stop: () => proxy.stop() };
}
