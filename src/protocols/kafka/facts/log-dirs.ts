// Where one broker keeps its replicas of some partitions, and how large they are.
import { describeLogDirs } from "../messages/describe-log-dirs.ts";
import type { RuleContext } from "../rule.ts";

const version = 2;

export interface LogDir {
  readonly partition: number;
  readonly path: string;
  readonly bytes: bigint;
}

export async function logDirsAt(
  name: string,
  partitions: readonly number[],
  context: Pick<RuleContext, "ask">,
): Promise<LogDir[]> {
  const request = describeLogDirs.request.create({ topics: [{ topic: name, partitions: [...partitions] }] });
  const { results } = await context.ask(describeLogDirs, version, request);
  return results.flatMap(({ logDir, topics }) =>
    topics
      .filter((topic) => topic.name === name)
      .flatMap((topic) => topic.partitions)
      .filter(({ isFutureKey }) => !isFutureKey)
      .map(({ partitionIndex, partitionSize }) => ({ partition: partitionIndex, path: logDir, bytes: partitionSize })),
  );
}
