// How long a Metadata answer of all topics keeps the gateway's event loop from everybody else, by what /metrics shows.
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds } from "../cpu.ts";
import { type Spread, spread } from "../report.ts";
import { type Driven, everyTopic } from "./drive.ts";

export interface Stall {
  /** Longest delay of the event loop, in milliseconds, with nothing to do and while the answers passed. */
  readonly idleMs: Spread;
  readonly stallMs: Spread;
  readonly answerMs: Spread;
  readonly cpuMs: number;
}

/** The event loop is looked at every 10 ms, and that is in what prom-client shows. */
const precisionMs = 10;
const lookMs = 300;

/** Each answer to a new session, so that every decision is made anew. */
export async function measureStalls({ target, login }: Driven, answers: number): Promise<Stall> {
  const { pid, ready } = target.gateway;
  const longest = async (): Promise<number> => {
    const page = await (await fetch(`http://${ready.control}/metrics`)).text();
    return Number(/^nodejs_eventloop_lag_max_seconds ([\d.e+-]+)/m.exec(page)?.[1]) * 1000 - precisionMs;
  };
  const [idle, stalls, took]: [number[], number[], number[]] = [[], [], []];
  let used = 0;
  for (let i = 0; i < answers; i++) {
    const client = await login();
    await longest();
    await sleep(lookMs);
    idle.push(await longest());
    const [before, started] = [cpuSeconds(pid), performance.now()];
    await client.ask(everyTopic);
    took.push(performance.now() - started);
    used += cpuSeconds(pid) - before;
    await sleep(lookMs);
    stalls.push(await longest());
    client.close();
  }
  return { idleMs: spread(idle), stallMs: spread(stalls), answerMs: spread(took), cpuMs: (used / answers) * 1000 };
}
