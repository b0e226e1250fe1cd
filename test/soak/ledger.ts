// What was written and what each group has read, by sequence numbers: each producer numbers its records from 0 and writes them to one partition, so
// in the order of offsets every number comes once. Keeps a number for each producer and partition, not for each record: a soak is long. Pure.

export interface SoakRecord {
  readonly producer: string;
  readonly seq: number;
  /** Whether what must be masked was. */
  readonly masked: boolean;
}

interface GroupState {
  /** Partition → the offset that comes next. */
  readonly next: Map<number, number>;
  /** Producer → the number that comes next. */
  readonly seqs: Map<string, number>;
  read: number;
  /** Given again after a rebalance, as Kafka's groups may. */
  again: number;
}

const problemsMax = 20;

export class Ledger {
  /** Producer → how many of its records were acknowledged. */
  readonly acknowledged = new Map<string, number>();
  readonly groups = new Map<string, GroupState>();
  readonly problems: string[] = [];

  complain(sentence: string): void {
    if (this.problems.length < problemsMax) this.problems.push(sentence);
  }

  get written(): number {
    return [...this.acknowledged.values()].reduce((sum, count) => sum + count, 0);
  }

  group(name: string): GroupState {
    const known = this.groups.get(name);
    if (known) return known;
    const state: GroupState = { next: new Map(), seqs: new Map(), read: 0, again: 0 };
    this.groups.set(name, state);
    return state;
  }

  seen(name: string, partition: number, offset: number, record: SoakRecord): void {
    const group = this.group(name);
    const expected = group.next.get(partition) ?? 0;
    const at = `${name}: partition ${partition}, offset ${offset}`;
    if (!record.masked) this.complain(`${at}: a record that is not masked`);
    if (offset < expected) {
      group.again++;
      return;
    }
    if (offset > expected) this.complain(`${at}: offset ${expected} was never given`);
    group.next.set(partition, offset + 1);
    group.read++;
    const seq = group.seqs.get(record.producer) ?? 0;
    if (record.seq < seq) this.complain(`${at}: ${record.producer} number ${record.seq} is there twice`);
    if (record.seq > seq) this.complain(`${at}: ${record.producer} number ${seq} is lost, ${record.seq} comes instead`);
    group.seqs.set(record.producer, Math.max(seq, record.seq + 1));
  }

  /** True when a group has read to these ends. */
  complete(name: string, ends: ReadonlyMap<number, number>): boolean {
    const { next } = this.group(name);
    return [...ends].every(([partition, end]) => (next.get(partition) ?? 0) >= end);
  }

  /** After the last record was read: what was acknowledged must be there, and nothing else. */
  settle(): void {
    for (const [name, { seqs }] of this.groups) {
      for (const [producer, count] of this.acknowledged) {
        const read = seqs.get(producer) ?? 0;
        if (read !== count) this.complain(`${name}: of ${producer} ${count} were acknowledged, ${read} were read`);
      }
    }
  }
}
