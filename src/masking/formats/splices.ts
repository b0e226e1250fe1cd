// Edits of a text in place: ranges are replaced or cut out in order, and what lies between them is copied as it is.

export interface Range {
  readonly start: number;
  readonly end: number;
}

const none = new Uint8Array(0);

export class Splices {
  /** Where the last edit ends; none begins before. */
  end = 0;
  private readonly source: Uint8Array;
  private readonly pieces: Uint8Array[] = [];
  private bytes = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  replace(start: number, end: number, replacement: Uint8Array): void {
    this.pieces.push(this.source.subarray(this.end, start), replacement);
    this.bytes += start - this.end + replacement.length;
    this.end = end;
  }

  cut({ start, end }: Range): void {
    this.replace(start, end, none);
  }

  /** Null when there was no edit. */
  result(): Buffer | null {
    if (this.pieces.length === 0) return null;
    this.pieces.push(this.source.subarray(this.end));
    return Buffer.concat(this.pieces, this.bytes + this.source.length - this.end);
  }
}
