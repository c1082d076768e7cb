/**
 * How a text is written: `plain` as it stands, `html` and `markdown` as Telegram reads them (its HTML subset, and
 * MarkdownV2).
 */
export const formats = ['plain', 'html', 'markdown'] as const;
export type Format = (typeof formats)[number];

const htmlSigns: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

/** Text of somebody else, so that it stays text within HTML. Source: core.telegram.org/bots/api, "HTML style". */
export function escapeHtml(text: string): string {
	return text.replace(/[&<>"]/g, (sign) => htmlSigns[sign] ?? sign);
}

/** Text of somebody else, so that it stays text within MarkdownV2. Source: core.telegram.org/bots/api, "MarkdownV2 style". */
export function escapeMarkdown(text: string): string {
	return text.replace(/[\\_*[\]()~`>#+\-=|{}.!]/g, '\\$&');
}

/** Text of somebody else for a text in this format. */
export function escapeFor(format: Format, text: string): string {
	if (format === 'html') return escapeHtml(text);
	return format === 'markdown' ? escapeMarkdown(text) : text;
}
