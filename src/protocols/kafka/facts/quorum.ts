// The controllers' quorum and the brokers that are registered, for operations that take a node in or out.
import type { JsonObject } from "../../../base/json.ts";
import type { ExchangeFacts } from "../../protocol.ts";
import { describeCluster } from "../messages/describe-cluster.ts";
import { describeQuorum } from "../messages/describe-quorum.ts";
import type { RuleContext } from "../rule.ts";
import { failing } from "./common.ts";

const quorumVersion = 2;
const clusterVersion = 2;

interface Voter {
  readonly id: number;
  readonly directory: string;
}

/** Who votes now, in the order of ids; which of them leads is shown and not pinned, since it may change at any time. */
async function quorumOf(context: RuleContext) {
  const request = describeQuorum.request.create({
    topics: [{ topicName: "__cluster_metadata", partitions: [{ partitionIndex: 0 }] }],
  });
  const answer = await context.ask(describeQuorum, quorumVersion, request);
  const partition = answer.topics[0]?.partitions[0];
  const code = answer.errorCode || (partition?.errorCode ?? 0);
  const voters: Voter[] = (partition?.currentVoters ?? [])
    .map(({ replicaId, replicaDirectoryId }) => ({ id: replicaId, directory: replicaDirectoryId }))
    .toSorted((a, b) => a.id - b.id);
  const observers = (partition?.observers ?? []).map(({ replicaId }) => replicaId).toSorted((a, b) => a - b);
  return { code, voters, observers, leader: partition?.leaderId ?? -1 };
}

type Quorum = Awaited<ReturnType<typeof quorumOf>>;

function quorumFacts({ voters, observers, leader }: Quorum): ExchangeFacts {
  const named: JsonObject[] = voters.map(({ id, directory }) => ({ id, directory }));
  const shown = { voters: named, leader, observers, majority: Math.floor(voters.length / 2) + 1 };
  return { pinned: { voters: named }, shown, wouldFail: null };
}

const isVoter = (voters: readonly Voter[], id: number, directory: string) =>
  voters.some((voter) => voter.id === id && voter.directory === directory);

export async function addVoterFacts(
  { voterId, voterDirectoryId }: { readonly voterId: number; readonly voterDirectoryId: string },
  context: RuleContext,
): Promise<ExchangeFacts> {
  const quorum = await quorumOf(context);
  if (quorum.code !== 0) return failing(quorum.code);
  return isVoter(quorum.voters, voterId, voterDirectoryId) ? failing("DUPLICATE_VOTER") : quorumFacts(quorum);
}

export async function removeVoterFacts(
  { voterId, voterDirectoryId }: { readonly voterId: number; readonly voterDirectoryId: string },
  context: RuleContext,
): Promise<ExchangeFacts> {
  const quorum = await quorumOf(context);
  if (quorum.code !== 0) return failing(quorum.code);
  return isVoter(quorum.voters, voterId, voterDirectoryId) ? quorumFacts(quorum) : failing("VOTER_NOT_FOUND");
}

/** A controller that still votes is the one thing to see before its registration goes. */
export async function controllerFacts(controllerId: number, context: RuleContext): Promise<ExchangeFacts> {
  const quorum = await quorumOf(context);
  if (quorum.code !== 0) return failing(quorum.code);
  const facts = quorumFacts(quorum);
  const votes = quorum.voters.some(({ id }) => id === controllerId);
  return { ...facts, shown: { ...facts.shown, stillVotes: votes } };
}

/** A broker that is alive comes back by itself; one that is fenced is gone for good. */
export async function brokerFacts(brokerId: number, context: RuleContext): Promise<ExchangeFacts> {
  const request = describeCluster.request.create({ includeFencedBrokers: true });
  const { errorCode, brokers } = await context.ask(describeCluster, clusterVersion, request);
  if (errorCode !== 0) return failing(errorCode);
  const broker = brokers.find((one) => one.brokerId === brokerId);
  if (broker === undefined) return failing("BROKER_ID_NOT_REGISTERED");
  const state = broker.isFenced ? "fenced" : "alive";
  const alive = brokers.filter(({ isFenced }) => !isFenced).map((one) => one.brokerId);
  return { pinned: { broker: state }, shown: { broker: state, aliveBrokers: alive }, wouldFail: null };
}
