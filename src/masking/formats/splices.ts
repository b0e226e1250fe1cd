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
  /** By how much the edits change the length. */
  private growth = 0;
  private readonly splices: Splice<Piece>[] = [];

  replace(start: number, end: number, piece: Piece | null): void {
    this.splices.push({ start, end, piece });
    this.growth += (piece?.length ?? 0) - (end - start);
    this.end = end;
  }

  cut({ start, end }: Range): void {
    this.replace(start, end, null);
  }

  /** Null when there was no edit. `room` gives the memory for so many bytes. */
  bytesOf(this: Splices<Uint8Array>, source: Uint8Array, room: (bytes: number) => Buffer): Buffer | null {
    if (this.splices.length === 0) return null;
    const result = room(source.length + this.growth);
    let copied = 0;
    let at = 0;
    for (const { start, end, piece } of this.splices) {
      result.set(source.subarray(copied, start), at);
      at += start - copied;
      if (piece !== null) {
        result.set(piece, at);
        at += piece.length;
      }
      copied = end;
    }
    result.set(source.subarray(copied), at);
    return result;
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
