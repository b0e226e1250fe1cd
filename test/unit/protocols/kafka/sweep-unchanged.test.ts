// What nobody had to change leaves as the very bytes that came in, both ways: every API × version, all of it allowed.
import { describe, expect, it } from "vitest";
import { requestFrame, responseFrame } from "../../../support/frames.ts";
import { servicesInTest, stepOf, verdictsOf } from "../../../support/scenario.ts";
import { chooseAnswer, given, type Sweep, sweeps, sweptAnswer, sweptRequest } from "./requests.ts";

/** Answers that are always written anew: they hold addresses, or bits of what the caller may do. */
const writtenAnew = new Set([
  "Metadata",
  "FindCoordinator",
  "DescribeCluster",
  "DescribeTopicPartitions",
  "DescribeGroups",
  "ConsumerGroupDescribe",
  "ShareGroupDescribe",
  "StreamsGroupDescribe",
  "OffsetFetch",
]);

/** With endpoints in them, or configs, answers must change. */
const plain = (field: Parameters<typeof chooseAnswer>[0], owner: string): unknown =>
  /^nodeEndpoints$|^nodes$/.test(field.name) ? [] : chooseAnswer(field, owner);

async function through(sweep: Sweep) {
  const { api } = sweep.rule;
  const request = requestFrame(api, sweep.version, sweptRequest(sweep));
  const step = await stepOf(request, given);
  if (step.kind !== "exchange") throw new Error(step.kind);
  const enforced = await step.exchange.enforce(verdictsOf(step.exchange.operations), servicesInTest());
  if (enforced.kind !== "forward") throw new Error(enforced.kind);
  const answer = responseFrame(api, sweep.version, sweptAnswer(sweep, plain));
  return { request, forwarded: enforced.bytes, answer, left: await enforced.answer(answer, servicesInTest(given)) };
}

describe("allowed traffic is not touched", () => {
  it.each(sweeps)("$name: the request", async (sweep) => {
    const { request, forwarded } = await through(sweep);
    expect(forwarded).toBe(request);
  });

  it.each(sweeps.filter(({ rule }) => !writtenAnew.has(rule.api.name)))("$name: the answer", async (sweep) => {
    const { answer, left } = await through(sweep);
    expect(left.bytes).toHaveLength(1);
    expect(left.bytes?.[0]).toBe(answer);
  });
});
