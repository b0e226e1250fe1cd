// lockkeeper request: asks before the command is run, or for a role for a time, over a gateway's HTTP API and as whoever logs in to it. The approval fits
// the same command by the same principal, with whatever Kafka client it is run.
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";
import { plain, print } from "../shared.ts";
import { type ActionOptions, parametersOf, withActionOptions } from "./request-parameters.ts";

interface RequestOptions extends ActionOptions {
  readonly url: string;
  readonly user?: string;
  readonly cluster?: string;
  readonly action?: string;
  readonly api?: string;
  readonly request?: string;
  readonly role?: string;
  readonly for?: string;
  readonly reason: string;
}

const askMsMax = 30_000;

export function requestCommand(): Command {
  const command = new Command("request")
    .description("ask for an approval before the command is run, or for a role for a time")
    .option("--url <url>", "the gateway's HTTP API", "http://127.0.0.1:9900")
    .option(
      "-u, --user <name>",
      "a local account; its password comes from LOCKKEEPER_PASSWORD, without it a token from LOCKKEEPER_TOKEN",
    )
    .option("--cluster <name>", "where the gateway has several")
    .addOption(
      new Option("--action <name>", "an operation by its name in policies, such as topic.delete").conflicts([
        "api",
        "role",
      ]),
    )
    .addOption(new Option("--api <name>", "any API of Kafka by its name, with --request").conflicts("role"))
    .option("--request <json>", "its request as Kafka names the fields; @FILE reads a file")
    .option("--role <name>", "a role for a time, with --for")
    .option("--for <duration>", "such as 1h")
    .requiredOption("-r, --reason <text>", "why; approvers read it");
  return withActionOptions(command)
    .addHelpText("after", "\nExit code 0: asked for, or nothing to ask for. 1: refused, or it would fail.")
    .action(request);
}

async function request(options: RequestOptions): Promise<void> {
  const { operations } = await post(new URL("/v1/requests", options.url), bodyOf(options), authorization(options));
  for (const { operation, resource, message } of operations) print(plain(`${operation} ${resource}: ${message}`));
  if (operations.some(({ outcome }) => !fine.has(outcome))) process.exitCode = 1;
}

const fine: ReadonlySet<string> = new Set(["pending", "approved", "allowed"]);

function bodyOf(options: RequestOptions): JsonObject {
  const shared = { reason: options.reason, ...(options.cluster !== undefined && { cluster: options.cluster }) };
  if (options.role !== undefined) {
    if (options.for === undefined) throw wrong("--role needs --for, such as --for 1h");
    return { ...shared, role: options.role, for: options.for };
  }
  if (options.api !== undefined) return { ...shared, api: options.api, request: parsed(options.request) };
  if (options.action === undefined) throw wrong("one of --action, --api and --role is needed");
  return { ...shared, action: options.action, parameters: parametersOf(options) };
}

function parsed(text: string | undefined): JsonObject {
  const json = text?.startsWith("@") === true ? readFileSync(text.slice(1), "utf8") : (text ?? "{}");
  try {
    return JSON.parse(json) as JsonObject;
  } catch {
    throw wrong("--request is not JSON");
  }
}

/** Secrets come from the environment, never from arguments: those are seen by everybody on the machine. */
function authorization({ user }: RequestOptions): string {
  const { LOCKKEEPER_PASSWORD: password, LOCKKEEPER_TOKEN: token } = process.env;
  if (user !== undefined) {
    if (password === undefined) throw wrong("LOCKKEEPER_PASSWORD is not set");
    return `Basic ${Buffer.from(`${user}:${password}`).toString("base64")}`;
  }
  if (token === undefined) throw wrong("give --user and LOCKKEEPER_PASSWORD, or LOCKKEEPER_TOKEN");
  return `Bearer ${token}`;
}

interface Answer {
  readonly operations: readonly {
    readonly operation: string;
    readonly resource: string;
    readonly outcome: string;
    readonly message: string;
  }[];
}

async function post(url: URL, body: JsonObject, credential: string): Promise<Answer> {
  const headers = { authorization: credential, "content-type": "application/json" };
  let response: Response;
  try {
    const signal = AbortSignal.timeout(askMsMax);
    response = await fetch(url, { method: "POST", headers, body: JSON.stringify(body), signal });
  } catch (error) {
    throw new LockkeeperError(
      "setup-failed",
      `${url.origin} does not answer; --url says where the gateway's control.bind is`,
      {
        cause: error,
      },
    );
  }
  const answer = (await response.json().catch(() => ({}))) as Partial<Answer> & { message?: string };
  if (response.ok && answer.operations !== undefined) return { operations: answer.operations };
  throw new LockkeeperError("request-refused", answer.message ?? `the gateway answered ${response.status}`);
}

function wrong(message: string): LockkeeperError {
  return new LockkeeperError("config-invalid", message);
}
