// Keys of well-known services by the prefixes that they publish, and anything that looks random where a word nearby says that it is a key or a secret.
import { words } from "./context.ts";
import type { Detector, Finding } from "./detector.ts";
import { patternDetector } from "./pattern.ts";

/** Whole tokens: what may follow is not part of them. Each is at most some hundred characters, so that a match is bounded. */
const known = [
  String.raw`(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}`, // AWS access key ids
  String.raw`gh[pousr]_[A-Za-z\d]{36,255}`, // GitHub
  String.raw`github_pat_[A-Za-z\d_]{22,255}`,
  String.raw`glpat-[\w-]{20,255}`, // GitLab
  String.raw`xox[abeoprs]-[A-Za-z\d-]{10,255}`, // Slack
  String.raw`xapp-\d-[A-Za-z\d-]{10,255}`,
  String.raw`hooks\.slack\.com/services/[A-Z\d]{8,16}/[A-Z\d]{8,16}/[A-Za-z\d]{16,32}`,
  String.raw`[sr]k_(?:live|test)_[A-Za-z\d]{16,255}`, // Stripe
  String.raw`whsec_[A-Za-z\d+/]{24,64}`,
  String.raw`AIza[\w-]{35}`, // Google
  String.raw`GOCSPX-[\w-]{28}`,
  String.raw`ya29\.[\w-]{20,255}`,
  String.raw`npm_[A-Za-z\d]{36}`,
  String.raw`pypi-AgE[\w-]{50,255}`,
  String.raw`SG\.[\w-]{22}\.[\w-]{43}`, // SendGrid
  String.raw`SK[\da-f]{32}`, // Twilio
  String.raw`sk-(?:ant-|proj-)?[\w-]{32,255}`, // OpenAI, Anthropic
  String.raw`hf_[A-Za-z\d]{34}`, // Hugging Face
  String.raw`do[opr]_v1_[\da-f]{64}`, // DigitalOcean
  String.raw`shp(?:at|ca|pa|ss)_[\da-fA-F]{32}`, // Shopify
  String.raw`hv[bs]\.[\w-]{24,255}`, // Vault
  String.raw`AGE-SECRET-KEY-1[A-Z\d]{58}`,
];

const knownKeys = patternDetector({
  name: "api-key",
  charsMin: 20,
  hint: /[\w+/.~-]{20}/,
  pattern: new RegExp(`(?<![A-Za-z\\d])(?:${known.join("|")})(?![A-Za-z\\d])`, "g"),
  accepts: () => true,
});

const saysKey = words(
  "api key",
  "apikey",
  "api token",
  "access key",
  "access token",
  "auth token",
  "bearer",
  "client secret",
  "secret",
  "secret key",
  "private token",
  "refresh token",
  "session token",
  "token",
  "x api key",
  "account key",
  "aws secret access key",
  "password",
  "credential",
);

export const apiKey: Detector = {
  name: "api-key",
  find(text, field) {
    const keys = knownKeys.find(text, field);
    const others = randomTokens(text, field).filter(
      ({ start, end }) => !keys.some((key) => key.start < end && start < key.end),
    );
    return others.length === 0 ? keys : [...keys, ...others].toSorted((a, b) => a.start - b.start);
  },
};

/** A run of what tokens are made of, as a whole: runs do not touch, so each character is looked at once. */
const run = /[\w+/.~-]{16,}={0,2}/g;
/** As much of a token is measured. */
const measuredChars = 256;

function randomTokens(text: string, field: string): Finding[] {
  const found: Finding[] = [];
  if (text.length < 16 || !saysKey.anywhere(text, field)) return found;
  for (run.lastIndex = 0; ; ) {
    const match = run.exec(text);
    if (match === null) return found;
    const token = match[0].slice(0, measuredChars);
    const start = match.index;
    const end = run.lastIndex - (match[0].endsWith(".") ? 1 : 0);
    if (looksRandom(token) && saysKey.near(text, start, end, field)) found.push({ start, end });
  }
}

const bitsACharMin = 3.3;

/** Letters and digits, and as many different ones as chance gives: at least 3.3 bits a character by Shannon's measure. */
function looksRandom(token: string): boolean {
  if (!/\d/.test(token) || !/[A-Za-z]/.test(token)) return false;
  const counts = new Map<string, number>();
  for (const char of token) counts.set(char, (counts.get(char) ?? 0) + 1);
  let bits = 0;
  for (const count of counts.values()) bits -= (count / token.length) * Math.log2(count / token.length);
  return bits >= bitsACharMin;
}
