// Differences between the broker and the gateway that are meant, each with its reason. Everything else is a finding.
import { apis } from "../../src/protocols/kafka/messages/index.ts";
import { excludedApis, narrowedApis } from "../../src/protocols/kafka/versions.ts";
import type { Difference } from "./compare.ts";
import type { Steps } from "./report-run.ts";

interface Expected {
  readonly why: string;
  readonly client?: string;
  readonly steps?: Steps;
  readonly step: RegExp;
  readonly path: RegExp;
  readonly if?: (difference: Difference) => boolean;
}

/** API keys that ApiVersions does not offer, or not in full, on purpose: src/protocols/kafka/versions.ts has the reasons. */
const otherApis = new Set([
  ...apis.filter(({ name }) => name in excludedApis || name in narrowedApis).map(({ key }) => key),
  3, // Metadata before version 4 creates topics that it is asked for
  23, // OffsetForLeaderEpoch before version 3 has no replica id to look at
  27, // WriteTxnMarkers is between brokers
]);

const expected: readonly Expected[] = [
  {
    why: "not offered to clients of a gateway",
    step: /^api-versions$/,
    path: /^value\.\d+$/,
    if: ({ path }) => otherApis.has(Number(path.split(".")[1])),
  },
  { why: "delegation tokens are not offered", step: /^delegation-tokens$/, path: /^error$/ },
  {
    why: "a broker's own addresses are hidden like secrets",
    step: /^broker-configs$/,
    path: /\.(advertised\.listeners|listeners|early\.start\.listeners|controller\.quorum\.(bootstrap\.servers|voters))(\.|$)/,
  },
  { why: "the controllers' addresses are hidden", step: /^describe-quorum$/, path: /Listeners.*Host$/ },
  {
    why: "CREATE of the whole cluster and CLUSTER_ACTION have no operation here: nobody has them",
    step: /^(describe-cluster|brokers)$/,
    path: /^value\.(ClusterAuthorizedOperations|authorized_?operations(\.|$)|2(\.|$))/i,
  },
  { why: "a clock of the metadata", step: /^describe-features$/, path: /finalized_epoch$/ },
  {
    why: "the broker asks for ALTER of the cluster, the policy for each topic",
    steps: "guarded",
    step: /^reassign$/,
    path: /./,
  },
  {
    why: "a broker names what it refuses last, the gateway in the order of the request",
    client: "aiokafka",
    steps: "guarded",
    step: /^(create|delete)-topics$/,
    path: /^value\.topic_error/,
  },
  {
    why: "a broker names what it refuses last, the gateway in the order of the request; kadm stops at the first refusal",
    client: "franz-go",
    steps: "guarded",
    step: /^describe-configs$/,
    path: /^value$/,
  },
  { why: "the mask", steps: "guarded", step: /^consume-(masked|both)$/, path: /^value/, if: isMasked },
  { why: "the policy's own sentence in place of the broker's", steps: "guarded", step: /./, path: /./, if: isSentence },
];

export function isExpected(client: string, steps: Steps, difference: Difference): boolean {
  return expected.some(
    (one) =>
      (one.client ?? client) === client &&
      (one.steps ?? steps) === steps &&
      one.step.test(difference.step) &&
      one.path.test(difference.path) &&
      (one.if?.(difference) ?? true),
  );
}

function isMasked({ broker, gateway }: Difference): boolean {
  return String(broker).includes("@example.com") && String(gateway).includes("[redacted]");
}

/** The policy's sentences, and Kafka's and its clients' for the same errors. */
const sentences =
  /( - |: )?(This (topic|group) is closed\.|(Broker: )?((Topic|Group) a|A)uthorization failed\.?|Not authorized to access (topics|group): \[?[^\]]*\]?)/g;

function isSentence({ broker, gateway }: Difference): boolean {
  if (typeof gateway !== "string" || !gateway.includes(" is closed.")) return false;
  // An empty or missing message of the broker's, inside of a text that the client made of the whole answer.
  const rest = (text: unknown): string =>
    (typeof text === "string" ? text : "")
      .replaceAll(sentences, "")
      .replaceAll(/error_message=(None|'')|: (None)?$/g, "");
  return rest(broker) === rest(gateway);
}
