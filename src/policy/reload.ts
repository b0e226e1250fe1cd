// From a policy folder to the running policy, at start-up and whenever the folder changes: read, check, test, build, instantiate, try, swap.
// On failure the last good policy stays and the problems are reported. One load at a time; what changed meanwhile is loaded next.
import { watch as watchFolder } from "node:fs";
import type { Cancel, Clock } from "../base/clock.ts";
import { describeError } from "../base/errors.ts";
import { limits } from "../base/limits.ts";
import type { AnswerChecks } from "./answer.ts";
import { compilePolicy } from "./compile.ts";
import type { PolicyCompiler } from "./compiler/protocol.ts";
import type { PolicyLoad, PolicyProblem } from "./engine.ts";
import { createRegoEngine, type RegoEngine } from "./rego-engine.ts";
import { type PolicySources, readSources } from "./sources.ts";

export interface PolicyLoaderOptions {
  readonly directory: string;
  readonly compiler: PolicyCompiler;
  readonly clock: Clock;
  readonly checks?: AnswerChecks;
}

/**
 * Loads the folder into the engine once. For `lockkeeper check` hand in a fresh engine: everything is tried, nothing is running.
 * Never rejects.
 */
export async function loadPolicy(
  engine: RegoEngine,
  options: PolicyLoaderOptions,
  sources?: PolicySources,
): Promise<PolicyLoad> {
  const started = options.clock.monotonic();
  const failed = (problems: readonly PolicyProblem[]): PolicyLoad => ({
    ok: false,
    problems,
    running: engine.revision,
  });
  try {
    const read = sources ?? (await readSources(options.directory));
    const compiled = await compilePolicy(read, options.compiler, options.checks);
    if (!compiled.ok) return failed(compiled.problems);
    const problems = engine.load(compiled.policy);
    if (problems.length > 0) return failed(problems);
    const { revision, files, tests } = compiled.policy;
    return { ok: true, revision, files, tests, durationMs: Math.round(options.clock.monotonic() - started) };
  } catch (error) {
    return failed([{ file: "", row: 0, column: 0, message: describeError(error) }]);
  }
}

/** Every mistake of a folder at once, with what the engine itself says of it; [] when it would run. */
export async function checkPolicy(options: PolicyLoaderOptions): Promise<readonly PolicyProblem[]> {
  const engine = createRegoEngine(options.checks === undefined ? {} : { checks: options.checks });
  const load = await loadPolicy(engine, options);
  return load.ok ? [] : load.problems;
}

export interface PolicyReloader {
  /** The first load; starts watching whatever came of it, so that a mistake can be mended without a restart. */
  start(): Promise<PolicyLoad>;
  /** Stops watching; resolves when a load under way has ended. */
  close(): Promise<void>;
}

/** Calls `watch` with a function to be told of changes; returns how to stop. Notices may be lost or come twice. */
export interface Watch {
  (directory: string, changed: () => void): Cancel;
}

/** `onLoad` hears of every load after the first, good or bad. */
export function createPolicyReloader(
  engine: RegoEngine,
  options: PolicyLoaderOptions & { readonly onLoad: (load: PolicyLoad) => void; readonly watch?: Watch },
): PolicyReloader {
  const { clock, directory, onLoad } = options;
  let tried = "";
  let busy: Promise<void> = Promise.resolve();
  let cancelSettle: Cancel = nothing;
  let cancelRescan: Cancel = nothing;
  let stopWatching: Cancel = nothing;
  let closed = false;

  async function loadIfChanged(): Promise<PolicyLoad | null> {
    const sources = await readSources(directory);
    const state = JSON.stringify([sources.hash, sources.problems]);
    if (state === tried) return null;
    tried = state;
    return loadPolicy(engine, options, sources);
  }

  function look(): void {
    busy = lookAfter(busy);
  }

  async function lookAfter(before: Promise<void>): Promise<void> {
    await before;
    if (closed) return;
    const load = await loadIfChanged();
    if (load !== null) onLoad(load);
  }

  function rescan(): void {
    look();
    cancelRescan = clock.after(limits.policyRescanMs, rescan);
  }

  return {
    async start() {
      const first = loadIfChanged();
      busy = settled(first);
      stopWatching = (options.watch ?? watchWithNode)(directory, () => {
        cancelSettle();
        cancelSettle = clock.after(limits.policySettleMs, look);
      });
      cancelRescan = clock.after(limits.policyRescanMs, rescan);
      return (await first) ?? { ok: false, problems: [], running: engine.revision };
    },
    async close() {
      closed = true;
      stopWatching();
      cancelSettle();
      cancelRescan();
      await busy;
    },
  };
}

function nothing(): void {}

async function settled(load: Promise<unknown>): Promise<void> {
  await load;
}

/** Node's own watcher. Where it fails (missing folder, too many watches) the rescan still finds every change. */
function watchWithNode(directory: string, changed: () => void): Cancel {
  try {
    const watcher = watchFolder(directory, { recursive: true, persistent: false }, changed);
    watcher.on("error", () => watcher.close());
    return () => watcher.close();
  } catch {
    return nothing;
  }
}
