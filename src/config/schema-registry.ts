// The section `schemaRegistry` of a cluster: where the schemas of its records are kept.
import { z } from "zod";
import { isSafeUrl } from "../identity/providers/safe-url.ts";
import { outgoingTls } from "./outgoing-tls.ts";
import { name, optional, secret, url, type ValueContext } from "./values.ts";

/** A schema registry that speaks Confluent's API. */
export function registrySection(context: ValueContext) {
  return z
    .strictObject({
      /** Where `/schemas/ids/…` is: with a path before it where the registry has one, such as `/apis/ccompat/v7`. */
      url: url(["https:", "http:"]),
      /** HTTP Basic. */
      username: optional(name()),
      password: optional(secret(context)),
      /** Or a bearer token. */
      token: optional(secret(context)),
      tls: optional(outgoingTls(context)),
    })
    .superRefine((its, issues) => {
      for (const [key, message] of registryMistakes(its)) issues.addIssue({ code: "custom", path: [key], message });
    });
}

interface RegistryParts {
  readonly url: string;
  readonly username: unknown;
  readonly password: unknown;
  readonly token: unknown;
  readonly tls: unknown;
}

function* registryMistakes({ url: address, username, password, token, tls }: RegistryParts) {
  if ((username === null) !== (password === null))
    yield ["username", "username and password belong together: give both or none"] as const;
  if (username !== null && token !== null)
    yield ["token", "give either a username and a password, or a token"] as const;
  const parsed = URL.parse(address);
  if (parsed === null) return;
  if (tls !== null && parsed.protocol === "http:") yield ["tls", "the url is not https, so tls has no effect"] as const;
  if ((username !== null || token !== null) && !isSafeUrl(parsed))
    yield ["url", "with credentials the url is https, or http on a loopback address only"] as const;
  if (parsed.search !== "" || parsed.hash !== "") yield ["url", "the url has no ? and no #"] as const;
}
