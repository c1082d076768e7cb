import type { Access, ContainerAction } from './access';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { resolveContainer } from './reference';
import { inspectedContainer, type InspectedContainer } from './summary';

/**
 * The container a reference stands for, once the rights are checked against its present name.
 * @throws DockerError `not_permitted`, `invalid_reference`, `not_found` or `ambiguous`
 */
export async function findContainer(
	engine: Engine,
	access: Access,
	action: ContainerAction,
	reference: string,
	signal?: AbortSignal,
): Promise<InspectedContainer> {
	access.requireAction(action);
	const id = await resolveContainer(engine, reference, signal, access);
	const container = await inspectContainer(engine, id, signal);
	if (container.Id !== id) {
		throw new DockerError(
			'not_an_engine',
			'The engine answered with another container than asked for.',
			'See whether a proxy or cache between n8n and the engine mixes up answers.',
		);
	}
	access.requireContainer(container.Name, reference);
	return container;
}

/** @param id full id */
export async function inspectContainer(
	engine: Engine,
	id: string,
	signal?: AbortSignal,
): Promise<InspectedContainer> {
	return await engine.call({ path: `/containers/${id}/json`, signal }, inspectedContainer);
}
