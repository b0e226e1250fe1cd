// Edits of bytes whose lengths stand before them: ranges are replaced in order, and a length that was opened before them is written anew when
// it is closed. What lies between stays as it is, and so does a length in which nothing changed its size.

export class Edits {
  private readonly source: Uint8Array;
  private readonly starts: number[] = [];
  private readonly ends: number[] = [];
  private readonly pieces: (Uint8Array | null)[] = [];
  /** How much the edits so far have added, before each of them. */
  private readonly added: number[] = [];
  private addedBytes = 0;

  constructor(source: Uint8Array) {
    this.source = source;
  }

  get isEmpty(): boolean {
    return this.starts.length === 0;
  }

  /** Ranges never overlap, and come in order. */
  replace(start: number, end: number, piece: Uint8Array): void {
    this.push(start, end, piece);
    this.addedBytes += piece.length - (end - start);
  }

  /** A length stands in `[start, end)`. What it counts is edited next; then it is closed with what this returns. */
  open(start: number, end: number): number {
    this.push(start, end, null);
    return this.starts.length - 1;
  }

  /** `encode` gets how many bytes were added to what the length counts. */
  close(mark: number, encode: (added: number) => Uint8Array): void {
    const start = this.starts[mark]!;
    const end = this.ends[mark]!;
    if (mark === this.starts.length - 1) {
      for (const list of [this.starts, this.ends, this.pieces, this.added]) list.pop();
      return;
    }
    const added = this.addedBytes - this.added[mark]!;
    const piece = added === 0 ? this.source.subarray(start, end) : encode(added);
    this.pieces[mark] = piece;
    this.addedBytes += piece.length - (end - start);
  }

  /** Null when there was no edit. */
  result(): Buffer | null {
    if (this.isEmpty) return null;
    const result = Buffer.allocUnsafe(this.source.length + this.addedBytes);
    let from = 0;
    let to = 0;
    for (const [index, piece] of this.pieces.entries()) {
      const start = this.starts[index]!;
      result.set(this.source.subarray(from, start), to);
      to += start - from;
      result.set(piece!, to);
      to += piece!.length;
      from = this.ends[index]!;
    }
    result.set(this.source.subarray(from), to);
    return result;
  }

  private push(start: number, end: number, piece: Uint8Array | null): void {
    this.starts.push(start);
    this.ends.push(end);
    this.pieces.push(piece);
    this.added.push(this.addedBytes);
  }
}
