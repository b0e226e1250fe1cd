// A question of the gateway's own to a broker, between the client's requests.
import type { BrokerChannel } from "../protocol.ts";
import { encodeRequestFrame, responseBodyOffset } from "./header.ts";
import type { ApiMessages } from "./schema.ts";

export const clientId = "lockkeeper";

/** One question to a broker; correlation ids of our own are negative, clients' seldom are, and order decides anyway. */
export async function ask<Req, Res>(
  channel: BrokerChannel,
  api: ApiMessages<Req, Res>,
  version: number,
  request: Req,
): Promise<Res> {
  const frame = await channel.ask(encodeRequestFrame(api, version, -1, clientId, request));
  return api.response.decode(frame, responseBodyOffset(api, version, frame), version);
}
