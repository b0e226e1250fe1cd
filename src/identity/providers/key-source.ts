// Where one issuer's keys come from: OIDC discovery (openid-client), then its key set (jose), each cached. A provider that is
// away is asked again after a pause; nothing here runs by itself, and nothing keeps the process alive or its start waiting.
import { createRemoteJWKSet, type JWTVerifyGetKey } from "jose";
import { allowInsecureRequests, discovery } from "openid-client";
import type { Clock } from "../../base/clock.ts";
import { describeError } from "../../base/errors.ts";
import { limits } from "../../base/limits.ts";
import { isSafeUrl } from "./safe-url.ts";

export interface KeySourceOptions {
  readonly clock: Clock;
  /** How often an unknown key id may make us fetch the key set again. */
  readonly jwksCooldownMs: number;
}

export interface KeySource {
  /** Rejects with an Error whose message says what cannot be reached. */
  keys(): Promise<JWTVerifyGetKey>;
}

interface Known {
  readonly keys: JWTVerifyGetKey;
  readonly url: string;
  readonly at: number;
}

export function createKeySource(issuer: string, options: KeySourceOptions): KeySource {
  const { clock } = options;
  let known: Known | null = null;
  let asking: Promise<JWTVerifyGetKey> | null = null;
  let failed: { readonly at: number; readonly reason: string } | null = null;

  async function ask(): Promise<JWTVerifyGetKey> {
    const url = await findKeySet(issuer);
    // The same address keeps the key set that is cached already, with its cooldown.
    const keys = known?.url === url.href ? known.keys : createRemoteJWKSet(url, jwksOptions(options));
    known = { keys, url: url.href, at: clock.monotonic() };
    return keys;
  }

  /** One question at a time, however many logins wait for it. */
  function askOnce(): Promise<JWTVerifyGetKey> {
    asking ??= ask()
      .then((keys) => {
        failed = null;
        return keys;
      })
      .catch((error: unknown) => {
        failed = { at: clock.monotonic(), reason: `the provider ${issuer} cannot be asked: ${describeError(error)}` };
        throw new Error(failed.reason, { cause: error });
      })
      .finally(() => {
        asking = null;
      });
    return asking;
  }

  return {
    async keys() {
      const pausing = failed !== null && clock.monotonic() - failed.at < limits.oidcRetryMs;
      if (known === null) {
        if (pausing) throw new Error(failed?.reason);
        return askOnce();
      }
      const old = clock.monotonic() - known.at > limits.oidcMetadataAgeMsMax;
      // Old metadata goes on serving while it is read again: where keys are found hardly ever changes.
      if (old && !pausing) askOnce().catch(() => {});
      return known.keys;
    },
  };
}

function jwksOptions(options: KeySourceOptions) {
  return {
    timeoutDuration: limits.oidcAskMsMax,
    cooldownDuration: options.jwksCooldownMs,
    cacheMaxAge: limits.jwksAgeMsMax,
  };
}

async function findKeySet(issuer: string): Promise<URL> {
  const server = new URL(issuer);
  if (!isSafeUrl(server)) throw new Error("an issuer must be https, or http on a loopback address");
  // The client id is of no consequence: nothing but the metadata is asked for. openid-client checks that its issuer is ours.
  const configuration = await discovery(server, "lockkeeper", undefined, undefined, {
    execute: server.protocol === "http:" ? [allowInsecureRequests] : [],
    timeout: limits.oidcAskMsMax / 1000,
  });
  const metadata = configuration.serverMetadata();
  if (metadata.jwks_uri === undefined) throw new Error("its metadata names no key set (jwks_uri)");
  const keySet = new URL(metadata.jwks_uri);
  if (!isSafeUrl(keySet)) throw new Error("its key set is not on https");
  return keySet;
}
