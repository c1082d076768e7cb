import type { IExecuteFunctions } from 'n8n-workflow';

import type { BackupContext } from '../../../src/backup';
import { formatBytes } from '../../../src/shared';

/** A line of the log for so much time; n8n's log is read by people who wait, not by those who watch. */
const intervalMs = 30_000;
const words = { backUp: 'backing up', verify: 'verifying', restore: 'restoring', drill: 'drilling' };

/** Tells n8n's log every half minute how far a long operation on a site is. */
export function progressLog(
	context: IExecuteFunctions,
	site: string,
): NonNullable<BackupContext['progress']> {
	let toldAt = performance.now();
	return ({ step, artefact, plainBytes, totalBytes, entries }) => {
		const now = performance.now();
		if (now - toldAt < intervalMs) return;
		toldAt = now;
		const of = totalBytes === undefined ? '' : ` of ${formatBytes(totalBytes)}`;
		const counted = entries === undefined ? '' : `, ${entries} entries`;
		context.logger.info(`${site}: ${words[step]} ${artefact}: ${formatBytes(plainBytes)}${of}${counted}`);
	};
}
