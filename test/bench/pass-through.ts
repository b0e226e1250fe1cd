// The least that a proxy can do: bytes from one socket to another, nothing read. A bench target, to know what a hop alone costs.
// It keeps the contract of startGateway: argv is LISTEN-PORT BROKER-PORT, and it says over IPC when it listens.
import { connect, createServer } from "node:net";
import { pipeline } from "node:stream";

const [listenPort, brokerPort] = process.argv.slice(2).map(Number);
const host = "127.0.0.1";

const server = createServer({ noDelay: true }, (client) => {
  const broker = connect({ host, port: brokerPort ?? 0, noDelay: true });
  const done = (): void => {
    client.destroy();
    broker.destroy();
  };
  pipeline(client, broker, done);
  pipeline(broker, client, done);
});
server.listen(listenPort, host, () => {
  process.send?.({ type: "ready", listeners: [{ cluster: "main", address: `${host}:${listenPort}` }], control: null });
});
