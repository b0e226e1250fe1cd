// What a broker offers, asked on each connection of the gateway's own accord, so that an upgraded broker is seen by the first client that reaches it. Most
// answers are the very bytes of the one before, and are not read again. Source: KIP-511.
import { LockkeeperError } from "../../base/errors.ts";
import type { BrokerChannel } from "../protocol.ts";
import { clientId } from "./ask.ts";
import { errorCode } from "./errors.ts";
import { encodeRequestFrame, responseBodyOffset } from "./header.ts";
import { type ApiVersionsResponse, apiVersions } from "./messages/api-versions.ts";
import { allFeaturesVersion } from "./versions.ts";

/** Every broker since 2.4 answers it; only the next one tells of features whose lowest version is 0. */
const everyBrokersVersion = 3;

export interface Offer {
  /** That was asked. */
  readonly version: number;
  readonly response: ApiVersionsResponse;
}

export class VersionQuestion {
  #version = allFeaturesVersion;
  #body: Buffer | null = null;
  #offer: Offer | null = null;

  /** Before the login, when a broker takes one such question: one that is too new for it does not count. Throws `broker-protocol`. */
  async first(channel: BrokerChannel): Promise<Offer> {
    const version = this.#version;
    const offer = await this.#ask(channel, version);
    if (offer) return offer;
    const older = version > everyBrokersVersion ? await this.#ask(channel, everyBrokersVersion) : null;
    if (!older) throw new LockkeeperError("broker-protocol", "the broker is older than Kafka 2.4");
    this.#version = everyBrokersVersion;
    return older;
  }

  /** After the login: where it turns out that the broker would have told more, it does. */
  async more(channel: BrokerChannel, offer: Offer): Promise<Offer> {
    if (offer.version >= allFeaturesVersion || !offers(allFeaturesVersion, offer.response)) return offer;
    this.#version = allFeaturesVersion;
    return (await this.#ask(channel, allFeaturesVersion)) ?? offer;
  }

  /** Null where the broker does not know this version: it says so in version 0. */
  async #ask(channel: BrokerChannel, version: number): Promise<Offer | null> {
    const request = apiVersions.request.create({ clientSoftwareName: clientId, clientSoftwareVersion: "0.1.0" });
    const frame = await channel.ask(encodeRequestFrame(apiVersions, version, -1, clientId, request));
    const at = responseBodyOffset(apiVersions, version, frame);
    if (frame.length >= at + 2 && frame.readInt16BE(at) === errorCode("UNSUPPORTED_VERSION")) return null;
    const body = frame.subarray(at);
    if (this.#offer?.version === version && this.#body?.equals(body)) return this.#offer;
    const response = apiVersions.response.decode(frame, at, version);
    if (response.errorCode !== 0)
      throw new LockkeeperError(
        "broker-protocol",
        `the broker does not say what it offers: error ${response.errorCode}`,
      );
    // a copy: the frame may be a piece of something larger
    this.#body = Buffer.from(body);
    this.#offer = { version, response };
    return this.#offer;
  }
}

function offers(version: number, { apiKeys }: ApiVersionsResponse): boolean {
  return apiKeys.some(({ apiKey, maxVersion }) => apiKey === apiVersions.key && maxVersion >= version);
}
