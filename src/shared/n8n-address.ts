/**
 * The address of an n8n without what comes after it: `https://n8n.example.com/api/v1/` is `https://n8n.example.com`. A path in front of `/api/v1` stays.
 * @returns undefined when it is no web address, or holds a user name or password
 */
export function n8nAddress(url: string): string | undefined {
	const parsed = URL.canParse(url) ? new URL(url) : undefined;
	if (!parsed || !['http:', 'https:'].includes(parsed.protocol)) return undefined;
	if (parsed.username !== '' || parsed.password !== '') return undefined;
	return `${parsed.origin}${parsed.pathname}`.replace(/\/+$/, '').replace(/\/api\/v1$/, '');
}

/** Whether a text can be a key of n8n's public API; a header refuses other characters with an error that quotes it. */
export function isN8nKey(text: string): boolean {
	return /^[\x21-\x7e]+$/.test(text);
}
