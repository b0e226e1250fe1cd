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

  /** Of the first `length` bytes; null when there was no edit. `room` gives the memory for so many bytes. */
  bytesOf(this: Splices<Buffer>, source: Buffer, length: number, room: (bytes: number) => Buffer): Buffer | null {
    if (this.splices.length === 0) return null;
    const result = room(length + this.growth);
    let copied = 0;
    let at = 0;
    for (const { start, end, piece } of this.splices) {
      // no views for what is only copied: they cost more than most copies
      at += source.copy(result, at, copied, start);
      if (piece !== null) at += piece.copy(result, at);
      copied = end;
    }
    source.copy(result, at, copied, length);
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
