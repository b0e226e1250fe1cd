// MAC addresses (IEEE 802, EUI-48 and EUI-64): pairs with colons or dashes, Cisco's three groups with dots. Twelve hexadecimal digits, and pairs of decimal
// digits with dashes (which may be a date), only where a word nearby says so. Longer chains of pairs are fingerprints.
import { words } from "./context.ts";
import { patternDetector } from "./pattern.ts";

const saysMac = words(
  "mac",
  "mac address",
  "macaddr",
  "hwaddr",
  "hw addr",
  "ether",
  "bssid",
  "ethernet",
  "hardware address",
  "physical address",
  "eui",
  "eui 48",
);

const pairs = String.raw`(?<!(?<![\dA-Za-z])[\dA-Fa-f]{2}[:-])[\dA-Fa-f]{2}([:-])[\dA-Fa-f]{2}(?:\1[\dA-Fa-f]{2}){4}(?:(?:\1[\dA-Fa-f]{2}){2})?(?![:-][\dA-Fa-f])`;
const dotted = String.raw`(?<![\dA-Fa-f]\.)[\dA-Fa-f]{4}\.[\dA-Fa-f]{4}\.[\dA-Fa-f]{4}(?!\.[\dA-Fa-f])`;

export const macAddress = patternDetector({
  name: "mac-address",
  charsMin: 12,
  hint: /[\dA-Fa-f]{2}[:-][\dA-Fa-f]{2}[:-]|[\dA-Fa-f]{4}\.[\dA-Fa-f]{4}\.|[\dA-Fa-f]{12}/,
  pattern: new RegExp(String.raw`(?<![\dA-Za-z])(?:${pairs}|${dotted}|[\dA-Fa-f]{12})(?![\dA-Za-z])`, "g"),
  accepts(match, { text, start, end, field }) {
    const isSure = match.includes(":") || (/[-.]/.test(match) && /[A-Fa-f]/.test(match));
    return isSure || saysMac.near(text, start, end, field);
  },
});
