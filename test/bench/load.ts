// The bench's own client (test/clients/go/load), for what Kafka's tools do not do: topics at once, latency at a fixed rate, idle connections.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { run } from "../../src/demo/parts/process.ts";
import { goProgram } from "../clients/programs.ts";

export interface Login {
  readonly username: string;
  readonly password: string;
}

export interface Destination {
  readonly address: string;
  readonly login: Login | null;
}

export interface Latency {
  readonly records: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface Idle {
  readonly perSecond: number;
  /** Answered when all were open, and again after their memory had been looked at. */
  readonly up: number;
  readonly still: number;
}

const runMsMax = 300_000;

export class LoadClient {
  readonly #binary: string;

  private constructor(binary: string) {
    this.#binary = binary;
  }

  static async build(): Promise<LoadClient> {
    return new LoadClient(join(await goProgram("load"), "load"));
  }

  async createTopic(at: Destination, topic: string, partitions: number): Promise<void> {
    await this.#run(["create", ...flags(at), "-topic", topic, "-partitions", String(partitions)]);
  }

  async deleteTopic(at: Destination, topic: string): Promise<void> {
    await this.#run(["delete", ...flags(at), "-topic", topic]);
  }

  async latency(at: Destination, topic: string, rate: number, seconds: number): Promise<Latency> {
    const how = ["-topic", topic, "-rate", String(rate), "-seconds", String(seconds)];
    return JSON.parse(await this.#run(["latency", ...flags(at), ...how])) as Latency;
  }

  /** Opens so many connections, calls `look` while they do nothing, and asks each of them once more. */
  async idle(at: Destination, count: number, look: () => void): Promise<Idle> {
    const child = spawn(this.#binary, ["idle", ...flags(at), "-count", String(count)], {
      stdio: ["pipe", "pipe", "inherit"],
      timeout: runMsMax,
      killSignal: "SIGKILL",
    });
    const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const line = async (): Promise<Record<string, number>> => {
      const { value, done } = await lines.next();
      if (done === true) throw new Error("the load client ended too early");
      return JSON.parse(value) as Record<string, number>;
    };
    const ended = once(child, "exit");
    const { up = 0, seconds = Number.NaN } = await line();
    look();
    child.stdin.end("\n");
    const { still = 0 } = await line();
    await ended;
    return { perSecond: up / seconds, up, still };
  }

  async #run(args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await run(this.#binary, args, { timeoutMs: runMsMax });
    if (code !== 0) throw new Error(`load ${args[0]} failed: ${stderr}`);
    return stdout;
  }
}

function flags({ address, login }: Destination): string[] {
  const who = login === null ? [] : ["-user", login.username, "-password", login.password];
  return ["-bootstrap", address, ...who];
}
