import { shorten } from '../../shared';
import type { Access } from '../access';
import { outcome, stateAfter, type ActionOptions, type ActionResult } from '../control';
import type { Engine } from '../engine';
import { DockerError } from '../errors';
import { findUnprotected } from '../protection';
import { nameOf } from '../summary';

export interface RenameResult extends ActionResult {
	previousName: string;
}

/**
 * Gives a container another name; both names must be covered by the credential.
 * @throws DockerError `not_permitted`, `container_protected`, `conflict` when another container has the name
 */
export async function renameContainer(
	engine: Engine,
	access: Access,
	reference: string,
	newName: string,
	options: Omit<ActionOptions, 'graceSeconds'> = {},
): Promise<RenameResult> {
	const name = containerName(newName);
	access.requireAction('rename');
	access.requireContainer(name);
	const before = await findUnprotected(engine, access, 'rename', reference, options);
	const previousName = nameOf(before.Name);
	const changed = previousName !== name;
	if (options.dryRun) return { ...outcome(before, changed, 0), previousName, dryRun: true };
	if (!changed) return { ...outcome(before, false, 0), previousName };
	const startedAt = Date.now();
	await engine.send({
		method: 'POST',
		path: `/containers/${before.Id}/rename`,
		query: { name },
		signal: options.signal,
	});
	const durationMs = Date.now() - startedAt;
	return { ...(await stateAfter(engine, 'rename', before, true, durationMs, options.signal)), previousName };
}

/** @returns the name without leading slash @throws DockerError `invalid_reference` for what the engine would refuse */
export function containerName(text: string): string {
	const name = text.trim().replace(/^\//, '');
	// The engine's own rule (moby, daemon/names).
	if (/^[a-zA-Z0-9][a-zA-Z0-9_.-]{1,250}$/.test(name)) return name;
	throw new DockerError(
		'invalid_reference',
		`"${shorten(text, 80)}" cannot be the name of a container.`,
		'Names have at least two characters: letters, digits, "_", "." and "-", beginning with a letter or digit.',
	);
}
