// Deleting a topic as Carol, with kafkajs or with Kafka's own kafka-topics, and what came of it.
import { asAdmin, errorText, errorType } from "../stage/clients.ts";
import type { Stage } from "../stage/index.ts";

export interface Outcome {
  readonly done: boolean;
  /** What the client printed; empty when it was done. */
  readonly said: string;
  /** `POLICY_VIOLATION` where the gateway said no. */
  readonly error: string | null;
}

/** kafkajs speaks an old version of DeleteTopics, which has an error code and no room for a sentence. */
export async function deleteWithKafkaJs({ clients }: Stage, topic: string): Promise<Outcome> {
  try {
    await asAdmin(clients.carol, async (admin) => await admin.deleteTopics({ topics: [topic] }));
    return { done: true, said: "", error: null };
  } catch (error) {
    return { done: false, said: errorText(error), error: errorType(error) };
  }
}

export function kafkaTopicsCommand(topic: string): string {
  return `kafka-topics.sh --delete --topic ${topic}`;
}

export async function deleteWithKafkaTopics({ tools }: Stage, topic: string): Promise<Outcome> {
  const { code, stdout, stderr } = await tools.run("topics", ["--delete", "--topic", topic]);
  if (code === 0) return { done: true, said: "", error: null };
  const said = firstError(`${stdout}\n${stderr}`);
  return { done: false, said, error: /PolicyViolation/.test(stderr) ? "POLICY_VIOLATION" : null };
}

/** The line that a person reads, without the stack that follows. */
function firstError(output: string): string {
  const lines = output.split("\n").map((line) => line.trim());
  return lines.find((line) => /^(Error while|.*Exception)/.test(line)) ?? lines.find((line) => line !== "") ?? "";
}

/** `apr_…` in a text. */
export function approvalIn(text: string): string | null {
  return /apr_[0-9A-Za-z]+/.exec(text)?.[0] ?? null;
}
