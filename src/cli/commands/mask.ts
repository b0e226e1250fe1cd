// lockkeeper mask try: what a caller would see of a record, before and after, with the rules that did it. Asks the policy folder of the
// configuration as the gateway would, and needs neither a broker nor a running gateway; a schema registry only where records are of a format that has schemas.
import { buffer } from "node:stream/consumers";
import { Command, InvalidArgumentError, Option } from "commander";
import { openMasking, openMaskings } from "../../app/masking.ts";
import { answerChecks, describeProblem } from "../../app/policy.ts";
import { systemClock } from "../../base/clock.ts";
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { silentLog } from "../../base/log.ts";
import type { Config } from "../../config/schema.ts";
import type { Decision } from "../../model/decision.ts";
import type { Operation } from "../../model/operation.ts";
import type { RecordHeader, RecordView } from "../../model/record.ts";
import type { Session } from "../../model/session.ts";
import { findPolicyCompiler } from "../../policy/compiler/build.ts";
import { createRegoEngine } from "../../policy/rego-engine.ts";
import { loadPolicy } from "../../policy/reload.ts";
import { describeRules, showParts, tryRecord } from "../mask-try.ts";
import { type ConfigOption, configOption, plain, print, readConfig } from "../shared.ts";
import { version } from "../version.ts";

interface TryOptions extends ConfigOption {
  readonly principal: string;
  readonly topic: string;
  readonly group: readonly string[];
  readonly claims: JsonObject;
  readonly cluster?: string;
  readonly on: "read" | "write";
  readonly key?: string;
  readonly header: readonly RecordHeader[];
}

const example = `
The record's value comes from standard input, text without its last line break; a key and headers can be given beside it:

  lockkeeper mask try --principal alice --topic orders --key 4711 --header tenant=acme < record.json

Exit code 0: this is what the caller sees, or writes. 1: the policy lets the caller not do it, or the record is hidden or refused.`;

export function maskCommand(): Command {
  const command = new Command("mask").description("try out what masks and filters do");
  command
    .command("try")
    .description("show a record before and after, for one caller and topic")
    .addOption(configOption())
    .requiredOption("--principal <name>", "who reads; a local account has the groups that the configuration gives it")
    .requiredOption("--topic <name>")
    .option(
      "--group <name>",
      "a group of the caller; may be given several times",
      added<string>((name) => name),
      [],
    )
    .option("--claims <json>", "the claims of the caller's token", claimsOf, {})
    .option("--cluster <name>", "one of the configuration's clusters; without it the first")
    .addOption(new Option("--on <direction>").choices(["read", "write"]).default("read"))
    .option("--key <text>", "the record's key")
    .option("--header <name=text>", "a header; may be given several times", added(headerOf), [])
    .addHelpText("after", example)
    .action(run);
  return command;
}

async function run(options: TryOptions): Promise<void> {
  const config = readConfig(options);
  const decision = await decided(options, config);
  const act = `${plain(options.principal)} ${options.on === "read" ? "reads" : "writes"} topic ${plain(options.topic)}`;
  if (decision.outcome === "deny") {
    print(`${act}: denied. ${decision.message}`);
    for (const rule of decision.cause === "policy-unavailable" ? decision.rules : []) print(`  ${plain(rule)}`);
    process.exitCode = 1;
    return;
  }
  const held = decision.outcome === "hold" ? `, once ${decision.rules.join(", ")} is approved` : "";
  print(`${act}: allowed${held} (policy ${decision.revision.slice(0, 12)})`);
  const record = await readRecord(options);
  await using stack = new AsyncDisposableStack();
  const maskings = openMaskings({ config, clock: systemClock, log: silentLog, version }, stack);
  const result = await tryRecord(record, decision, maskings.of(clusterOf(options, config)));
  for (const line of [...describeRules(decision, result), ...showParts(record, result)]) print(line);
  if (result.outcome !== "passes") process.exitCode = 1;
}

async function decided(options: TryOptions, config: Config): Promise<Decision> {
  const { directory } = config.policy;
  if (directory === null) {
    throw new LockkeeperError(
      "config-invalid",
      "mask try reads a policy folder (policy.directory), and this configuration has a bundle",
    );
  }
  const checks = answerChecks(config, openMasking(config));
  const engine = createRegoEngine({ checks });
  const compiler = await findPolicyCompiler((line) => process.stderr.write(`${line}\n`));
  const load = await loadPolicy(engine, { directory, compiler, clock: systemClock, checks });
  if (!load.ok) throw new LockkeeperError("policy-invalid", load.problems.map(describeProblem).join("\n"));
  const context = { session: sessionOf(options, config), now: systemClock.now() };
  const [decision] = engine.decide(context, [operationOf(options)]);
  if (decision === undefined) throw new LockkeeperError("policy-unavailable", "the policy gave no decision");
  return decision;
}

function operationOf({ on, topic }: TryOptions): Operation {
  const resource = { type: "topic", name: topic } as const;
  return { name: `topic.${on}`, verb: on, risk: "low", resource, attributes: {}, dryRun: false, cacheable: false };
}

function clusterOf({ cluster }: TryOptions, { clusters }: Config): string {
  const known = Object.keys(clusters);
  const [first = ""] = known;
  if (cluster === undefined || known.includes(cluster)) return cluster ?? first;
  throw new LockkeeperError("config-invalid", `there is no cluster ${cluster}; there is ${known.join(", ")}`);
}

function sessionOf(options: TryOptions, config: Config): Session {
  const { principal, group, claims } = options;
  const { identity } = config;
  const account = identity.users.find(({ name }) => name === principal);
  const groups = group.length > 0 ? group : (account?.groups ?? []);
  const mechanism = account === undefined ? "oauthbearer" : "plain";
  return {
    id: "ses_try",
    protocol: "kafka",
    cluster: clusterOf(options, config),
    listener: "localhost:9092",
    node: null,
    client: "127.0.0.1:50000",
    startedAt: systemClock.now(),
    tls: true,
    identity: { principal, groups, mechanism, issuer: null, claims, expiresAt: null },
    software: null,
    clientId: "lockkeeper-mask-try",
  };
}

async function readRecord({ key, header }: TryOptions): Promise<RecordView> {
  if (process.stdin.isTTY) process.stderr.write("the record's value, then Ctrl-D:\n");
  const bytes = await buffer(process.stdin);
  // What begins with a zero byte is typed, as Confluent frames it: its last byte may look like a line break, and is none.
  const isText = bytes[0] !== 0;
  const lineBreak = isText && bytes.at(-1) === 0x0a ? (bytes.at(-2) === 0x0d ? 2 : 1) : 0;
  const value = bytes.subarray(0, bytes.length - lineBreak);
  const timestamp = BigInt(systemClock.now());
  return { key: key === undefined ? null : Buffer.from(key), value, headers: header, offset: 0n, timestamp };
}

function added<Value>(read: (text: string) => Value): (text: string, before: readonly Value[]) => readonly Value[] {
  return (text, before) => [...before, read(text)];
}

function headerOf(text: string): RecordHeader {
  const equals = text.indexOf("=");
  if (equals < 1) throw new InvalidArgumentError("A header is name=text.");
  return { key: Buffer.from(text.slice(0, equals)), value: Buffer.from(text.slice(equals + 1)) };
}

function claimsOf(text: string): JsonObject {
  try {
    const claims: unknown = JSON.parse(text);
    if (isObject(claims)) return claims;
  } catch {
    // said below, without the text: claims may be nobody's business
  }
  throw new InvalidArgumentError('Claims are a JSON object, such as {"tenant":"acme"}.');
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
