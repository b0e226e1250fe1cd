// The policy of a gateway: compiled from its folder or taken from a bundle, tried before anything starts, watched afterwards.
import { readFile } from "node:fs/promises";
import { LockkeeperError } from "../base/errors.ts";
import type { Config } from "../config/schema.ts";
import type { Masking } from "../masking/mask.ts";
import type { AnswerChecks } from "../policy/answer.ts";
import { readBundle } from "../policy/bundle.ts";
import { findPolicyCompiler } from "../policy/compiler/build.ts";
import type { PolicyEngine, PolicyLoad, PolicyProblem } from "../policy/engine.ts";
import { createRegoEngine, type RegoEngine } from "../policy/rego-engine.ts";
import { createPolicyReloader } from "../policy/reload.ts";
import type { AuditTrail } from "./audit.ts";
import type { GatewayParts } from "./parts.ts";

/** What a policy may name: masks that exist, approvers that the configuration has. */
export function answerChecks(config: Config, masking: Masking): AnswerChecks {
  const groups = new Set(Object.keys(config.approvals?.groups ?? {}));
  return {
    mask: (rule) => masking.problem(rule),
    filter: (rule) => masking.filterProblem(rule),
    record: (level) =>
      level === "raw" && !config.audit.recordings?.rawKeyFile
        ? "needs audit.recordings.rawKey: records from before masking are kept for another key only"
        : null,
    requirement({ approvers }) {
      if (!config.approvals) return null; // refused later, with a sentence for whoever asks
      const unknown = approvers.find((name) => !groups.has(name));
      return unknown === undefined ? null : `names the approvers ${unknown}, who are not in approvals.groups`;
    },
  };
}

export async function openPolicy(
  parts: GatewayParts,
  masking: Masking,
  audit: AuditTrail,
  stack: AsyncDisposableStack,
): Promise<PolicyEngine> {
  const { config, clock, log } = parts;
  const checks = answerChecks(config, masking);
  const engine = createRegoEngine({
    checks,
    clock,
    onFault: (reason, revision) => log.error({ reason, revision }, "the policy failed on a request: denied"),
  });
  const loaded = (load: PolicyLoad) => tellLoad(load, parts, audit);
  const { directory, bundle } = config.policy;
  if (bundle) {
    await loaded(await loadBundle(engine, bundle, parts));
    return engine;
  }
  if (directory === null) throw new LockkeeperError("config-invalid", "policy: give either directory or bundle");
  const compiler = await findPolicyCompiler((line) => log.info({}, line));
  const reloader = createPolicyReloader(engine, {
    directory,
    compiler,
    clock,
    checks,
    onLoad: (load) => void loaded(load).catch(() => {}),
  });
  stack.defer(() => reloader.close());
  const first = await reloader.start();
  await loaded(first);
  if (!first.ok) throw new LockkeeperError("policy-invalid", first.problems.map(describeProblem).join("\n"));
  return engine;
}

export function describeProblem({ file, row, column, message }: PolicyProblem): string {
  return row > 0 ? `${file}:${row}:${column}: ${message}` : `${file || "policy"}: ${message}`;
}

async function tellLoad(load: PolicyLoad, { clock, log }: GatewayParts, audit: AuditTrail): Promise<void> {
  const at = clock.now();
  if (load.ok) {
    const { revision, files, tests, durationMs } = load;
    log.info({ revision, count: files, durationMs }, "policy loaded");
    await audit.events.record({ code: "policy.loaded", at, actor: null, details: { revision, files, tests } });
    return;
  }
  const problems = load.problems.map(describeProblem);
  for (const problem of problems)
    log.error({ revision: load.running, reason: problem }, "policy rejected, the running one stays");
  await audit.events.record({ code: "policy.rejected", at, actor: null, details: { problems, running: load.running } });
}

async function loadBundle(
  engine: RegoEngine,
  bundle: NonNullable<Config["policy"]["bundle"]>,
  { clock }: GatewayParts,
): Promise<PolicyLoad> {
  if (bundle.keyFile !== null) {
    throw new LockkeeperError(
      "config-invalid",
      "policy.bundle.key: signed bundles cannot be checked in this version; use a folder",
    );
  }
  const started = clock.monotonic();
  const policy = readBundle(await fetchBundle(new URL(bundle.url)));
  const problems = engine.load(policy);
  if (problems.length > 0) throw new LockkeeperError("policy-invalid", problems.map(describeProblem).join("\n"));
  const { revision, files, tests } = policy;
  return { ok: true, revision, files, tests, durationMs: Math.round(clock.monotonic() - started) };
}

async function fetchBundle(url: URL): Promise<Uint8Array> {
  if (url.protocol === "file:") return readFile(url);
  const answer = await fetch(url);
  if (!answer.ok) throw new LockkeeperError("policy-invalid", `the bundle at ${url.host} answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}
