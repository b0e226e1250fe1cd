// Which APIs and versions the gateway can cover at all, and what of it a client is told. An API that is not in the table does not
// exist for clients; operations/ may narrow the table further, never widen it. DESIGN §5.4, kafka-apis.tsv.
import { apis } from "./messages/index.ts";
import { produce } from "./messages/produce.ts";
import { saslHandshake } from "./messages/sasl-handshake.ts";
import type { ApiMessages, VersionRange } from "./schema.ts";

/** API key → versions, both ends included. */
export type Coverage = ReadonlyMap<number, VersionRange>;

/** Offered by brokers, but never to clients of the gateway. */
export const excludedApis = {
  CreateDelegationToken: "the token would belong to the gateway's account",
  RenewDelegationToken: "the token would belong to the gateway's account",
  ExpireDelegationToken: "the token would belong to the gateway's account",
  DescribeDelegationToken: "answers carry the tokens' secrets",
  GetTelemetrySubscriptions: "clients' metrics (KIP-714) would reach the broker as the gateway's, unread",
  PushTelemetry: "clients' metrics (KIP-714) would reach the broker as the gateway's, unread",
  InitializeShareGroupState: "broker to broker",
  ReadShareGroupState: "broker to broker",
  WriteShareGroupState: "broker to broker",
  DeleteShareGroupState: "broker to broker",
  ReadShareGroupStateSummary: "broker to broker",
} as const satisfies Record<string, string>;

/** Versions that are narrower than what the codec reads. */
export const narrowedApis: Readonly<Record<string, { readonly versions: VersionRange; readonly why: string }>> = {
  SaslHandshake: { versions: { min: 1, max: 1 }, why: "version 0 is followed by bytes without frames" },
  AddPartitionsToTxn: { versions: { min: 0, max: 3 }, why: "from version 4 on broker to broker" },
};

/** All that is left after what no client may ask: controller-only APIs, the excluded ones, versions that are not stable. */
export const coverable: Coverage = new Map(
  apis.filter((api) => isForClients(api)).map((api) => [api.key, coveredVersions(api)] as const),
);

function isForClients(api: ApiMessages): boolean {
  return api.listeners.includes("broker") && !Object.hasOwn(excludedApis, api.name);
}

function coveredVersions(api: ApiMessages): VersionRange {
  const { min, max } = api.request.versions;
  const stable = { min, max: api.latestVersionUnstable ? max - 1 : max };
  const narrowed = narrowedApis[api.name]?.versions;
  return narrowed === undefined ? stable : (overlap(stable, narrowed) ?? narrowed);
}

export function overlap(a: VersionRange, b: VersionRange): VersionRange | null {
  const both = { min: Math.max(a.min, b.min), max: Math.min(a.max, b.max) };
  return both.min <= both.max ? both : null;
}

/** ApiVersions, from where a feature's lowest version may be 0: older clients take such a feature for a mistake (KIP-1022). */
export const allFeaturesVersion = 4;

/** One line of an ApiVersions answer. */
export interface OfferedApi {
  readonly apiKey: number;
  readonly minVersion: number;
  readonly maxVersion: number;
}

/**
 * Advertised from version 0 on although that one is refused, as clients decide by it what a broker can do at all:
 * Produce for old librdkafka (KAFKA-18659; Kafka's own brokers say so too), SaslHandshake for every librdkafka (kcat, Python, Go), which
 * takes a broker without version 0 for one without SASL and then uses version 1.
 */
const advertisedFromZero: ReadonlySet<number> = new Set([produce.key, saslHandshake.key]);

/** What both the broker offers and the gateway covers, by key. An API without a common version vanishes. */
export function intersect(broker: Iterable<OfferedApi>, coverage: Coverage): Coverage {
  const both = new Map<number, VersionRange>();
  for (const { apiKey, minVersion, maxVersion } of broker) {
    const covered = coverage.get(apiKey);
    const versions = covered === undefined ? null : overlap(covered, { min: minVersion, max: maxVersion });
    if (versions !== null) both.set(apiKey, versions);
  }
  return new Map([...both].toSorted(([a], [b]) => a - b));
}

/** The lines of an ApiVersions answer. */
export function advertised(offered: Coverage): readonly OfferedApi[] {
  return [...offered].map(([apiKey, { min, max }]) => ({
    apiKey,
    minVersion: advertisedFromZero.has(apiKey) ? 0 : min,
    maxVersion: max,
  }));
}
