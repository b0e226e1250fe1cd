// A session as a packet capture that Wireshark opens: the frames of both directions in made-up Ethernet, IP and TCP with right addresses,
// sequence numbers and times. The gateway's side always has port 9092, by which Wireshark knows Kafka; the real one is in the comment.
// Source: draft-ietf-opsawg-pcapng (block types, options), RFC 9293, RFC 791, RFC 8200.
import { isIP } from "node:net";
import type { SessionSummary } from "../../../audit/replay.ts";
import type { RecordedFrame } from "../../../model/recording.ts";
import { WireFrames } from "../../../protocols/kafka/story/wire.ts";

const kafkaPort = 9092;
/** IPv4's total length has 16 bits; headers take 40, of IPv6 60. */
const segmentBytesMax = 32_768;
/** No-operation, and a window scale of 14: large answers fit into the window without made-up acknowledgements. */
const windowScale = Buffer.from([1, 3, 3, 14]);
const flag = { fin: 0x01, syn: 0x02, push: 0x08, ack: 0x10 } as const;

interface Side {
  readonly address: string;
  readonly port: number;
  /** Next sequence number. */
  sequence: number;
}

/** Feed it a session's frames in order; each call returns bytes of the file. */
export class PcapngWriter {
  readonly #client: Side;
  readonly #gateway: Side;
  readonly #v6: boolean;
  readonly #frames = new WireFrames();
  /** Told with the next packet. */
  #comments: string[] = [];
  #lastAt: number;

  constructor(session: SessionSummary) {
    const client = endpoint(session.client);
    const gateway = endpoint(session.listener);
    this.#v6 = isIP(client.host) === 6;
    this.#client = { address: client.host, port: client.port || 49_152, sequence: 1_000 };
    const address = isIP(gateway.host) === isIP(client.host) ? gateway.host : this.#v6 ? "2001:db8::1" : "192.0.2.1";
    this.#gateway = { address, port: kafkaPort, sequence: 2_000 };
    this.#lastAt = session.startedAt;
    this.#comments.push(`session ${session.id}, ${session.principal ?? "nobody"} at ${session.listener}`);
  }

  begin(): Buffer {
    const startedAt = this.#lastAt;
    return Buffer.concat([
      sectionHeader(),
      interfaceDescription(),
      this.#segment(this.#client, this.#gateway, flag.syn, Buffer.alloc(0), startedAt),
      this.#segment(this.#gateway, this.#client, flag.syn | flag.ack, Buffer.alloc(0), startedAt),
      this.#segment(this.#client, this.#gateway, flag.ack, Buffer.alloc(0), startedAt),
    ]);
  }

