// What the options of `lockkeeper request --action` say, as the parameters that the gateway takes. Only what was given: the gateway says what an
// action lacks.
import { type Command, Option } from "commander";
import { LockkeeperError } from "../../base/errors.ts";
import type { JsonObject } from "../../base/json.ts";

export interface ActionOptions {
  readonly topic?: string;
  readonly group?: string;
  readonly broker?: number;
  readonly partitions?: number;
  readonly partition?: readonly number[];
  readonly offset?: readonly string[];
  readonly replicas?: readonly string[];
  readonly election?: string;
  readonly set?: readonly string[];
  readonly unset?: readonly string[];
  readonly resource?: string;
  readonly pattern?: string;
  readonly principal?: string;
  readonly host?: string;
  readonly operation?: string;
  readonly permission?: string;
  readonly entity?: readonly string[];
  readonly quota?: readonly string[];
}

const many = (value: string, before: readonly string[] = []) => [...before, value];
const manyNumbers = (value: string, before: readonly number[] = []) => [...before, Number(value)];

export function withActionOptions(command: Command): Command {
  const several = "may be given several times";
  return command
    .option("--topic <name>")
    .option("--group <name>")
    .option("--broker <id>", "by its number", Number)
    .option("--partitions <count>", "how many the topic shall have", Number)
    .option("--partition <number>", several, manyNumbers)
    .option("--offset <partition=offset>", `${several}; -1 deletes all there is`, many)
    .option("--replicas <partition=broker,broker>", `${several}; without brokers a move is taken back`, many)
    .addOption(new Option("--election <kind>").choices(["preferred", "unclean"]))
    .option("--set <config=value>", several, many)
    .option("--unset <config>", `back to its default; ${several}`, many)
    .option("--resource <type:name>", "of an ACL: topic:orders, group:billing, cluster")
    .option("--pattern <pattern>", "of an ACL: literal or prefixed")
    .option("--principal <principal>", "of an ACL: User:bob")
    .option("--host <host>", "of an ACL")
    .option("--operation <operation>", "of an ACL: read, write, describe, all …")
    .addOption(new Option("--permission <permission>", "of an ACL").choices(["allow", "deny"]))
    .option(
      "--entity <type=name>",
      `whose quota: user=bob, client-id=etl; without a name the default; ${several}`,
      many,
    )
    .option("--quota <name=value>", `${several}; without a value it is removed`, many);
}

export function parametersOf(options: ActionOptions): JsonObject {
  const { partitions, partition, offset, replicas, set, unset, entity, quota } = options;
  const configs = { ...pairs(set), ...Object.fromEntries((unset ?? []).map((name) => [name, null])) };
  const given = {
    ...named(options),
    partitions: partition ?? partitions,
    offsets: offset && pairs(offset),
    replicas: replicas && mapped(pairs(replicas), (text) => (text === "" ? null : text.split(",").map(Number))),
    configs: Object.keys(configs).length > 0 ? configs : undefined,
    entity: entity && mapped(pairs(entity), (name) => name || null),
    quotas: quota && mapped(pairs(quota), (value) => value || null),
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
}

/** What is called alike on both sides. */
function named({
  topic,
  group,
  broker,
  election,
  resource,
  pattern,
  principal,
  host,
  operation,
  permission,
}: ActionOptions) {
  return { topic, group, broker, election, resource, pattern, principal, host, operation, permission };
}

function mapped<T>(values: Readonly<Record<string, string>>, change: (value: string) => T): Record<string, T> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, change(value)]));
}

function pairs(list: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    list.map((pair) => {
      const at = pair.indexOf("=");
      if (at < 1) throw new LockkeeperError("config-invalid", `${pair}: NAME=VALUE is expected`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}
