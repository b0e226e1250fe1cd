// No text takes longer than its length says. What is compared is the growth from 64 KiB to 1 MiB, which is 16 times the text: the sixteenfold
// work of a quadratic search would show as 256 times.
import { expect, test } from "vitest";
import type { Detector } from "../../../../src/masking/detectors/detector.ts";
import { detectors } from "../../../../src/masking/detectors/index.ts";

const KiB = 1024;
const small = 64 * KiB;
const large = 1024 * KiB;
/** Twice and a half of what is linear, for collectors of garbage and other work on the machine. */
const growthMax = 16 * 2.5;
/** Less than this for a MiB is noise to compare with, and no quadratic search: that takes minutes. */
const noticeableMs = 250;

/** What is repeated to fill a text: beginnings that never end, endings that never began, and things that nearly match. */
const fillings = [
  "1",
  " ",
  "a@",
  "a@a.",
  '"a@',
  "::",
  "0:0:",
  "1.1.1.1:",
  "00-",
  "0000.",
  "eyJ",
  "eyJ.",
  "eyJhbGciOiJIUzI1NiJ9.",
  "-----BEGIN ",
  "-----BEGIN PRIVATE KEY-----",
  "-----END PRIVATE KEY-----",
  "AKIA",
  "secret aB3/",
  "SG.",
  "4111 ",
  "1-",
  "DE89 ",
  "+12345678 ",
  "(1",
  "phone 12345678 ",
  "123-45-6789-",
  "RSSMRA85T10A562",
  "AB 12 34 56 ",
  "\u00e9",
];

/** Of this thread's processor time: what else runs on the machine does not count. */
function ms(detector: Detector, text: string): number {
  const begun = process.threadCpuUsage();
  detector.find(text, "value");
  const { user, system } = process.threadCpuUsage(begun);
  return (user + system) / 1_000;
}

const filled = (filling: string, length: number): string =>
  filling.repeat(Math.ceil(length / filling.length)).slice(0, length);

test.each(detectors)(
  "$name takes time in proportion to the text, whatever stands in it",
  { timeout: 300_000 },
  (detector) => {
    const slow = fillings.filter((filling) => {
      const whole = ms(detector, filled(filling, large));
      return (
        whole > noticeableMs &&
        whole > growthMax * Math.min(ms(detector, filled(filling, small)), ms(detector, filled(filling, small)))
      );
    });
    expect(slow).toEqual([]);
  },
);
