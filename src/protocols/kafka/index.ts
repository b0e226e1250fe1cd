// Kafka, as the pipeline sees it.
import type { Protocol } from "../protocol.ts";
import { KafkaCluster } from "./cluster.ts";
import { kafkaFramer } from "./framing.ts";

/** Frames begin with their size (4 bytes); a request's correlation id follows API key and version, an answer's comes first. */
export const kafka: Protocol = {
  name: "kafka",
  requestCorrelation: (frame) => frame.readInt32BE(8),
  answerCorrelation: (frame) => frame.readInt32BE(4),
  framer: kafkaFramer,
  cluster: (name) => new KafkaCluster(name),
};
