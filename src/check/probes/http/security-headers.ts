import type { IncomingHttpHeaders } from 'node:http';

/**
 * Security headers that an answer lacks, or has with a value without effect (OWASP Secure Headers Project).
 *
 * @param isSecure whether the answer came over https://; without it browsers ignore Strict-Transport-Security
 */
export function missingSecurityHeaders(headers: IncomingHttpHeaders, isSecure: boolean): string[] {
	const value = (name: string): string => String(headers[name] ?? '').toLowerCase();
	const policy = value('content-security-policy');
	const maxAge = Number(/max-age\s*=\s*"?(\d+)/.exec(value('strict-transport-security'))?.[1] ?? 0);
	const frames = /^\s*(deny|sameorigin)\s*$/.test(value('x-frame-options'));
	const lacks: [name: string, isThere: boolean][] = [
		['Strict-Transport-Security', isSecure && maxAge > 0],
		['Content-Security-Policy', policy.trim() !== ''],
		['X-Content-Type-Options: nosniff', value('x-content-type-options').trim() === 'nosniff'],
		['Referrer-Policy', value('referrer-policy').trim() !== ''],
		[
			'protection against framing (frame-ancestors or X-Frame-Options)',
			frames || /frame-ancestors\s/.test(policy),
		],
	];
	return lacks.filter(([, isThere]) => !isThere).map(([name]) => name);
}
