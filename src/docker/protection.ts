import type { Access, ContainerAction } from './access';
import type { EngineConnection } from './connection';
import type { Engine } from './engine';
import { DockerError } from './errors';
import { findContainer, inspectContainer } from './find';
import { managedContainer } from './managed';
import { protectedContainers } from './protected';
import { nameOf, type InspectedContainer } from './summary';

export interface ProtectionOverride {
	/** The name of a protected container, typed in full: it is acted on all the same. */
	overrideProtection?: string | undefined;
	/** The caller has asked `protectedContainers` himself. */
	protectionChecked?: boolean | undefined;
	signal?: AbortSignal | undefined;
}

/**
 * Refuses what would interrupt or change a container that n8n, its database or the way to the engine need.
 *
 * @param action for the message, e.g. `stop`
 * @throws DockerError `container_protected` unless the override is the present name of this very container
 */
export async function refuseProtected(
	connection: EngineConnection,
	container: InspectedContainer,
	action: string,
	{ overrideProtection, protectionChecked, signal }: ProtectionOverride,
): Promise<void> {
	if (protectionChecked) return;
	const name = nameOf(container.Name);
	if (overrideProtection === name) return;
	const reasons = await protectedContainers([managedContainer(container)], connection, { signal });
	const reason = reasons.get(container.Id);
	if (reason === undefined) return;
	throw new DockerError(
		'container_protected',
		`The container "${name}" is protected: ${reason}. The ${action} was not carried out.`,
		overrideProtection
			? `"Override Protection" is "${overrideProtection}"; it must be exactly the name of the container, "${name}".`
			: `If it must be done all the same, type the name of the container in full into the option "Override Protection".`,
	);
}

/**
 * The container a reference stands for, refused when it is protected. It is looked at once more after that, because to
 * find out what is protected takes requests of its own.
 *
 * @throws DockerError `not_permitted`, `not_found`, `ambiguous`, `container_protected` …
 */
export async function findUnprotected(
	engine: Engine,
	access: Access,
	action: ContainerAction,
	reference: string,
	options: ProtectionOverride,
): Promise<InspectedContainer> {
	const { signal } = options;
	const found = await findContainer(engine, access, action, reference, signal);
	if (options.protectionChecked) return found;
	await refuseProtected(engine.connection, found, action, options);
	const container = await inspectContainer(engine, found.Id, signal);
	access.requireContainer(container.Name, reference);
	return container;
}
