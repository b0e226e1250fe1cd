// DescribeConfigs (32), AlterConfigs (33), IncrementalAlterConfigs (44). Resource types: 2 topic, 4 broker, 8 logger, 16 client metrics, 32 group.
import { alterConfigs } from "../../src/protocols/kafka/messages/alter-configs.ts";
import { describeConfigs } from "../../src/protocols/kafka/messages/describe-configs.ts";
import { incrementalAlterConfigs } from "../../src/protocols/kafka/messages/incremental-alter-configs.ts";
import { type Case, scenarios } from "../support/scenario.ts";

const orders = { resourceType: 2, resourceName: "orders" };
const secret = { resourceType: 2, resourceName: "secret" };
const broker = { resourceType: 4, resourceName: "1" };
const logger = { resourceType: 8, resourceName: "1" };
const group = { resourceType: 32, resourceName: "g" };
const metrics = { resourceType: 16, resourceName: "m" };
const none = { errorMessage: null };
const no = (errorCode: number) => ({ errorCode, errorMessage: "no" });

const described = scenarios(describeConfigs, [
  {
    name: "in part, each kind with its own error",
    given: { refuse: [{ resource: "secret" }, { resource: "1" }, { resource: "g" }] },
    when: {
      request: { resources: [secret, orders, broker, group] },
      answer: { results: [{ ...orders, ...none, configs: [{ name: "retention.ms", value: "1" }] }] },
    },
    then: {
      operations: [
        "topic.describe-config secret",
        "topic.describe-config orders",
        "broker.describe-config 1",
        "group.describe-config g",
      ],
      broker: { resources: [orders] },
      client: {
        results: [
          { ...secret, ...no(29) },
          { ...orders, ...none, configs: [{ name: "retention.ms", value: "1" }] },
          { ...broker, ...no(31) },
          { ...group, ...no(30) },
        ],
      },
    },
  },
  {
    name: "addresses of brokers and controllers are blank",
    when: {
      request: { resources: [broker] },
      answer: {
        results: [
          {
            ...broker,
            ...none,
            configs: [
              { name: "advertised.listeners", value: "PLAINTEXT://kafka-1.internal:9092" },
              { name: "num.io.threads", value: "8" },
            ],
          },
        ],
      },
    },
    then: {
      broker: "unchanged",
      client: {
        results: [
          {
            ...broker,
            ...none,
            configs: [
              { name: "advertised.listeners", value: null, isSensitive: true },
              { name: "num.io.threads", value: "8" },
            ],
          },
        ],
      },
    },
  },
  {
    name: "a kind that nobody knows",
    when: { request: { resources: [{ resourceType: 64, resourceName: "x" }] } },
    then: { broker: "nothing", client: "aborted" },
  },
]);

const set = (item: object) => ({ ...item, configs: [{ name: "retention.ms", value: "1" }] });

const altered = scenarios(alterConfigs, [
  {
    name: "in part",
    given: { refuse: [{ resource: "secret", cause: "approval-pending" }] },
    when: { request: { resources: [set(secret), set(orders)] }, answer: { responses: [{ ...orders, ...none }] } },
    then: {
      operations: ["topic.alter-config secret", "topic.alter-config orders"],
      broker: { resources: [set(orders)] },
      client: {
        responses: [
          { ...secret, ...no(44) },
          { ...orders, ...none },
        ],
      },
    },
  },
]);

const incremental = scenarios(incrementalAlterConfigs, [
  {
    name: "each kind is an operation of its own",
    given: { refuse: [{}] },
    when: { request: { resources: [set(orders), set(broker), set(logger), set(metrics), set(group)] } },
    then: {
      operations: [
        "topic.alter-config orders",
        "broker.alter-config 1",
        "broker.alter-logger 1",
        "client-metrics.alter-config m",
        "group.alter-config g",
      ],
      broker: "nothing",
      client: {
        responses: [
          { ...orders, ...no(29) },
          { ...broker, ...no(31) },
          { ...logger, ...no(31) },
          { ...metrics, ...no(31) },
          { ...group, ...no(30) },
        ],
      },
    },
  },
  {
    name: "in part",
    given: { refuse: [{ resource: "secret", cause: "would-fail", error: "INVALID_CONFIG" }] },
    when: { request: { resources: [set(orders), set(secret)] }, answer: { responses: [{ ...orders, ...none }] } },
    then: {
      broker: { resources: [set(orders)] },
      client: {
        responses: [
          { ...orders, ...none },
          { ...secret, ...no(40) },
        ],
      },
    },
  },
]);

export const configs: Case[] = [...described, ...altered, ...incremental];
