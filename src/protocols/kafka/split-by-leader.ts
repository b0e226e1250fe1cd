// What clients make of one request whose partitions have several leaders: one for each of them. Who asks ahead writes it down once, and what is approved
// must fit what will be sent. Of what people are asked about only DeleteRecords is cut so.
import type { BrokerChannel } from "../protocol.ts";
import { ask, clientId } from "./ask.ts";
import { encodeRequestFrame, readRequestHeader } from "./header.ts";
import { type DeleteRecordsRequest, deleteRecords } from "./messages/delete-records.ts";
import { metadata } from "./messages/metadata.ts";

const metadataVersion = 4;

/** Null where clients send it whole. */
export function splitByLeader(frame: Buffer): ((channel: BrokerChannel) => Promise<readonly Buffer[]>) | null {
  const { apiKey, apiVersion, bodyOffset, correlationId } = readRequestHeader(frame);
  if (apiKey !== deleteRecords.key) return null;
  const request = deleteRecords.request.decode(frame, bodyOffset, apiVersion);
  return async (channel) => {
    const leaders = await leadersOf(request, channel);
    const nodes = new Set(request.topics.flatMap(({ name, partitions }) => partitions.map(leaderIn(leaders, name))));
    return [...nodes].map((node) => {
      const topics = request.topics.flatMap((topic) => {
        const leaderOf = leaderIn(leaders, topic.name);
        const partitions = topic.partitions.filter((partition) => leaderOf(partition) === node);
        return partitions.length === 0 ? [] : [{ ...topic, partitions }];
      });
      return encodeRequestFrame(deleteRecords, apiVersion, correlationId, clientId, { ...request, topics });
    });
  };
}

type Leaders = ReadonlyMap<string, ReadonlyMap<number, number>>;

/** What has no leader, or is not there, stays together: a broker says what is wrong with it. */
function leaderIn(leaders: Leaders, topic: string) {
  return ({ partitionIndex }: { readonly partitionIndex: number }) => leaders.get(topic)?.get(partitionIndex) ?? -1;
}

async function leadersOf(request: DeleteRecordsRequest, channel: BrokerChannel): Promise<Leaders> {
  const topics = request.topics.map(({ name }) => ({ name }));
  const question = metadata.request.create({ topics, allowAutoTopicCreation: false });
  const answer = await ask(channel, metadata, metadataVersion, question);
  return new Map(
    answer.topics.map(({ name, partitions }) => [
      name ?? "",
      new Map(partitions.map(({ partitionIndex, leaderId }) => [partitionIndex, leaderId])),
    ]),
  );
}
