// The demo: real parts on this machine, a story with unchanged Kafka clients through the gateway, and then, unless told otherwise, time to
// look around. Whatever happens, everything that was started is ended, in reverse order.
import { describeError } from "../base/errors.ts";
import { takeFolder } from "./folder.ts";
import { printHints } from "./hints.ts";
import { createPaper, type Paper } from "./paper.ts";
import { openStage, type Stage } from "./stage/index.ts";
import { story } from "./story/index.ts";
import type { Step } from "./story/step.ts";

export interface DemoOptions {
  /** End after the story instead of staying up. */
  readonly once: boolean;
}

const intro =
  "A real Kafka cluster, a Redis, an OpenID Connect issuer and the gateway, all on free ports of this machine. Unchanged Kafka clients go through the " +
  "gateway; each step says what it is about to show, shows it, and checks it.";

/** Plays everything on standard output. @returns the exit code: 0 only if every step came out right */
export async function runDemo({ once }: DemoOptions): Promise<number> {
  const paper = createPaper(process.stdout);
  muteKafkaJsTimers();
  const interrupt = listenForInterruption();
  const stack = new AsyncDisposableStack();
  let whole = false;
  try {
    const folder = await takeFolder();
    stack.defer(() => folder.release());
    paper.title("Lockkeeper: the whole story on this machine");
    paper.say(intro);
    paper.heading(1, "The parts start");
    const startedMs = performance.now();
    // never cut short: what is half started could not be ended
    const stage = await openStage(folder.path, paper, stack);
    whole = (await Promise.race([playStory(stage), stage.gateway.lost, interrupt.happened])) === "told";
    summary(paper, whole, performance.now() - startedMs);
    if (!once && !interrupt.signal.aborted) {
      await printHints(stage);
      await Promise.race([interrupt.happened, stage.gateway.lost]);
    }
  } catch (error) {
    paper.check(false, "the demo could not go on", describeError(error));
  }
  if (interrupt.signal.aborted) paper.say("stopping, one part after the other …");
  await stack.disposeAsync().catch((error: unknown) => {
    paper.check(false, "everything ends in order", describeError(error));
  });
  interrupt.close();
  const code = whole && paper.failed === 0 ? 0 : 1;
  // A story that was interrupted has clients that go on trying; nobody needs what they find.
  if (!whole) process.exit(code);
  return code;
}

/** kafkajs 2.2.4 sets timers with negative delays, which Node 24 tells on standard error; they mean nothing to whoever watches. */
function muteKafkaJsTimers(): void {
  const print = process.listeners("warning");
  process.removeAllListeners("warning");
  process.on("warning", (warning) => {
    if (warning.name !== "TimeoutNegativeWarning") for (const listener of print) listener(warning);
  });
}

async function playStory(stage: Stage): Promise<"told"> {
  for (const [index, step] of story.entries()) {
    stage.paper.heading(index + 2, step.title);
    await playStep(step, stage);
  }
  return "told";
}

/** A step that cannot go on is one expectation that did not come true; the next may be right all the same. */
async function playStep(step: Step, stage: Stage): Promise<void> {
  stage.paper.say(step.intro);
  try {
    await step.play(stage);
  } catch (error) {
    stage.paper.check(false, "this step could not go on", describeError(error));
  }
}

function summary(paper: Paper, whole: boolean, ms: number): void {
  if (!whole) return;
  const seconds = Math.round(ms / 1_000);
  paper.raw("");
  if (paper.failed === 0) paper.title(`✔ All ${paper.passed} expectations came true, in ${seconds} s.`);
  else
    paper.title(`✘ ${paper.failed} of ${paper.passed + paper.failed} expectations did not come true (${seconds} s).`);
}

interface Interruption {
  readonly signal: AbortSignal;
  readonly happened: Promise<"interrupted">;
  close(): void;
}

/** The first Ctrl-C ends everything in order; a second one does not wait for that: guards end what is left. */
function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const { promise, resolve } = Promise.withResolvers<"interrupted">();
  const names = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  const hear = () => {
    if (controller.signal.aborted) process.exit(1);
    controller.abort();
    resolve("interrupted");
  };
  for (const name of names) process.on(name, hear);
  return {
    signal: controller.signal,
    happened: promise,
    close: () => {
      for (const name of names) process.off(name, hear);
    },
  };
}
