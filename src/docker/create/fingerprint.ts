import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto';

import type { NewContainer } from './definition';

/** Says by which definition a container was made, so that the same one asked for again changes nothing. */
export const definitionLabel = 'opsdesk.definition';

/**
 * A fingerprint of a definition. Labels are shown to everybody and definitions hold passwords: salted and slow, it does
 * not give them away.
 */
export function fingerprint(wanted: NewContainer, salt = randomBytes(16).toString('hex')): string {
	return `1.${salt}.${scryptSync(canonical(wanted), salt, 32).toString('hex')}`;
}

/** Whether a container that carries this label was made by this definition. */
export function isMadeBy(label: string | undefined, wanted: NewContainer): boolean {
	const [version, salt, hash] = (label ?? '').split('.');
	if (version !== '1' || !salt || !/^[0-9a-f]{64}$/.test(hash ?? '')) return false;
	const [, , expected = ''] = fingerprint(wanted, salt).split('.');
	return timingSafeEqual(Buffer.from(expected, 'hex'), Buffer.from(hash ?? '', 'hex'));
}

/** The same text for the same definition, whatever the order of its fields. */
function canonical(value: unknown): string {
	return JSON.stringify(value, (_key, part: unknown) =>
		typeof part === 'object' && part !== null && !Array.isArray(part)
			? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
			: part,
	);
}
