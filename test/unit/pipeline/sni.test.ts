// Server names that stand for broker nodes.
import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseSniTemplate, sniHost, sniNode } from "../../../src/pipeline/sni.ts";

const template = parseSniTemplate("Broker-{node}.kafka.example.com:9093");
if (template === null) throw new Error("the template is right");

test("every node has a name that leads back to it, and to no other (property)", () => {
  fc.assert(
    fc.property(fc.nat({ max: 2 ** 29 }), (node) => {
      expect(sniNode(template, sniHost(template, node))).toBe(node);
    }),
  );
});

describe("a name", () => {
  test("is the same in other letters", () => {
    expect(sniNode(template, "BROKER-7.Kafka.Example.com")).toBe(7);
  });

  test.each<string | false | undefined>([
    "bootstrap.kafka.example.com",
    "broker-.kafka.example.com",
    "broker-01.kafka.example.com",
    "broker-1x.kafka.example.com",
    "broker--1.kafka.example.com",
    "broker-1.kafka.example.com.evil.org",
    "xbroker-1.kafka.example.com",
    "broker-99999999999.kafka.example.com",
    "",
    false,
    undefined,
  ])("that is not a node's is the bootstrap address: %j", (name) => {
    expect(sniNode(template, name)).toBeNull();
  });
});

test.each([
  "kafka.example.com:9093",
  "broker-{node}.example.com",
  "broker-{node}.example.com:0",
  "broker-{node}.example.com:70000",
  "broker-{node}:9093",
  "broker-{node}-{node}.example.com:9093",
  "kafka.{node}.example.com:9093",
  "b1{node}.example.com:9093",
  "b{node}1.example.com:9093",
  "bröker-{node}.example.com:9093",
])("a template that could be mistaken is refused: %s", (text) => {
  expect(parseSniTemplate(text)).toBeNull();
});
