// What a detector is: a text in, the places in it that are e-mail addresses, card numbers … Knows no format, no protocol and no method.

export interface Detector {
  /** The name that policies use, in lower case with dashes: `email`, `card-number`. */
  readonly name: string;
  /**
   * What it finds in `text`, in order and never overlapping; indexes are JavaScript's (UTF-16 units). `field` is the name of the nearest field
   * above, "" where there is none, as in a header's text: for kinds whose digits alone would cry wolf. Numbers come as they are spelled. Linear in the text's length:
   * no regular expression that can blow up.
   */
  find(text: string, field: string): readonly Finding[];
}

export interface Finding {
  readonly start: number;
  readonly end: number;
}
