import { DockerError } from '../../docker';
import { errorMessage } from '../../shared';
import { BackupError } from '../errors';

const isFullText = (text: string): boolean => /no space left|disk quota/i.test(text);

/** A program in a helper container that failed. */
export function notWritten(label: string, exitCode: number, stderr: string): BackupError {
	const full = isFullText(stderr);
	return new BackupError(
		full ? 'target_full' : 'restore_failed',
		`The ${label} cannot be written: ${stderr || `exit code ${exitCode}`}`,
		full ? 'Free some space there, then run the restore again.' : 'Check the disk on the host.',
	);
}

/** Why the engine has not unpacked all of what it was sent. */
export function explainUpload(label: string, thrown: unknown): unknown {
	const isFull = thrown instanceof DockerError && isFullText(thrown.message);
	return isFull ? notWritten(label, 1, thrown.message) : thrown;
}

/**
 * A change that could not be taken back.
 * @param kept folder with what was there before, empty when there was nothing
 * @param staging folder with what was to come
 */
export function mixed(label: string, kept: string, staging: string, stderr: string): BackupError {
	const before = kept === '' ? '' : `what was there before is in its folder ${kept}, `;
	return new BackupError(
		'target_swap_failed',
		`The ${label} could neither be replaced nor put back (${stderr}): ${before}what was to come is in its folder ${staging}, and the rest of either lies beside them.`,
		'Check the disk on the host, then move the entries back by hand.',
	);
}

/** A change whose way back failed on its way. @param kept folder with what was there before, empty when there was nothing */
export function notTakenBack(label: string, kept: string, stderr: string): BackupError {
	const before = kept === '' ? '' : ` What is missing of what was there before is in its folder ${kept}.`;
	return new BackupError(
		'target_swap_failed',
		`The ${label} could not be taken back as a whole (${stderr}).${before}`,
		'Check the disk on the host, then move the entries back by hand.',
	);
}

/** The connection broke while the names were changed: the change goes on without us, to its end or back. */
export function unknownChange(
	label: string,
	wanted: string,
	thrown: unknown,
	where: 'in its folder' | 'the file' = 'in its folder',
): BackupError {
	const before =
		wanted === '' ? '' : ` If it was, what was there before is ${where} ${wanted} (or ${wanted}-2, …).`;
	return new BackupError(
		'target_swap_failed',
		`Whether the ${label} was replaced is unknown, because the engine did not say how it ended: ${errorMessage(thrown)}${before}`,
		'The change goes on without n8n: wait a minute, then look into it before anything else. Where it is as before, run the restore again.',
		{ cause: thrown },
	);
}
