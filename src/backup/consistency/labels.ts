import { commandOf } from '../../shared';
import { BackupError } from '../errors';

/** What the labels of a container ask for. */
export interface LabelWishes {
	/** Undefined when they say nothing, so that the site decides. */
	action?: 'stop' | 'pause' | 'none';
	before?: string[];
	after?: string[];
}

const prefix = 'opsdesk.backup.';

/** @throws BackupError `label_invalid` naming container and label, so that a mistyped wish is never ignored */
export function wishesOf(container: string, labels: Readonly<Record<string, string>>): LabelWishes {
	const stop = flag(container, labels, 'stop');
	const pause = flag(container, labels, 'pause');
	const action = stop ? 'stop' : pause ? 'pause' : stop === false || pause === false ? 'none' : undefined;
	const before = command(container, labels, 'exec-pre');
	const after = command(container, labels, 'exec-post');
	return { ...(action && { action }), ...(before && { before }), ...(after && { after }) };
}

function flag(
	container: string,
	labels: Readonly<Record<string, string>>,
	name: string,
): boolean | undefined {
	const value = labels[`${prefix}${name}`];
	if (value === undefined) return undefined;
	if (value === 'true') return true;
	if (value === 'false') return false;
	throw invalid(container, name, 'is neither true nor false');
}

function command(
	container: string,
	labels: Readonly<Record<string, string>>,
	name: string,
): string[] | undefined {
	const value = labels[`${prefix}${name}`];
	if (value === undefined) return undefined;
	const found = commandOf(value);
	if (found) return found;
	throw invalid(container, name, 'names no program, or holds a quote that does not end');
}

function invalid(container: string, name: string, what: string): BackupError {
	return new BackupError(
		'label_invalid',
		`The label ${prefix}${name} of the container "${container}" ${what}.`,
		'Correct the label where the container is made. Nothing was done.',
	);
}
