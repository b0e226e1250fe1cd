// Italian tax codes (codice fiscale, DM 23.12.1976): name, date, place and a check letter; letters that stand for digits where two people would share a code.
import { patternDetector } from "../pattern.ts";

/** Values of 0–9 and of A–Z at odd places, counted from one; at even places a digit counts as itself and a letter by its place. */
const odd = [1, 0, 5, 7, 9, 13, 15, 17, 19, 21, 2, 4, 18, 20, 11, 3, 6, 8, 12, 14, 16, 10, 22, 25, 24, 23];
const digit = "[0-9L-NP-Vl-np-v]";

export const itCodiceFiscale = patternDetector({
  name: "it-codice-fiscale",
  charsMin: 16,
  hint: /[A-Za-z]{6}/,
  pattern: new RegExp(
    `(?<![\\dA-Za-z])[A-Za-z]{6}${digit}{2}[A-EHLMPR-Ta-ehlmpr-t]${digit}{2}[A-Za-z]${digit}{3}[A-Za-z](?![\\dA-Za-z])`,
    "g",
  ),
  accepts(match) {
    const code = match.toUpperCase();
    let sum = 0;
    for (let index = 0; index < 15; index++) {
      const value = Number.parseInt(code[index]!, 36);
      const place = value > 9 ? value - 10 : value;
      sum += index % 2 === 0 ? odd[place]! : place;
    }
    return sum % 26 === code.charCodeAt(15) - 65;
  },
});
