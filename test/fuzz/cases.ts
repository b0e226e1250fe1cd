// What the fuzzers have found: each input stays here for good, and is tried in every test run. One is added before its cause is mended.

export interface FuzzCase {
  readonly target: string;
  readonly what: string;
  readonly hex: string;
}

export const fuzzCases: readonly FuzzCase[] = [
  {
    target: "fetch-sessions",
    what: "two early answers after each other: what the first owed was forgotten",
    hex: "431ce827bf5b9403985422a20c9f0a349f1908b5a0f4af8cbb4e80045c07c2cdf9ffffffff07d2c82091bed60c150b7e759afa1fc2b6e75de11b8a1f4b52cca75d6205eecb48be6f7cf581a214529238f7c9a2909ab9c76097730dffbd59ed39367b4811e583",
  },
  {
    target: "fetch-sessions",
    what: "refused when the answer came and allowed again after it: the broker's news in that answer were lost",
    hex: "4cd709551a9df3a2dfd35413a44cf57ff16da183109516ec7d239da27e9286aa8fccad9f69ac3ca4a0499042f7f09059cb673acd1a7b49a68a906c9654ce75f232b5df1dd07c4adb8ff5ed1a4f5daea466b7f2432c04ac5b7386a4a38e990b699390e3218c385a8200be50943e49",
  },
  {
    target: "fetch-sessions",
    what: "owed by an early answer, and refused in the one after it: lost as well",
    hex: "15ce97f4efa4c8353a7aeb3af12b2677e5975c254e45dd456fd89ba3171051841d52df0d23cd5e7a216e6bbc38a8b0d4163d4df1c40293a63c264d6114f6f69ac07c97bf299d06c971",
  },
  {
    target: "logins",
    what: "the seed of a proof whose last letter of base64 differs in bits that stand for nothing: the same proof, let in",
    hex: "a8b79bffff03",
  },
];
