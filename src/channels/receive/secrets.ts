import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

import { ChannelError } from '../errors';
import type { Verdict } from './channel';

/** A secret, and while it is being changed the one before it. */
export interface Secrets {
	current: string;
	former?: string;
}

/** @throws ChannelError `misconfigured` for one that is empty: everybody could sign with it */
export function usableSecrets(name: string, { current, former }: Secrets): Secrets {
	if (current === '') {
		throw new ChannelError(
			'misconfigured',
			`The ${name} is empty, so nothing shows who has sent a request.`,
			'Enter it in the credential.',
		);
	}
	return former === undefined || former === '' ? { current } : { current, former };
}

/** Whether two texts are the same, in a time that tells nothing of them, their lengths included. */
export function isSame(one: string | Buffer, other: string | Buffer): boolean {
	return timingSafeEqual(digest(one), digest(other));
}

const digest = (value: string | Buffer): Buffer => createHash('sha256').update(value).digest();

/** Judges by both secrets, always: the time says nothing of which one it was. */
export function judge(secrets: Secrets, fits: (secret: string) => boolean): Verdict {
	const byCurrent = fits(secrets.current);
	const byFormer = secrets.former !== undefined && fits(secrets.former);
	if (byCurrent) return { genuine: true, withFormerSecret: false };
	if (byFormer) return { genuine: true, withFormerSecret: true };
	return {
		genuine: false,
		status: 401,
		problem: 'The signature or secret of the request is not ours: it is forged, or the secret has changed.',
	};
}

/** `sha256=…` in hexadecimal digits of either case, over the bytes as they came. */
export function fitsHexHmac(given: string, secret: string, body: Buffer): boolean {
	const [, digits] = /^(?:sha256=)?([0-9a-f]{64})$/i.exec(given) ?? [];
	const expected = createHmac('sha256', secret).update(body).digest();
	return isSame(Buffer.from(digits ?? '', 'hex'), expected);
}

export const unsigned = (problem: string): Verdict => ({ genuine: false, status: 401, problem });
