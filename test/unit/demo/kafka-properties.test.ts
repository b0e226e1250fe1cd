import { describe, expect, it } from "vitest";
import { type ClusterPlan, nodeProperties } from "../../../src/demo/parts/kafka/properties.ts";

const cluster: ClusterPlan = {
  brokers: 2,
  sasl: true,
  authorizer: true,
  superUsers: ["proxy"],
  users: new Map([["proxy", "secret1"]]),
  extraProperties: {},
};
const node = { id: 2, plainPort: 1001, saslPort: 1002, controllerPort: 1003, dataDirectory: "/tmp/data" };

function parsed(text: string): Map<string, string> {
  return new Map(
    text
      .trim()
      .split("\n")
      .map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

describe("the properties of a broker node", () => {
  it("makes only node 1 a controller", () => {
    const [first, second] = [1, 2].map((id) => parsed(nodeProperties(cluster, { ...node, id })));
    expect(first?.get("process.roles")).toBe("broker,controller");
    expect(first?.get("listeners")).toContain("CONTROLLER://127.0.0.1:1003");
    expect(second?.get("process.roles")).toBe("broker");
    expect(second?.get("listeners")).not.toContain("CONTROLLER");
  });

  it("never advertises the controller, and a front under the port of whoever stands before it", () => {
    const text = nodeProperties(cluster, { ...node, id: 1, front: { port: 1004, advertised: 2004 } });
    expect(parsed(text).get("listeners")).toContain("FRONT://127.0.0.1:1004");
    expect(parsed(text).get("advertised.listeners")).toBe(
      "PLAIN://127.0.0.1:1001,SASL://127.0.0.1:1002,FRONT://127.0.0.1:2004",
    );
  });

  it("has neither ACLs nor SASL when they are not wanted", () => {
    const text = nodeProperties({ ...cluster, sasl: false, authorizer: false }, node);
    expect(text).not.toMatch(/authorizer|sasl\.|SASL:\/\//);
  });

  it("lets extra properties win", () => {
    const text = nodeProperties({ ...cluster, extraProperties: { "auto.create.topics.enable": "true" } }, node);
    expect(text.match(/auto\.create\.topics\.enable=(\w+)/g)).toEqual(["auto.create.topics.enable=true"]);
  });
});
