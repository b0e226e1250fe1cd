// Where keys may be fetched from. Pure; also used by the configuration's checks.

/** Plain HTTP is for a provider on this very machine; anywhere else somebody in between could hand us keys. */
export function isSafeUrl(url: URL): boolean {
  const loopback = url.hostname === "localhost" || url.hostname === "[::1]" || /^127(\.\d+){3}$/.test(url.hostname);
  return url.protocol === "https:" || (url.protocol === "http:" && loopback);
}
