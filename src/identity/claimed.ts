// The name that a caller claims, before anything is proved: for the log of a failed login only, never for a decision.

const claimedCharactersMax = 256;

/** Cut to a length and freed of control characters, so that a login attempt cannot write lines or colours into a log. */
export function claimedName(name: unknown): string | null {
  if (typeof name !== "string" || name === "") return null;
  return name.slice(0, claimedCharactersMax).replace(/\p{C}/gu, "\u{fffd}");
}
