// Durations as people write them, in the configuration and in policies.

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const durationPattern = /^[1-9]\d{0,8}(ms|s|m|h|d)$/;
export const durationText = "a duration is a whole number with a unit: 500ms, 20s, 15m, 4h, 400d";

/** `20s`, `4h`, `15m`, `400d`, `500ms` → milliseconds; null for anything else. Never 0. */
export function parseDuration(text: string): number | null {
  const unit = durationPattern.exec(text)?.[1];
  return unit === undefined ? null : Number.parseInt(text, 10) * (unitMs[unit] ?? Number.NaN);
}
