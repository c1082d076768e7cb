const block = /-----BEGIN ([A-Z0-9 ]+)-----(.*?)-----END \1-----/gs;
/** Headers of a key that is encrypted in the old way. */
const oldHeaders = /^\s*(Proc-Type: \S+)\s+(DEK-Info: \S+,[0-9A-Fa-f]+)\s/;

/**
 * Puts line breaks back into certificates and keys: a password field of a browser has one line, so what is
 * pasted there arrives with blanks, with nothing, or with a written `\n` in their place.
 */
export function restorePem(text: string): string {
	const blocks = [...text.replaceAll('\\n', '\n').matchAll(block)];
	if (blocks.length === 0) return text.trim();
	return blocks.map(([, label = '', body = '']) => restoreBlock(label, body)).join('\n');
}

function restoreBlock(label: string, body: string): string {
	const headers = oldHeaders.exec(body);
	const base64 = body.slice(headers?.[0].length ?? 0).replace(/\s+/g, '');
	const lines = base64.match(/.{1,64}/g) ?? [];
	const head = headers ? [headers[1], headers[2], ''] : [];
	return [`-----BEGIN ${label}-----`, ...head, ...lines, `-----END ${label}-----`, ''].join('\n');
}
