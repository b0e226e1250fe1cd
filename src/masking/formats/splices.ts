// Edits of bytes or of a text in place: ranges are replaced or cut out in order, and what lies between them is copied as it is.

export interface Range {
  readonly start: number;
  readonly end: number;
}

interface Splice<Piece> extends Range {
  readonly piece: Piece | null;
}

export class Splices<Piece extends string | Uint8Array> {
  /** Where the last edit ends; none begins before. */
  end = 0;
  private readonly splices: Splice<Piece>[] = [];

  replace(start: number, end: number, piece: Piece | null): void {
    this.splices.push({ start, end, piece });
    this.end = end;
  }

  cut({ start, end }: Range): void {
    this.replace(start, end, null);
  }

  /** Null when there was no edit. */
  bytesOf(this: Splices<Uint8Array>, source: Uint8Array): Buffer | null {
    if (this.splices.length === 0) return null;
    const pieces: Uint8Array[] = [];
    let copied = 0;
    for (const { start, end, piece } of this.splices) {
      pieces.push(source.subarray(copied, start));
      if (piece !== null) pieces.push(piece);
      copied = end;
    }
    pieces.push(source.subarray(copied));
    return Buffer.concat(pieces);
  }

  /** The same of a text. */
  textOf(this: Splices<string>, source: string): string | null {
    if (this.splices.length === 0) return null;
    let text = "";
    let copied = 0;
    for (const { start, end, piece } of this.splices) {
      text += source.slice(copied, start) + (piece ?? "");
      copied = end;
    }
    return text + source.slice(copied);
  }
}
