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
  /** One read of a socket: what libuv asks for as well; larger ones leave the processor's cache before they are written. */
  readChunkBytes: 64 * KiB,
  /** Read memory that a connection keeps for its next reads, in chunks. */
  freeChunksMax: 8,
  /** A read of this size gives a connection read memory of its own; this many smaller ones in a row take it away. */
  hotReadBytesMin: 4 * KiB,
  coldReadsMax: 64,
  /** Connections that have read memory of their own at one time: 64 MiB with a chunk each. */
  hotConnectionsMax: 1_024,
  /** Answers that do not leave as they come are put together in memory that a connection keeps: below, in fresh memory; above, in their pieces first. */
  assembledFrameBytesMin: 256 * KiB,
  assembledFrameBytesMax: 16 * MiB,
  /** Such memory that all connections keep together while no answer is in it. */
  keptFramesBytesMax: 64 * MiB,
  /** The same of all connections together: a thousand clients that do not read must not take the machine's memory. The largest are ended beyond it. */
  waitingBytesMax: 1024 * MiB,
  /** All connections are looked at this often for what waits in them; more often when half of the bytes are used up. */
  waitLookMs: 1_000,
  waitLookBusyMs: 100,
  /** Who waits for so long is told in the operational log, and again after so long; lines of one look. */
  waitToldMs: 1_000,
  /** An answer may be late by design (reads, group joins); clients give up after 30 s mostly, and should find why in the log. */
  waitAnswerToldMs: 10_000,
  waitToldAgainMs: 60_000,
  waitLinesMax: 10,
  /** Lines of one sentence that the operational log takes in so long; how many others there were is told behind them. */
  logLinesMax: 10,
  logWindowMs: 1_000,
  /** A decision that takes so long is slow: a policy of the usual kind takes a hundredth of it. */
  policySlowMs: 5,
  /** Answers to frames that only wait: while an operation is held, so much of what follows is kept. */
  heldFollowersBytesMax: 1 * MiB,
  /** A client that has not logged in by then is gone or hostile. */
  loginMsMax: 30_000,
  /** A client that says nothing for so long is asked by the system whether it is still there (TCP keep-alive), as a broker does. */
  clientSilentMsMax: 60_000,
  /** After the end of a session its last answers may take so long to leave; then the socket is cut. */
  lastAnswersMsMax: 5_000,
  /** Time for TCP connect, TLS and SASL towards the broker; Java's socket.connection.setup.timeout.max.ms. */
  brokerConnectMsMax: 30_000,
  /** A question of our own to the broker (topic ids, configs): counted from when all that was asked before it is answered. Then the link ends. */
  brokerAskMsMax: 10_000,
  /** All that other brokers are asked for one look-up of facts: the client waits, and eight seconds of waiting are for people. */
  factsMsMax: 3_000,
  /** Brokers that one look-up of facts opens. */
  factsBrokersMax: 64,
  /**
   * First decisions remembered for a session; beyond it they are recorded again, which is true and only costs time and space. Ten thousand topics that
   * are described and written to are within it.
   */
  sessionDecisionsMax: 25_000,
  /** Names of APIs that metrics tell apart; Kafka has some ninety. The rest is counted together. */
  metricApisMax: 128,
  /** Mechanisms that metrics tell apart. */
  metricMechanismsMax: 16,
  /** Group members whose subscriptions and share sessions are kept for one connection; a client has one, or a few. */
  sessionMembersMax: 64,
  /** Fetch sessions that are kept for one connection; a client has one. */
  fetchSessionsMax: 4,
  /** Partitions in one of them, about 200 bytes each; a fetch of more goes without a session. */
  fetchSessionPartitionsMax: 20_000,
  /** Characters of a regular expression over topic names; a topic name has at most 249. */
  topicPatternCharsMax: 1_000,
  /** Connections in all. */
  connectionsMax: 50_000,
  /** Topic id → name entries kept for a cluster; the oldest go first. */
  topicIdsMax: 200_000,
  /** One record batch after decompression; a zip bomb stops here. */
  batchBytesMax: 128 * MiB,
  /** Memory that one thing after the other is written into: never smaller, and beyond the other it goes back to the heap after use. */
  scratchBytesMin: 4 * KiB,
  scratchKeptBytesMax: 1 * MiB,
  /** Records of one batch that a producer is told of by their place; all of the batch are refused with them. */
  refusedRecordsMax: 100,
  /** Work that the event loop does by itself on one batch, and in one of its turns, in bytes of uncompressed records: about 0.2 and 0.6 ms. */
  maskInlineBytesMax: 64 * KiB,
  maskTurnBytesMax: 256 * KiB,
  /**
   * What a worker thread is given at once: small enough that several share an answer, and large enough for what consumers take of a partition if not told
   * otherwise (a MiB): what one job becomes leaves without being put together.
   */
  maskJobBytesMax: 1.25 * MiB,
  /** Memory that a thread masks into: what a job becomes may be a little more than it was; a batch for which there is no room has memory of its own. */
  maskSlabBytes: 1.5 * MiB,
  /** So many of them, for good once they were needed: an answer takes one for each partition until it has left. Then memory is fresh again, which costs. */
  maskSlabsMax: 16,
  /** Less is copied out of it, so that a client that does not read holds none for a few bytes. */
  slabHeldBytesMin: 64 * KiB,
  /** Batches that wait for a worker thread, copied or not; beyond it readers are told to ask again. */
  maskQueueBytesMax: 256 * MiB,
  /** Masked batches that are kept for the next reader. */
  maskCacheBytesMax: 128 * MiB,
  /** Threads for masking where the configuration does not say: more compete with the event loop and the broker. */
  maskWorkersMax: 4,
  /** Rule sets that a worker thread remembers; then it forgets them all and is told again. */
  maskRuleSetsMax: 256,
  /** Schemas that one batch may wait for, one after the other; beyond it the batch counts as unreadable. */
  maskReadyRoundsMax: 32,
  /** JSON nested deeper is not read, and counts as unreadable; Jackson's own limit. */
  jsonDepthMax: 1_000,
  /** Steps of one field path, and states of the matcher that all paths of a rule set share: documents drive how many are made. */
  maskPathStepsMax: 64,
  maskStatesMax: 4_096,
  /** A masking key's secret: 128 bits and more, written as hexadecimal. */
  maskSecretCharsMin: 32,
  /** A schema registry answers by then, or its schema counts as one that cannot be had; a consumer waits so long once. */
  registryAskMsMax: 5_000,
  /** After a registry could not be asked, it is left alone for this long, and nobody waits for it. */
  registryRetryMs: 2_000,
  /** Connections to one registry. */
  registryConnectionsMax: 8,
  /** One schema, and a schema with all that it refers to; Confluent's own limit is 1 MB. */
  registryAnswerBytesMax: 2 * MiB,
  /** Schemas that one schema refers to, directly or not, and how far. */
  registryReferencesMax: 256,
  registryReferenceDepthMax: 32,
  /** Schemas that are kept for one cluster, and the characters of all of them together. */
  registrySchemasMax: 10_000,
  registrySchemaCharsMax: 64 * MiB,
  /** An id that the registry does not know is asked again after this long: a follower may be late. */
  registryMissingMs: 10_000,
  /** With so many unknown ids at a time, others count as unknown unasked: ids are what a producer writes. */
  registryMissingMax: 1_000,
  /** Parts of a JSON Schema that are looked at for tags, each as often as it is referred to. */
  jsonSchemaVisitsMax: 50_000,
  /** Types within types of one schema, such as a list of lists; beyond it the schema cannot be used. */
  schemaDepthMax: 128,
  /** Messages, records and lists nested deeper are not read, and count as unreadable. Protobuf's own readers stop at 100. */
  binaryDepthMax: 256,
  /** Elements of one list that take no byte each, such as nulls: a count alone must not keep us busy. */
  emptyElementsMax: 65_536,
  /** Operations in one policy call; more are split, since the WASM memory grows with them for good. */
  policyBatchOperationsMax: 256,
  /** Items of a listing judged before other connections get their turn; one to three milliseconds. */
  listSliceMax: 128,
  /** Loop steps of one policy evaluation; about 50 ms. */
  policyFuelMax: 20_000_000,
  /** WASM memory of one policy instance, in 64 KiB pages. */
  policyMemoryPagesMax: 2_048,
  /** One run of the policy compiler with the policy's tests: seconds on a busy machine, never minutes. It is killed then. */
  policyCompileMsMax: 60_000,
  /** All policy sources and data of one folder; the WASM memory of data is eleven times its JSON. */
  policySourceBytesMax: 8 * MiB,
  /** Editors and syncs write in several steps: a change is loaded once the folder was quiet for this long. */
  policySettleMs: 150,
  /** The policy folder is looked at this often even without a notice: mounted volumes give none. */
  policyRescanMs: 5_000,
  /** Certificate and key are written one after the other: both are read once their folder was quiet for this long. */
  tlsSettleMs: 300,
  /** TLS files are read again this often even without a notice. */
  tlsRescanMs: 10_000,
  /** Members of one set (deny, mask, approve) of one answer; more is a policy gone wrong. */
  policyAnswerItemsMax: 1_000,
  /** Characters of a denial's public sentence; Kafka's error messages are short strings. */
  policyMessageCharactersMax: 1_000,
  /** Cached decisions; least recently used go first. */
  decisionCacheEntriesMax: 100_000,
  /** C2SP tlog-tiles allows no more. */
  auditEntryBytesMax: 65_535,
  /** Audit entries waiting for the disk; beyond it new operations are refused. */
  auditQueueBytesMax: 16 * MiB,
  /** A write that takes so long is told while it lasts: a disk that is well takes milliseconds. */
  auditSlowMs: 1_000,
  /** What sessions write each second is put off so long, so that many write together; more would be a longer stall when thousands do. */
  auditGroupMs: 10,
  /** Recording bytes waiting for the disk in one session; beyond it the recording notes a gap. */
  recordingQueueBytesMax: 1 * MiB,
  /** The same of all sessions together: a slow disk must not take the memory of a gateway with many clients. */
  recordingsQueueBytesMax: 128 * MiB,
  /** One session's recording on the disk; beyond it records are dropped, beyond twice as much whole frames. */
  recordingFileBytesMax: 1024 * MiB,
  /** One block of a recording, as a reader is willing to take it into memory. */
  recordingBlockBytesMax: 64 * MiB,
  /** Names of APIs that a recording lists in plain text; Kafka has 95. */
  recordingApisMax: 256,
  /** The log is told this often what recordings have grown to. */
  recordingCommitMs: 10_000,
  /** Records of one answer that a replay prints; the ranges tell of the others. */
  shownRecordsMax: 500,
  /** Bytes shown of one key or value. */
  shownValueBytesMax: 4_096,
  /** Open approvals of one principal: asking must not become a way to flood approvers. */
  pendingApprovalsMax: 100,
  /** What is kept and shown of one approval; nobody reads more, and Redis keeps all of it in memory. */
  approvalBytesMax: 256 * KiB,
  /** An answer of Redis; a client that is told at once can try again, one that waits for a dead Redis cannot. */
  approvalRedisMsMax: 800,
  /** While a request waits for people, the state is looked at this often, should a wake-up have been lost. */
  approvalPollMs: 2_000,
  /** A denial stands for this long against the same request: clients send again by themselves. */
  approvalDenialMs: 60_000,
  /** Roles for a time are looked up this often beside every notice; what was not seen for so long might have been revoked. */
  grantsPollMs: 10_000,
  grantsAgeMsMax: 60_000,
  /** Requests of one address to the HTTP API in a minute. */
  controlRequestsMax: 120,
  /** One body of the HTTP API; and what one of its answers lists. */
  controlBodyBytesMax: 64 * KiB,
  controlListMax: 200,
  /** A client that comes again by itself is kept on the line for this long at most, and is told to come again after that. */
  approvalNativeHoldMs: 1_000,
  approvalNativeWaitMs: 5_000,
  /** An approved operation whose gateway has not told its outcome by then counts as unknown: brokers answer within a minute. */
  approvalOutcomeMsMax: 120_000,
  /** Who is in a Slack user group is looked at each minute; what is older than this is not believed when an approval is used. */
  userGroupAgeMsMax: 600_000,
  /** A token of a client. JWTs with many groups reach 16 KiB; what is larger is not parsed at all. */
  tokenBytesMax: 64 * KiB,
  /** How far the clocks of gateway and identity provider may disagree. */
  clockSkewMs: 10_000,
  /** An unknown key id makes the key set be fetched again, at most this often: key ids come from strangers. */
  jwksCooldownMs: 10_000,
  /** A key set is used for this long before it is fetched again; a revoked key is gone by then. */
  jwksAgeMsMax: 600_000,
  /** The provider's metadata (where its keys are) is read again after this long. */
  oidcMetadataAgeMsMax: 3_600_000,
  /** A provider that could not be reached is not asked again for this long; logins fail at once meanwhile. */
  oidcRetryMs: 2_000,
  /** The provider answers by then or the login fails. */
  oidcAskMsMax: 5_000,
  /** SCRAM iterations that a broker may ask of us: RFC 7677's minimum, and half a second of one core. */
  scramIterationsMin: 4_096,
  scramIterationsMax: 1_000_000,
  /** What the gateway asks of its own clients: twice Kafka's default, some milliseconds of a client for each login. */
  scramIterations: 8_192,
  scramSaltBytes: 20,
  /** Addresses whose failed logins are remembered. */
  failingAddressesMax: 10_000,
  /** Login attempts of one address that are looked at at once; with the longest delay, 6 wrong guesses a second. */
  loginsAtOnceMax: 32,
  /** The longest that the answer to a failed login is delayed. */
  loginFailureDelayMsMax: 5_000,
  /** What is due is removed this often: ages are days, sizes grow slowly. */
  retentionMs: 3_600_000,
  /** The first time so long after a start, when clients have come back. */
  retentionFirstMs: 60_000,
  /** Sessions that one event about removed recordings names. */
  retentionNamesMax: 200,
  /** A sink outside takes a batch by then, or it comes again later. */
  sinkAnswerMsMax: 10_000,
  /** When the gateway stops, sinks have this long for the last events; the rest goes out after the next start. */
  sinkLastMsMax: 5_000,
  /** Processes that share the ports of one gateway. */
  workersMax: 64,
  /** A worker that was told to stop drains for ten seconds and gives sinks five; then it is killed. */
  workerStopMsMax: 25_000,
  /** Metrics and health of all workers wait so long for one that is busy. */
  workerReportMsMax: 2_000,
  /** Connections that wait to be accepted; the system's own limit (net.core.somaxconn) is the lower of both mostly. */
  listenBacklog: 4_096,
  /** Workers tell each other how many connections they have at most this often: what comes in between is not counted elsewhere yet. */
  workerCountsMs: 50,
  /** The configuration file, and any secret in a file of its own. */
  configBytesMax: 1 * MiB,
  secretBytesMax: 64 * KiB,
} as const;
