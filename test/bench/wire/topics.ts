// A cluster of very many topics, as its Metadata answer tells it. Every fifth has a name that a policy may have something against.

export function topicIdOf(index: number): string {
  const bytes = Buffer.alloc(16);
  bytes.writeUInt32BE(0x4000, 4);
  bytes.writeUInt32BE(index + 1, 12);
  return bytes.toString("base64url");
}

const nameOf = (index: number): string => `${index % 5 === 0 ? "payments" : "orders"}.${index}`;

export function otherTopicNames(count: number): string[] {
  return Array.from({ length: count }, (_, index) => nameOf(index));
}

export function allTopics(count: number, partitions: number, port = 9092) {
  return {
    brokers: [{ nodeId: 1, host: "127.0.0.1", port }],
    clusterId: "bench",
    controllerId: 1,
    topics: Array.from({ length: count }, (_, index) => ({
      name: nameOf(index),
      topicId: topicIdOf(index),
      partitions: Array.from({ length: partitions }, (__, partitionIndex) => ({
        partitionIndex,
        leaderId: 1,
        leaderEpoch: 1,
        replicaNodes: [1, 2, 3],
        isrNodes: [1, 2, 3],
      })),
    })),
  };
}
