// Text for Slack that can do nothing: no mark-up, no mention, no link, no character that hides or reorders others. Pure.
// Source: Slack's "Formatting text for app surfaces" (escaping) and the limits of Block Kit.
import { assertNever } from "../../../base/assert.ts";

/** Lengths that Slack refuses beyond. In characters, counted after escaping. */
export const slackLimits = {
  header: 150,
  sectionText: 3_000,
  fieldText: 2_000,
  fields: 10,
  blocks: 50,
  messageText: 4_000,
  contextText: 2_000,
} as const;

/** Slack's three special characters. Everything that comes from outside passes here, once. */
export function escapeText(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;");
}

/** Control, format (bidirectional overrides, zero width) and line separators become visible: an approver must see what is there. */
export function showHidden(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu, (character) => {
    const point = character.codePointAt(0) ?? 0;
    return `\\u{${point.toString(16)}}`;
  });
}

/** A value as an inline code span. Back-ticks would end it; they are replaced by a look-alike. Never longer than `charactersMax`. */
export function code(text: string, charactersMax = 200): string {
  const shown = showHidden(text).replaceAll("`", "ˋ");
  return shown === "" ? "_none_" : `\`${fit(shown, charactersMax - 2)}\``;
}

/** Lines as a code block of at most `charactersMax`; says so when not all of them fit. */
export function codeBlock(
  lines: readonly string[],
  charactersMax: number,
): { readonly text: string; readonly whole: boolean } {
  let room = charactersMax - 8;
  const kept: string[] = [];
  for (const line of lines) {
    const shown = showHidden(line).replaceAll("`", "ˋ");
    const escaped = escapeText(shown);
    if (escaped.length + 1 > room) {
      const part = fit(shown, room - 1);
      if (part.length > 1) kept.push(part);
      return { text: `\`\`\`\n${kept.join("\n")}\n\`\`\``, whole: false };
    }
    kept.push(escaped);
    room -= escaped.length + 1;
  }
  return { text: `\`\`\`\n${kept.join("\n")}\n\`\`\``, whole: true };
}

/** Escapes and cuts by whole characters, so that neither an entity nor a surrogate pair is torn. */
export function fit(text: string, charactersMax: number): string {
  const whole = escapeText(text);
  if (whole.length <= charactersMax) return whole;
  let kept = "";
  for (const character of text) {
    const escaped = escapeText(character);
    if (kept.length + escaped.length > charactersMax - 1) break;
    kept += escaped;
  }
  return `${kept}…`;
}

/** A moment in the reader's own time zone, with UTC for clients that cannot. */
export function moment(ms: number): string {
  return `<!date^${Math.floor(ms / 1_000)}^{date_short_pretty} {time}|${new Date(ms).toISOString().slice(0, 16)}Z>`;
}

/** Somebody's prose: escaped, and with the characters of mark-up taken out of service. */
export function plain(text: string, charactersMax: number): string {
  return fit(
    showHidden(text).replaceAll(/[*_~`]/g, (mark) => `${mark}\u200b`),
    charactersMax,
  );
}

/** An answer with its mark. */
export function answered(answer: "approve" | "deny" | "break-glass"): string {
  switch (answer) {
    case "approve":
      return ":white_check_mark: approved";
    case "deny":
      return ":no_entry: denied";
    case "break-glass":
      return ":rotating_light: *glass broken*: let through without its approvers";
    default:
      return assertNever(answer);
  }
}
