// A limit on everything, each with its unit in its name and its reason beside it. Where a limit is configurable this is its default.

const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = {
  /** Kafka's own socket.request.max.bytes. */
  requestFrameBytesMax: 100 * MiB,
  /** A Fetch answer may exceed fetch.max.bytes by one batch (message.max.bytes); a broker is trusted more than a client. */
  responseFrameBytesMax: 256 * MiB,
  /** Before login nobody may make us hold more than a token: JWTs with many groups reach 16 KiB. */
  unauthenticatedFrameBytesMax: 256 * KiB,
  /** Requests in flight on one connection; Java clients use 5, librdkafka up to 1,000,000 but bounded by bytes. */
  inFlightRequestsMax: 1_000,
  /** Bytes a connection may have waiting in one direction before its source is no longer read. */
  connectionBufferBytesMax: 4 * MiB,
  /** Answers to frames that only wait: while an operation is held, so much of what follows is kept. */
  heldFollowersBytesMax: 1 * MiB,
  /** A client that has not logged in by then is gone or hostile. */
  loginMsMax: 30_000,
  /** Time for TCP connect, TLS and SASL towards the broker; Java's socket.connection.setup.timeout.max.ms. */
  brokerConnectMsMax: 30_000,
  /** A question of our own to the broker (topic ids, configs) is answered by then or the request is denied. */
  brokerAskMsMax: 10_000,
  /** Connections in all. */
  connectionsMax: 50_000,
  /** Topic id → name entries kept for a cluster; the oldest go first. */
  topicIdsMax: 200_000,
  /** One record batch after decompression; a zip bomb stops here. */
  batchBytesMax: 128 * MiB,
  /** Operations in one policy call; more are split, since the WASM memory grows with them for good. */
  policyBatchOperationsMax: 256,
  /** Loop steps of one policy evaluation; about 50 ms. */
  policyFuelMax: 20_000_000,
  /** WASM memory of one policy instance, in 64 KiB pages. */
  policyMemoryPagesMax: 2_048,
  /** Cached decisions; least recently used go first. */
  decisionCacheEntriesMax: 100_000,
  /** C2SP tlog-tiles allows no more. */
  auditEntryBytesMax: 65_535,
  /** Audit entries waiting for the disk; beyond it new operations are refused. */
  auditQueueBytesMax: 16 * MiB,
  /** Recording bytes waiting for the disk in one session; beyond it the recording notes a gap. */
  recordingQueueBytesMax: 1 * MiB,
  /** Open approvals of one principal: asking must not become a way to flood approvers. */
  pendingApprovalsMax: 100,
} as const;
