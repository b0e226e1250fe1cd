// Broker addresses in answers → the gateway's. Every field of the protocol that carries a broker's host and port for clients goes
// through here; test/unit drives every response with a marked host name and finds it nowhere. DESIGN §5.3.
import type { AddressBook } from "../protocol.ts";

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** Learns the brokers of an answer and replaces their addresses. A promise only when a broker is new and its port must open first. */
export function readdressed<Broker extends Endpoint, Rest>(
  book: AddressBook,
  brokers: readonly Broker[],
  nodeOf: (broker: Broker) => number,
  done: (brokers: Broker[]) => Rest,
): Rest | Promise<Rest> {
  const known = brokers.filter((broker) => nodeOf(broker) >= 0);
  const learning = book.learn(known.map((broker) => ({ node: nodeOf(broker), host: broker.host, port: broker.port })));
  const finish = () => done(brokers.map((broker) => advertised(book, broker, nodeOf(broker))));
  return learning ? learning.then(finish) : finish();
}

interface NodeEndpoint extends Endpoint {
  readonly nodeId: number;
}

/** The same for the endpoints of current leaders that Produce, Fetch and the share APIs tell; nearly always there are none. */
export function withEndpoints<Response extends { readonly nodeEndpoints: readonly NodeEndpoint[] }>(
  response: Response,
  book: AddressBook,
): Response | Promise<Response> {
  const { nodeEndpoints } = response;
  if (nodeEndpoints.length === 0) return response;
  return readdressed(
    book,
    nodeEndpoints,
    (endpoint) => endpoint.nodeId,
    (endpoints) => ({ ...response, nodeEndpoints: endpoints }),
  );
}

/** A negative node is no broker (FindCoordinator says so where there is none): its host and port go as they are, blank. */
function advertised<Broker extends Endpoint>(book: AddressBook, broker: Broker, node: number): Broker {
  if (node < 0) return { ...broker, host: "", port: -1 };
  return { ...broker, ...book.advertised(node) };
}
