// Differences between the broker and the gateway that are meant, each with its reason. Everything else is a finding.
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

/** API keys that vanish from ApiVersions: between brokers, for controllers, delegation tokens. */
const hiddenApis = new Set([27, 38, 39, 40, 41]);

const expected: readonly Expected[] = [
  {
    why: "what is between brokers or a second way to log in is not offered",
    step: /^api-versions$/,
    path: /^value\.\d+$/,
    if: ({ path, gateway }) => gateway === undefined && hiddenApis.has(Number(path.split(".")[1])),
  },
  { why: "delegation tokens are not offered", step: /^delegation-tokens$/, path: /^error$/ },
  {
    why: "a broker's own addresses are hidden like secrets",
    step: /^broker-configs$/,
    path: /\.(advertised\.listeners|listeners|early\.start\.listeners|controller\.quorum\.(bootstrap\.servers|voters))(\.|$)/,
  },
  { why: "the controllers' addresses are hidden", step: /^describe-quorum$/, path: /Listeners.*Host$/ },
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
  /(: )?(This (topic|group) is closed\.|(Broker: )?((Topic|Group) a|A)uthorization failed\.?|Not authorized to access (topics|group): \[?[^\]]*\]?)/g;

function isSentence({ broker, gateway }: Difference): boolean {
  if (typeof gateway !== "string" || !gateway.includes(" is closed.")) return false;
  const rest = (text: unknown): string => String(text ?? "").replaceAll(sentences, "");
  return rest(broker) === rest(gateway);
}
