// Brazilian CPF numbers (Receita Federal): nine digits and two check digits by 11. With its marks as it is; bare digits only beside a word.
import { words } from "../context.ts";
import { digitAt, digitsOf, isOneDigit, weighted } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

const says = words("cpf", "cadastro de pessoas", "contribuinte", "numero do cpf");

export const brCpf = patternDetector({
  name: "br-cpf",
  charsMin: 11,
  hint: /\d{3}\.?\d{3}\.?\d{3}-?\d\d/,
  pattern: /(?<![\dA-Za-z]|\d[.,-])(?:\d{3}\.\d{3}\.\d{3}-\d\d|\d{9}-?\d\d)(?![\dA-Za-z]|[-.,]\d)/g,
  accepts(match, { text, start, end, field }) {
    const digits = digitsOf(match);
    const first = ((weighted(digits, [10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
    const second = ((weighted(digits, [11, 10, 9, 8, 7, 6, 5, 4, 3, 2]) * 10) % 11) % 10;
    if (isOneDigit(digits) || first !== digitAt(digits, 9) || second !== digitAt(digits, 10)) return false;
    return match.includes(".") || says.near(text, start, end, field);
  },
});