  frame(frame: RecordedFrame): Buffer {
    this.#lastAt = Math.max(this.#lastAt, frame.at);
    if (frame.direction === "event") {
      this.#comments.push(frame.api);
      return Buffer.alloc(0);
    }
    if (frame.direction !== "request" && frame.direction !== "response") return Buffer.alloc(0);
    const captured = this.#frames.take(frame);
    if (captured === null) {
      this.#comments.push(`${frame.api} of ${frame.bytes} bytes, of which nothing was kept`);
      return Buffer.alloc(0);
    }
    const { bytes, version, was } = captured;
    if (version !== was) this.#comments.push(`version ${was}, shown as ${version}, which Wireshark reads`);
    if (frame.cuts.length > 0) this.#comments.push("what was not kept is filled with zeros");
    const [from, to] = frame.direction === "request" ? [this.#client, this.#gateway] : [this.#gateway, this.#client];
    const segments: Buffer[] = [];
    for (let at = 0; at < bytes.length; at += segmentBytesMax) {
      segments.push(this.#segment(from, to, flag.ack | flag.push, bytes.subarray(at, at + segmentBytesMax), frame.at));
    }
    return Buffer.concat(segments);
  }

  end(): Buffer {
    return Buffer.concat([
      this.#segment(this.#client, this.#gateway, flag.fin | flag.ack, Buffer.alloc(0), this.#lastAt),
      this.#segment(this.#gateway, this.#client, flag.fin | flag.ack, Buffer.alloc(0), this.#lastAt),
      this.#segment(this.#client, this.#gateway, flag.ack, Buffer.alloc(0), this.#lastAt),
    ]);
  }

  #segment(from: Side, to: Side, flags: number, payload: Buffer, at: number): Buffer {
    const tcp = Buffer.alloc(flags & flag.syn ? 24 : 20);
    tcp.writeUInt16BE(from.port, 0);
    tcp.writeUInt16BE(to.port, 2);
    tcp.writeUInt32BE(from.sequence, 4);
    tcp.writeUInt32BE(flags & flag.ack ? to.sequence : 0, 8);
    tcp.writeUInt8((tcp.length / 4) << 4, 12);
    tcp.writeUInt8(flags, 13);
    tcp.writeUInt16BE(0xffff, 14);
    if (flags & flag.syn) windowScale.copy(tcp, 20);
    const pseudo = pseudoHeader(from.address, to.address, tcp.length + payload.length, this.#v6);
    tcp.writeUInt16BE(checksum([pseudo, tcp, payload]), 16);
    const takes = payload.length + (flags & (flag.syn | flag.fin) ? 1 : 0);
    from.sequence = (from.sequence + takes) % 2 ** 32;
    const ip = ipHeader(from.address, to.address, tcp.length + payload.length, this.#v6);
    const packet = Buffer.concat([ethernet(this.#v6), ip, tcp, payload]);
    const comment = this.#comments.join("; ");
    this.#comments = [];
    return enhancedPacket(packet, at, comment);
  }
}

function endpoint(text: string): { readonly host: string; readonly port: number } {
  const at = text.lastIndexOf(":");
  const host = text
    .slice(0, at)
    .replace(/^\[|\]$/g, "")
    .replace(/^::ffff:/, "");
  return { host: isIP(host) === 0 ? "192.0.2.1" : host, port: Number(text.slice(at + 1)) || 0 };
}

function ethernet(v6: boolean): Buffer {
  return Buffer.from(`020000000001020000000002${v6 ? "86dd" : "0800"}`, "hex");
}

function ipHeader(from: string, to: string, payload: number, v6: boolean): Buffer {
  if (v6) {
    const header = Buffer.alloc(8);
    header.writeUInt32BE(0x6000_0000, 0);
    header.writeUInt16BE(payload, 4);
    header.writeUInt8(6, 6);
    header.writeUInt8(64, 7);
    return Buffer.concat([header, addressBytes(from), addressBytes(to)]);
  }
  const header = Buffer.alloc(12);
  header.writeUInt8(0x45, 0);
  header.writeUInt16BE(20 + payload, 2);
  header.writeUInt16BE(0x4000, 6);
  header.writeUInt8(64, 8);
  header.writeUInt8(6, 9);
  const whole = Buffer.concat([header, addressBytes(from), addressBytes(to)]);
  whole.writeUInt16BE(checksum([whole]), 10);
  return whole;
}

function addressBytes(address: string): Buffer {
  if (isIP(address) === 4) return Buffer.from(address.split(".").map(Number));
  const [head = "", tail] = address.split("%")[0]?.split("::") ?? [];
  const words = (part: string) => (part === "" ? [] : part.split(":").map((word) => Number.parseInt(word, 16)));
  const [left, right] = [words(head), words(tail ?? "")];
  const zeros = tail === undefined ? 0 : 8 - left.length - right.length;
  const bytes = Buffer.alloc(16);
  for (const [index, word] of [...left, ...Array.from({ length: zeros }, () => 0), ...right].entries())
    bytes.writeUInt16BE(word & 0xffff, index * 2);
  return bytes;
}

function pseudoHeader(from: string, to: string, length: number, v6: boolean): Buffer {
  const rest = Buffer.alloc(v6 ? 8 : 4);
  if (v6) {
    rest.writeUInt32BE(length, 0);
    rest.writeUInt8(6, 7);
  } else {
    rest.writeUInt8(6, 1);
    rest.writeUInt16BE(length, 2);
  }
  return Buffer.concat([addressBytes(from), addressBytes(to), rest]);
}

/** RFC 1071. */
function checksum(parts: readonly Buffer[]): number {
  const bytes = Buffer.concat(parts);
  let sum = 0;
  for (let at = 0; at + 1 < bytes.length; at += 2) sum += bytes.readUInt16BE(at);
  if (bytes.length % 2 === 1) sum += bytes.readUInt8(bytes.length - 1) << 8;
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

// --- pcapng blocks, little-endian ---------------------------------------------------------------------------------------

function block(type: number, body: Buffer): Buffer {
  const length = 12 + body.length;
  const head = Buffer.alloc(8);
  head.writeUInt32LE(type, 0);
  head.writeUInt32LE(length, 4);
  const tail = Buffer.alloc(4);
  tail.writeUInt32LE(length, 0);
  return Buffer.concat([head, body, tail]);
}

function sectionHeader(): Buffer {
  const body = Buffer.alloc(16);
  body.writeUInt32LE(0x1a2b_3c4d, 0);
  body.writeUInt16LE(1, 4);
  body.writeBigInt64LE(-1n, 8);
  return block(0x0a0d_0d0a, body);
}

function interfaceDescription(): Buffer {
  const body = Buffer.alloc(8);
  body.writeUInt16LE(1, 0); // Ethernet
  return block(1, body);
}

/** Times are microseconds, the interface's default. */
function enhancedPacket(packet: Buffer, at: number, comment: string): Buffer {
  const head = Buffer.alloc(20);
  const micros = BigInt(Math.round(at * 1000));
  head.writeUInt32LE(Number(micros >> 32n), 4);
  head.writeUInt32LE(Number(micros & 0xffff_ffffn), 8);
  head.writeUInt32LE(packet.length, 12);
  head.writeUInt32LE(packet.length, 16);
  return block(6, Buffer.concat([head, padded(packet), comment === "" ? Buffer.alloc(0) : commentOption(comment)]));
}

function commentOption(comment: string): Buffer {
  const text = Buffer.from(comment).subarray(0, 4096);
  const head = Buffer.alloc(4);
  head.writeUInt16LE(1, 0);
  head.writeUInt16LE(text.length, 2);
  return Buffer.concat([head, padded(text), Buffer.alloc(4)]);
}

function padded(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);
}
