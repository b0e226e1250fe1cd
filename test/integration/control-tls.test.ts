// The HTTP API over TLS as people reach it from another machine: with the certificate, refused without, and a new certificate without a restart.
import { copyFileSync, readFileSync } from "node:fs";
import { request } from "node:https";
import { networkInterfaces } from "node:os";
import { join } from "node:path";
import { connect, type TLSSocket } from "node:tls";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type Certificate, createAuthority } from "../support/certificates.ts";
import { type Rig, startRig, succeeded } from "../support/rig.ts";
import { sharedServers } from "../support/shared.ts";
import { tempDir } from "../support/temp-dir.ts";
import { eventually } from "../support/wait.ts";

const folder = tempDir();
const authority = createAuthority(folder.path);
const files = { cert: join(folder.path, "control.pem"), key: join(folder.path, "control.key") };
const [outside] = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === "IPv4" && !internal)
  .map(({ address }) => address);
const names = ["DNS:localhost", "IP:127.0.0.1", ...(outside === undefined ? [] : [`IP:${outside}`])];
let rig: Rig;
let plain: Rig;

function install({ cert, key }: Certificate): void {
  copyFileSync(cert, files.cert);
  copyFileSync(key, files.key);
}

beforeAll(async () => {
  install(authority.issue("first", { subject: "/CN=first", names }));
  const groups = { "kafka-admins": { principals: ["dave"] } };
  const approvals = (prefix: string) => ({
    redis: sharedServers().redisUrl,
    prefix: `${prefix}-${process.pid}`,
    groups,
  });
  const bind = "0.0.0.0:0";
  [rig, plain] = await Promise.all([
    startRig({ sections: { approvals: approvals("control-tls"), control: { bind, tls: files } } }),
    startRig({ sections: { approvals: approvals("control-plain"), control: { bind } } }),
  ]);
});
afterAll(async () => {
  await Promise.all([rig.stop(), plain.stop()]);
  folder[Symbol.dispose]();
});

const portOf = (of: Rig) => Number(of.gateway().ready.control?.split(":")[1]);
const basic = (of: Rig) => `Basic ${Buffer.from(`dave:${of.passwordOf("dave")}`).toString("base64")}`;

/** GET over TLS by somebody who trusts our authority and nobody else. */
async function get(host: string, path: string): Promise<{ readonly status: number; readonly text: string }> {
  const { promise, resolve, reject } = Promise.withResolvers<{ status: number; text: string }>();
  const headers = { authorization: basic(rig) };
  const asking = request({ host, port: portOf(rig), path, headers, ca: readFileSync(authority.cert) }, (response) => {
    let text = "";
    response.on("data", (chunk: Buffer) => (text += chunk.toString()));
    response.on("end", () => resolve({ status: response.statusCode ?? 0, text }));
  });
  asking.on("error", reject).end();
  return promise;
}

async function served(): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<TLSSocket>();
  const ca = readFileSync(authority.cert);
  const socket = connect({ port: portOf(rig), ca, servername: "localhost" }, () => resolve(socket));
  socket.on("error", reject);
  const { subject } = (await promise).getPeerCertificate();
  socket.destroy();
  return String(subject.CN);
}

it("answers with the certificate, to who proves who they are", async () => {
  expect(await get("127.0.0.1", "/v1/approvals")).toEqual({ status: 200, text: '{"approvals":[]}' });
});

it.skipIf(outside === undefined)("answers another address over TLS, and without TLS only health", async () => {
  expect((await get(outside ?? "", "/v1/approvals")).status).toBe(200);
  const without = await fetch(`http://${outside}:${portOf(plain)}/v1/approvals`, {
    headers: { authorization: basic(plain) },
  });
  expect([without.status, await without.json()]).toEqual([
    403,
    {
      error: "request-refused",
      message: "Without TLS (control.tls) the API answers on the gateway's own machine only.",
    },
  ]);
  expect((await fetch(`http://${outside}:${portOf(plain)}/health/live`)).status).toBe(200);
});

it("closes who does not speak TLS, and is not trusted by who does not know the authority", async () => {
  await expect(fetch(`http://127.0.0.1:${portOf(rig)}/health/live`)).rejects.toThrow("fetch failed");
  await expect(fetch(`https://127.0.0.1:${portOf(rig)}/health/live`)).rejects.toThrow("fetch failed");
});

it("is what lockkeeper request speaks, with the authority that the environment names", async () => {
  const args = ["request", "--url", `https://127.0.0.1:${portOf(rig)}`, "--user", "carol", "--reason", "a test"];
  const role = ["--role", "administrator", "--for", "1h"];
  const env = { LOCKKEEPER_PASSWORD: rig.passwordOf("carol"), NODE_EXTRA_CA_CERTS: authority.cert };
  const { stdout } = succeeded(await rig.lockkeeper([...args, ...role], env));
  expect(stdout).toMatch(/^role\.request administrator: Approval apr_\w+ is waiting for kafka-admins\./);
  const { code, stderr } = await rig.lockkeeper([...args, ...role], { ...env, NODE_EXTRA_CA_CERTS: "" });
  expect([code, stderr]).toEqual([1, expect.stringContaining("does not answer")]);
});

it("serves a new certificate without a restart, and keeps it when the next one is broken", async () => {
  expect(await served()).toBe("first");
  install(authority.issue("second", { subject: "/CN=second", names }));
  await eventually(async () => (await served()) === "second");
  copyFileSync(authority.cert, files.cert);

  await eventually(async () => (await get("127.0.0.1", "/health/ready")).text.includes("new files refused"));

  expect(await served()).toBe("second");
  const { text } = await get("127.0.0.1", "/health/ready");
  expect(text).toContain('"control":"new files refused: the key is not the certificate\'s; the old ones: valid until');
});
