// Numbers in base 128 with a sign folded in, as Avro and Protobuf write them. Pure. Source: both specifications, "Encoding".

/** Of a negative number its 64 bits. */
export function encodeVarint(value: bigint | number): Buffer {
  let left = BigInt.asUintN(64, BigInt(value));
  const bytes: number[] = [];
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return Buffer.from(bytes);
}

/** 0, -1, 1, -2 … → 0, 1, 2, 3 … */
export function zigzag(value: bigint): bigint {
  return BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
}

export function unzigzag(value: bigint): bigint {
  return (value >> 1n) ^ -(value & 1n);
}
