// The clients of the workers bench, as cheap as can be: bytes made beforehand, several requests in flight, and what comes is counted by its length and
// read by nobody, into memory that is used again.
import { connect, type Socket } from "node:net";
import { apiVersions } from "../../../src/protocols/kafka/messages/api-versions.ts";
import { saslAuthenticate } from "../../../src/protocols/kafka/messages/sasl-authenticate.ts";
import { saslHandshake } from "../../../src/protocols/kafka/messages/sasl-handshake.ts";
import { requestFrame } from "../../support/frames.ts";
import type { Workload } from "./workloads.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

const readBytes = 256 << 10;

/** Answers of one request are all as long as the first. */
export class Load {
  answers = 0;
  readonly #sockets: Socket[] = [];
  readonly #memory = Buffer.allocUnsafe(readBytes);

  /** One connection more that is logged in, and its requests under way. Rejects when the gateway closes it. */
  async open(address: string, login: Login, { frame, inFlight }: Workload): Promise<void> {
    const [host = "", port = ""] = address.split(":");
    const closed = Promise.withResolvers<never>();
    closed.promise.catch(() => {}); // of those that end well
    let took: (bytes: number, memory: Uint8Array) => void = () => {};
    const onread = {
      buffer: this.#memory,
      callback: (bytes: number, memory: Uint8Array) => {
        took(bytes, memory);
        return true;
      },
    };
    const socket = connect({ host, port: Number(port), noDelay: true, onread });
    this.#sockets.push(socket);
    socket.on("error", () => {}); // `close` follows
    socket.on("close", () => closed.reject(new Error("the gateway closed a connection")));
    for (const step of stepsOf(login)) {
      const answered = new Promise<void>((resolve) => (took = wholeAnswer(resolve)));
      socket.write(step);
      await Promise.race([answered, closed.promise]);
    }
    const burst = Buffer.concat(Array.from({ length: inFlight }, () => frame));
    took = this.#counting((answers) => socket.write(burst.subarray(0, answers * frame.length)));
    socket.write(burst);
  }

  #counting(next: (answers: number) => void): (bytes: number, memory: Uint8Array) => void {
    let length = 0;
    let passed = 0;
    return (bytes, memory) => {
      if (length === 0) length = new DataView(memory.buffer, memory.byteOffset).getInt32(0) + 4;
      passed += bytes;
      const done = Math.floor(passed / length);
      if (done === 0) return;
      passed -= done * length;
      this.answers += done;
      next(done);
    };
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function stepsOf({ username, password }: Login): Buffer[] {
  const authBytes = Buffer.from(`\0${username}\0${password}`);
  return [
    requestFrame(apiVersions, 3, { clientSoftwareName: "bench", clientSoftwareVersion: "1" }),
    requestFrame(saslHandshake, 1, { mechanism: "PLAIN" }),
    requestFrame(saslAuthenticate, 1, { authBytes }),
  ];
}

/** A size comes with the first bytes: answers of a login are small. */
function wholeAnswer(done: () => void): (bytes: number, memory: Uint8Array) => void {
  let missing = 0;
  return (bytes, memory) => {
    missing += missing === 0 ? new DataView(memory.buffer, memory.byteOffset).getInt32(0) + 4 - bytes : -bytes;
    if (missing === 0) done();
  };
}
