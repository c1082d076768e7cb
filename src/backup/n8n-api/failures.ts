import { z } from 'zod';

import { errorMessage, shorten } from '../../shared';
import { BackupError } from '../errors';

const maxReason = 300;

export function noAccess(): BackupError {
	return new BackupError(
		'n8n_key_missing',
		'The workflows of n8n are asked for, and there is no access to its public API.',
		'Select a credential "n8n API" in the node, or on the command line set OPSDESK_N8N_URL and OPSDESK_N8N_API_KEY. A key is made in n8n under Settings → n8n API.',
	);
}

export function badAccess(fault: string): BackupError {
	return new BackupError(
		'n8n_key_missing',
		`${fault}, so the workflows of n8n cannot be asked for.`,
		'Correct the credential "n8n API" or, on the command line, OPSDESK_N8N_URL and OPSDESK_N8N_API_KEY: the address as in the browser, the key unchanged.',
	);
}

/** What n8n has answered in place of what was asked for. */
export function refusal(base: string, status: number, text: string): BackupError {
	const answer = z.looseObject({ message: z.string() }).safeParse(parsed(text));
	const reason = answer.success
		? shorten(answer.data.message.replace(/\p{Cc}+/gu, ' '), maxReason)
		: `status ${status}`;
	if (status === 401) {
		return new BackupError(
			'n8n_refused',
			`n8n at ${base} does not accept the API key (${reason}).`,
			'Make a key in n8n under Settings → n8n API and put it into the credential "n8n API" or OPSDESK_N8N_API_KEY; the old one may have expired.',
		);
	}
	if (status === 403) {
		return new BackupError(
			'n8n_refused',
			`n8n at ${base} does not allow this API key to list what is asked for (${reason}).`,
			'Give the key the scopes workflow:list and tag:list, or make it as the owner of that n8n.',
		);
	}
	if (status === 404 && !answer.success) return noN8n(base);
	return new BackupError(
		'n8n_refused',
		`n8n at ${base} refused to list its workflows: ${reason}.`,
		'See the log of that n8n, then run the backup again.',
	);
}

export function noN8n(base: string): BackupError {
	return new BackupError(
		'n8n_refused',
		`${base} does not answer as n8n's public API does.`,
		'Give the address at which you open n8n in the browser, and see that its public API is not switched off (N8N_PUBLIC_API_DISABLED).',
	);
}

export function tooLarge(base: string, what: string): BackupError {
	return new BackupError(
		'n8n_refused',
		`n8n at ${base} has sent ${what}, more than is kept as files.`,
		'The database of n8n holds all of it. Remove pinned data from the largest workflows if you want them as files too.',
	);
}

export function unreachable(base: string, thrown: unknown): BackupError {
	const cause = thrown instanceof Error && thrown.cause !== undefined ? thrown.cause : thrown;
	return new BackupError(
		'n8n_unreachable',
		`n8n at ${base} cannot be reached: ${errorMessage(cause)}`,
		'See that it runs and that the address is the one at which you open it in the browser, without a redirect.',
		{ cause: thrown },
	);
}

export function tooSlow(base: string, limitMs: number): BackupError {
	return new BackupError(
		'n8n_unreachable',
		`n8n at ${base} did not answer within ${Math.round(limitMs / 1000)} seconds.`,
		'See whether that n8n is well, then run the backup again.',
	);
}

export function parsed(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
