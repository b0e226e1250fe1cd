// How long known clients can be made to wait for an admin request, by the ClientSoftwareName that they send (KIP-511): what
// they wait by default, less a third for the road. kafkajs 2.2.4 and other clients that speak ApiVersions below 3 send no name
// and are unknown. Sources: each client's default for the time-out of an admin request.

export const holdByClientMs: Readonly<Record<string, number>> = {
  /** request.timeout.ms 30 s; then it sends again. */
  "apache-kafka-java": 20_000,
  /** socket.timeout.ms 60 s, and admin requests take it as their own; kcat is librdkafka too, and so are the next four. */
  librdkafka: 20_000,
  "confluent-kafka-python": 20_000,
  "confluent-kafka-go": 20_000,
  "confluent-kafka-dotnet": 20_000,
  "confluent-kafka-javascript": 20_000,
  /** Net.ReadTimeout 30 s. */
  sarama: 20_000,
  /** request_timeout_ms 30 s. */
  "kafka-python": 20_000,
  /** franz-go: RequestTimeoutOverhead 10 s on top of the request's own time-out, which admin requests need not carry. */
  kgo: 8_000,
};
