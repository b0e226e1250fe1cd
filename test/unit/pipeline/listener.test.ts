// The accept stage over real sockets: which node a client meant, whose certificate is let in, and what is served after a change of files.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls, type TLSSocket } from "node:tls";
import { afterAll, afterEach, describe, expect, it, onTestFinished } from "vitest";
import { limits } from "../../../src/base/limits.ts";
import type { LogFields } from "../../../src/base/log.ts";
import { silentLog } from "../../../src/base/log.ts";
import { freePort } from "../../../src/demo/parts/ports.ts";
import { connectionRoom } from "../../../src/pipeline/connection-room.ts";
import { Listener, type ListenerOptions } from "../../../src/pipeline/listener.ts";
import { ownPorts } from "../../../src/pipeline/ports.ts";
import { TrafficCounts } from "../../../src/pipeline/traffic-counts.ts";
import { type Certificate, createAuthority } from "../../support/certificates.ts";
import { tempDir } from "../../support/temp-dir.ts";
import { eventually } from "../../support/wait.ts";

const folder = tempDir();
afterAll(() => folder[Symbol.dispose]());
const authority = createAuthority(folder.path);
const stranger = createAuthority(folder.path, "stranger", "/O=Elsewhere/CN=Other CA");
const names = ["DNS:localhost", "DNS:*.kafka.test"];
const server = authority.issue("server", { subject: "/CN=gateway", names });
const client = authority.issue("client", { subject: "/CN=orders" });
const expired = authority.issue("expired", { subject: "/CN=old", days: -1 });
const foreign = stranger.issue("foreign", { subject: "/CN=orders" });

const host = "127.0.0.1";
const pem = ({ cert, key }: Certificate) => ({ cert: readFileSync(cert), key: readFileSync(key) });
const ca = readFileSync(authority.cert);

interface Accepted {
  readonly node: number | null;
  readonly address: string;
}

const open: { listener: Listener; sockets: Socket[] }[] = [];
afterEach(async () => {
  for (const { listener, sockets } of open.splice(0)) {
    for (const socket of sockets) socket.destroy();
    await listener.stop();
  }
});

/** `port`: where it listens; `accepted` and `lines` are filled while it runs. */
async function listen(options: Partial<ListenerOptions>) {
  const accepted: Accepted[] = [];
  const lines: LogFields[] = [];
  const sockets: Socket[] = [];
  const listener = new Listener({
    counts: new TrafficCounts(),
    bind: { host, port: 0 },
    nodes: { host, port: await freePort() },
    advertise: "gateway.test",
    tls: null,
    ports: ownPorts,
    room: connectionRoom(10),
    log: { ...silentLog, warn: (fields) => void lines.push(fields) },
    accept(socket, node, address) {
      sockets.push(socket);
      socket.on("error", () => {});
      accepted.push({ node, address: `${address.host}:${address.port}` });
    },
    ...options,
  });
  open.push({ listener, sockets });
  return { listener, accepted, lines, port: await listener.start() };
}

const tlsWith = (requestCert: boolean) => ({ material: { ...pem(server), ca }, requestCert });

/** A client's socket once the handshake is over on its side. */
async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connectTls({ host, port, ca, servername: "localhost", ...options });
  socket.on("error", () => {});
  await once(socket, "secureConnect");
  open.at(-1)?.sockets.push(socket);
  return socket;
}

describe("a listener with ports", () => {
  it("serves node N on the first port + N and tells its clients so", async () => {
    const first = await freePort();
    const { listener, accepted } = await listen({ nodes: { host, port: first } });
    await listener.open(0);
    const socket = connect({ host, port: listener.advertised(0).port });
    await eventually(() => accepted.length === 1);
    socket.destroy();
    expect(accepted).toEqual([{ node: 0, address: `gateway.test:${first}` }]);
  });

  it("closes connections beyond its limit and says so, those that never finish a handshake counted", async () => {
    const { port, accepted, lines } = await listen({ tls: tlsWith(false), room: connectionRoom(2) });
    const silent = [connect({ host, port }), connect({ host, port })];
    await Promise.all(silent.map((socket) => once(socket, "connect")));
    const third = connectTls({ host, port, ca, servername: "localhost" });
    third.on("error", () => {});
    await closed(third);
    expect(accepted).toEqual([]);
    expect(lines).toEqual([{ listener: `gateway.test:${port}`, client: expect.stringMatching(/^\S+:\d+$/) }]);
    for (const socket of silent) socket.destroy();
    await eventually(async () => (await handshake(port).catch(() => null)) !== null && accepted.length === 1);
  });
});

describe("a listener without TLS", () => {
  it("hands on nothing of what is beyond its limit", async () => {
    const { port, accepted } = await listen({ room: connectionRoom(1) });
    const first = connect({ host, port });
    await eventually(() => accepted.length === 1);

    const second = connect({ host, port });
    second.on("error", () => {});
    await closed(second.resume());

    expect(accepted).toHaveLength(1);
    first.destroy();
  });
});

describe("a listener that has stopped", () => {
  it("takes nobody whose handshake ends only then", async () => {
    const counts = new TrafficCounts();
    const { listener, port, accepted } = await listen({ tls: tlsWith(false), counts });
    const socket = connect({ host, port });
    await eventually(() => counts.connections.accepted === 1);

    await listener.stop();
    const late = connectTls({ socket, ca, servername: "localhost" });
    late.on("error", () => {});
    await closed(late.resume());

    expect(accepted).toEqual([]);
  });
});

