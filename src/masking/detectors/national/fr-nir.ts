// French social security numbers (NIR, INSEE): sex, year, month, department (2A and 2B are Corsica's), commune, order, and a key: 97 less the remainder by 97.
import { compact } from "../digits.ts";
import { patternDetector } from "../pattern.ts";

export const frNir = patternDetector({
  name: "fr-nir",
  charsMin: 15,
  hint: /[1-478][ .-]?\d\d[ .-]?\d\d[ .-]?\d[\dABab]/,
  pattern: /(?<![\dA-Za-z]|\d[.,-])[1-478]([ .-]?)\d\d\1\d\d\1\d[\dABab]\1\d{3}\1\d{3}\1\d\d(?![\dA-Za-z]|[.,]\d)/g,
  accepts: (match) => isNir(compact(match)),
});

function isNir(nir: string): boolean {
  const month = Number(nir.slice(3, 5));
  const isMonth = (month >= 1 && month <= 12) || month === 20 || (month >= 30 && month <= 42) || month >= 50;
  const number = nir.slice(0, 13).replace("2A", "19").replace("2B", "18");
  if (!isMonth || !/^\d{13}$/.test(number)) return false;
  return 97 - (Number(number) % 97) === Number(nir.slice(13));
}
