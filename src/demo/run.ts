// The demo: real parts on this machine, a story with unchanged Kafka clients through the gateway, and then, unless told otherwise, time to
// look around. Whatever happens, everything that was started is ended, in reverse order.
import { describeError } from "../base/errors.ts";
import { type DemoFolder, takeFolder } from "./folder.ts";
import { printHints } from "./hints.ts";
import { createPaper, type Paper } from "./paper.ts";
import { openStage, type Stage } from "./stage/index.ts";
import { story } from "./story/index.ts";
import type { Step } from "./story/step.ts";

export interface DemoOptions {
  /** End after the story instead of staying up. */
  readonly once: boolean;
}

/** Plays everything on standard output. @returns the exit code: 0 only if every step came out right */
export async function runDemo({ once }: DemoOptions): Promise<number> {
  const paper = createPaper(process.stdout);
  const interrupt = interruption();
  let folder: DemoFolder | null = null;
  const stack = new AsyncDisposableStack();
  try {
    folder = await takeFolder();
    const playing = play(folder.path, paper, stack, interrupt.signal, once);
    playing.catch(() => {});
    await Promise.race([playing, interrupt.signalled]);
  } catch (error) {
    paper.check(false, "the demo could not go on", describeError(error));
  } finally {
    if (interrupt.signal.aborted) paper.say("stopping …");
    await stack.disposeAsync().catch((error: unknown) => paper.check(false, "everything stops in order", describeError(error)));
    await folder?.release();
    interrupt.close();
  }
  return paper.failed === 0 && paper.finished ? 0 : 1;
}
