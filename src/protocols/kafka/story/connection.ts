// Sentences about the connection itself: versions and login. A mechanism's own bytes are in no recording.
import { apiVersions } from "../messages/api-versions.ts";
import { saslAuthenticate } from "../messages/sasl-authenticate.ts";
import { saslHandshake } from "../messages/sasl-handshake.ts";
import { sentence } from "./sentence.ts";

export const connectionSentences = [
  sentence(apiVersions, ({ request: { clientSoftwareName, clientSoftwareVersion } }) =>
    clientSoftwareName === ""
      ? "ask what the gateway speaks"
      : `ask what the gateway speaks, as ${clientSoftwareName} ${clientSoftwareVersion}`,
  ),
  sentence(saslHandshake, ({ request }) => `want to log in by ${request.mechanism}`),
  sentence(saslAuthenticate, ({ notes }) => {
    const step = notes["result"] === "challenge" ? "go on with" : "finish";
    return `${step} the login${typeof notes["mechanism"] === "string" ? ` by ${notes["mechanism"]}` : ""}`;
  }),
] as const;
