import { maskSecrets, shorten } from '../../shared';
import { tooLong, tooLongCode } from '../answer';
import { ChannelError, type ChannelErrorCode, type ChannelErrorDetails } from '../errors';
import { platformName } from '../platform';
import type { Operation, Target } from './request';

const remedies: Partial<Record<ChannelErrorCode, string>> = {
	rate_limited: 'Send it later, or through the outbox, which waits by itself.',
	blocked: 'Nothing reaches this chat until its owner writes again or lets the account in.',
	chat_not_found: 'See that the id is right, and that the person has written to this account before.',
	chat_migrated: 'Use the new id.',
	window_closed: 'Send an approved template, or wait until the person writes.',
	opted_out: 'Write to this person on another channel, or wait for START.',
	unauthorised: 'See the token of the credential, and what it may do.',
	misconfigured: 'Enter the address at which it answers itself. Nothing was sent.',
	rejected: 'See the message of the platform.',
	unavailable: 'Try again; nothing was sent.',
	outcome_unknown: 'See in the chat whether it has arrived before you send it again.',
};

/** An error for a request to a chat, with secrets of every kind taken out of what the platform said. */
export function refusal(
	code: ChannelErrorCode,
	target: Target,
	said: string,
	details: ChannelErrorDetails = {},
	secrets: string[] = [],
): ChannelError {
	const text = shorten(withoutSecrets(said, secrets).replace(/\s+/g, ' ').trim(), 300);
	return new ChannelError(
		code,
		`${platformName(target.platform)} ${what[code] ?? 'refuses'} (chat ${target.chatId}): ${text}`,
		remedies[code] ?? 'See the message.',
		{ chatId: target.chatId, ...details },
	);
}

const what: Partial<Record<ChannelErrorCode, string>> = {
	rate_limited: 'wants messages to come more slowly',
	blocked: 'says that the account is blocked there',
	chat_not_found: 'does not know the chat',
	chat_migrated: 'says that the chat has a new id',
	window_closed: 'takes no free text any more',
	opted_out: 'says that the recipient wants no messages',
	unauthorised: 'does not accept the credential',
	rejected: 'refuses the message',
	unavailable: 'cannot be reached',
	outcome_unknown: 'has not said whether the message was sent',
};

/** Of what a platform or a library said: known secrets, a bot's token in an address, and what looks like one. */
export function withoutSecrets(text: string, secrets: string[]): string {
	const plain = secrets
		.filter((secret) => secret.length >= 4)
		.flatMap((secret) => [secret, encodeURIComponent(secret)])
		.reduce((masked, secret) => masked.replaceAll(secret, '***'), text);
	return maskSecrets(plain)
		.replace(/\b\d{5,15}:[A-Za-z0-9_-]{20,100}/g, '***')
		.replace(/\bEAA[A-Za-z0-9]{20,500}/g, '***');
}

/** @throws ChannelError `unsupported` */
export function unsupported({ platform }: Target, operation: Operation | string): never {
	throw new ChannelError(
		'unsupported',
		`${platformName(platform)} has no operation "${operation}".`,
		'Choose another operation for this platform.',
	);
}

/**
 * What a fault on the way means: before anything was written nothing was sent, afterwards nobody knows.
 * @param thrown by fetch or a library on top of it
 */
export function faultOf(target: Target, thrown: unknown, secrets: string[]): ChannelError {
	if (thrown instanceof ChannelError) return thrown;
	const codes = codesOf(thrown);
	const isTooLong = codes.includes(tooLongCode);
	const isUnsent = codes.some((code) => unsentCodes.includes(code));
	return refusal(
		isUnsent ? 'unavailable' : 'outcome_unknown',
		target,
		isTooLong ? tooLong().message : (codes[0] ?? (isTimeout(thrown) ? late : 'the connection broke off')),
		{ ...(codes[0] !== undefined && { sourceCode: codes[0] }) },
		secrets,
	);
}

const late = 'no whole answer within the time allowed';

const unsentCodes = [
	...['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT'],
	...['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'ERR_TLS_CERT_ALTNAME_INVALID'],
	'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
];

function codesOf(thrown: unknown): string[] {
	const found: string[] = [];
	for (let fault = thrown, depth = 0; typeof fault === 'object' && fault !== null && depth < 5; depth += 1) {
		const { code, cause, errors } = fault as { code?: unknown; cause?: unknown; errors?: unknown };
		if (typeof code === 'string') found.push(code);
		fault = cause ?? (Array.isArray(errors) ? errors[0] : undefined);
	}
	return found;
}

const isTimeout = (thrown: unknown): boolean =>
	['TimeoutError', 'AbortError'].includes((thrown as { name?: string } | undefined)?.name ?? '');
