// Server names instead of ports: `broker-{node}.kafka.example.com:9093` tells clients where each broker node is, and the name that
// they then ask for in the TLS handshake (SNI, RFC 6066) tells which node they want. Any other name is the bootstrap address. Pure.

export interface SniTemplate {
  /** Around the node's number in the host. */
  readonly before: string;
  readonly after: string;
  /** The port that clients are told; a load balancer's may differ from the bound one. */
  readonly port: number;
}

const templatePattern = /^([a-z0-9-]*)\{node\}([a-z0-9-]*(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*):(\d{1,5})$/i;

/** Null unless it is a host with one {node} in its first label, and a port. */
export function parseSniTemplate(text: string): SniTemplate | null {
  const [, before, after, digits] = templatePattern.exec(text) ?? [];
  const port = Number(digits);
  if (before === undefined || after === undefined || port < 1 || port > 65_535) return null;
  // A digit beside the number could not be told from it.
  if (/\d$/.test(before) || /^\d/.test(after) || before.startsWith("-") || !after.includes(".")) return null;
  return { before: before.toLowerCase(), after: after.toLowerCase(), port };
}

export function sniHost({ before, after }: SniTemplate, node: number): string {
  return `${before}${node}${after}`;
}

/** The node that a handshake's server name asks for; null for any other name, and for none. */
export function sniNode({ before, after }: SniTemplate, servername: string | false | null | undefined): number | null {
  if (!servername) return null;
  const name = servername.toLowerCase();
  if (!name.startsWith(before) || !name.endsWith(after)) return null;
  const digits = name.slice(before.length, name.length - after.length);
  // As we write it and no other way: 01 is not 1.
  return /^(?:0|[1-9]\d{0,8})$/.test(digits) ? Number(digits) : null;
}
