// Small requests for the tests of a connection, and a broker's script that answers them.
import { createTopics } from "../../../src/protocols/kafka/messages/create-topics.ts";
import { heartbeat } from "../../../src/protocols/kafka/messages/heartbeat.ts";
import { produce } from "../../../src/protocols/kafka/messages/produce.ts";
import type { Script } from "../../support/fake-broker.ts";
import { decodeResponse, requestFrame, responseFrame } from "../../support/frames.ts";

/** Answers group heartbeats, creations of topics and acknowledged writes; stays silent on writes with acks=0. */
export const script: Script = (frame, { apiKey, apiVersion, correlationId }) => {
  if (apiKey === heartbeat.key) return responseFrame(heartbeat, apiVersion, {}, correlationId);
  if (apiKey === createTopics.key) {
    return responseFrame(createTopics, apiVersion, { topics: [{ name: "orders" }] }, correlationId);
  }
  if (apiKey === produce.key && frame.includes("ack1")) return responseFrame(produce, apiVersion, {}, correlationId);
  return null;
};

export const beat = (groupId: string, correlation: number) => requestFrame(heartbeat, 4, { groupId }, { correlation });
export const write = (acks: number, name: string, correlation: number) =>
  requestFrame(produce, 8, { acks, topicData: [{ name }] }, { correlation });
export const create = (correlation: number) =>
  requestFrame(createTopics, 7, { topics: [{ name: "orders" }] }, { correlation });
export const correlationOf = (frame: Buffer) => frame.readInt32BE(4);
export const errorOf = (frame: Buffer) => decodeResponse(heartbeat, 4, frame).errorCode;