describe("a listener with server names", () => {
  const nodes = { before: "broker-", after: ".kafka.test", port: 9093 };

  it.each([
    ["broker-3.kafka.test", { node: 3, address: "broker-3.kafka.test:9093" }],
    ["bootstrap.kafka.test", { node: null, address: "gateway.test:PORT" }],
    ["localhost", { node: null, address: "gateway.test:PORT" }],
  ])("takes a client that asks for %s to its node", async (servername, expected) => {
    const { port, accepted } = await listen({ tls: tlsWith(false), nodes });
    await handshake(port, { servername });
    await eventually(() => accepted.length === 1);
    expect(accepted).toEqual([{ ...expected, address: expected.address.replace("PORT", String(port)) }]);
  });

  it("tells clients names on one port, and opens no other", async () => {
    const { listener } = await listen({ tls: tlsWith(false), nodes });
    await listener.open(12);
    expect(listener.advertised(12)).toEqual({ host: "broker-12.kafka.test", port: 9093 });
  });
});

/** `events.once` would reject with the socket's error, which is what is expected here. */
function closed(socket: NodeJS.EventEmitter): Promise<void> {
  return new Promise((resolve) => socket.once("close", () => resolve()));
}

describe("a listener that asks for certificates", () => {
  it("lets one in that its authority signed", async () => {
    const { port, accepted, lines } = await listen({ tls: tlsWith(true) });
    await handshake(port, pem(client));
    await eventually(() => accepted.length === 1);
    expect(lines).toEqual([]);
  });

  it.each([
    ["none", {}, /PEER_DID_NOT_RETURN_A_CERTIFICATE/],
    ["another authority's", pem(foreign), /UNABLE_TO_(GET_ISSUER_CERT|VERIFY_LEAF)/],
    ["one that has expired", pem(expired), /CERT_HAS_EXPIRED/],
  ])("refuses %s, and says so in a line", async (_name, given, reason) => {
    const { port, accepted, lines } = await listen({ tls: tlsWith(true) });
    const socket = connectTls({ host, port, ca, servername: "localhost", ...given });
    socket.on("error", () => {});
    await closed(socket);
    await eventually(() => lines.length > 0);
    expect(accepted).toEqual([]);
    expect(lines).toEqual([
      { listener: `gateway.test:${port}`, client: expect.any(String), reason: expect.stringMatching(reason) },
    ]);
  });

  it("leaves a line for plain text too, and goes on", async () => {
    const { port, accepted, lines } = await listen({ tls: tlsWith(true) });
    const plain = connect({ host, port });
    plain.on("error", () => {});
    plain.end("GET / HTTP/1.1\r\n\r\n");
    await eventually(() => lines.length === 1);
    await handshake(port, pem(client));
    await eventually(() => accepted.length === 1);
  });
});

describe("new TLS material", () => {
  it("is what new connections are served with, on every port, while old ones go on", async () => {
    const { listener, port } = await listen({ tls: tlsWith(false) });
    await listener.open(0);
    const before = await handshake(port);
    const next = authority.issue("next", { subject: "/CN=next", names });

    await listener.secure({ ...pem(next), ca });

    const both = [await handshake(port), await handshake(listener.advertised(0).port)];
    expect(both.map((socket) => socket.getPeerCertificate().subject.CN)).toEqual(["next", "next"]);
    expect(before.getPeerCertificate().subject.CN).toBe("gateway");
    expect(before.destroyed).toBe(false);
  });

  it("is no way around a changed authority: sessions from before cannot be resumed", async () => {
    const { listener, port, accepted } = await listen({ tls: tlsWith(true) });
    const session = Promise.withResolvers<Buffer>();
    const before = await handshake(port, pem(client));
    before.once("session", session.resolve);
    before.resume();
    const ticket = await session.promise;

    await listener.secure({ ...pem(server), ca: readFileSync(stranger.cert) });

    const again = connectTls({ host, port, ca, servername: "localhost", ...pem(client), session: ticket });
    again.on("error", () => {});
    await closed(again);
    expect(accepted).toHaveLength(1);
  });
});

describe.skipIf(process.platform !== "linux")("a client whose end has gone without a word", () => {
  /** The kernel's own table: local port, remote port, and which timer runs (2: keep-alive) for how many hundredths of a second. */
  function keepAliveOf(localPort: number, remotePort: number): number | null {
    const hex = (port: number) => port.toString(16).toUpperCase().padStart(4, "0");
    for (const line of readFileSync("/proc/net/tcp", "utf8").split("\n")) {
      const [, local, remote, , , timer = ""] = line.trim().split(/\s+/);
      if (!local?.endsWith(`:${hex(localPort)}`) || !remote?.endsWith(`:${hex(remotePort)}`)) continue;
      const [kind, left = ""] = timer.split(":");
      return kind === "02" ? Number.parseInt(left, 16) * 10 : null;
    }
    throw new Error("no such connection");
  }

  it.each(["plain", "TLS"])("is looked for by the system after a while: %s", async (how) => {
    const tls = how === "plain" ? null : { material: { ...pem(server) }, requestCert: false };
    const { port, accepted } = await listen({ tls });
    const socket = tls ? connectTls({ host, port, rejectUnauthorized: false }) : connect({ host, port });
    onTestFinished(() => void socket.destroy());
    await once(socket, tls ? "secureConnect" : "connect");
    await eventually(() => accepted.length === 1);
    // a segment that is not acknowledged yet has another timer for a moment
    const leftMs = await eventually(() => keepAliveOf(port, socket.localPort ?? 0) ?? undefined);
    expect(leftMs).toBeGreaterThan(0);
    expect(leftMs).toBeLessThanOrEqual(limits.clientSilentMsMax);
  });
});
