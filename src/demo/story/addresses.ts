// Nobody learns where the brokers really are.
import { asAdmin } from "../stage/clients.ts";
import type { Step } from "./step.ts";

export const hideBrokers: Step = {
  title: "Nobody learns where the brokers are",
  intro:
    "Kafka clients ask the cluster for its brokers' addresses and connect to those. Through the gateway they learn the gateway's own ports, " +
    "one for each broker, so that there is no way around it.",
  async play({ paper, clients, kafka, gateway }) {
    const { brokers } = await asAdmin(clients.alice, async (admin) => await admin.describeCluster());
    const told = brokers.map(({ nodeId, host, port }) => ({ nodeId, address: `${host}:${port}` }));
    const lines = told.map(({ nodeId, address }) => `node ${nodeId}: ${address}   (really ${kafka.sasl[nodeId - 1]})`);
    paper.show("what Alice's client is told:", lines);
    const real = new Set([...kafka.sasl, ...kafka.bootstrap]);
    const leaked = told.filter(({ address }) => real.has(address));
    const count = kafka.sasl.length;
    paper.check(
      told.length === count && leaked.length === 0,
      `${count} brokers, and none of their real addresses`,
      leaked.map(({ address }) => address).join(", "),
    );
    const [host] = gateway.bootstrap.split(":");
    paper.check(
      told.every(({ address }) => address.startsWith(`${host}:`)),
      "all of them are ports of the gateway",
    );
  },
};
