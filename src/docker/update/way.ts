import { DockerError } from '../errors';
import { nameOf } from '../summary';
import { endpointsOf, hasFixedAddress, withoutNetwork } from './endpoints';
import type { UpdateWay } from './marks';
import type { Replaceable } from './shapes';

/** Why two of a container cannot, or should not, run beside each other. */
export interface StopFirstReason {
	/** A sentence without its point. */
	text: string;
	/** False where a person may know better. */
	binding: boolean;
}

/** What keeps a container from being updated without a gap; nothing when others reach it by network alias alone. */
export function reasonsToStopFirst(container: Replaceable): StopFirstReason[] {
	const { HostConfig: host, Config, Mounts, State } = container;
	const reasons: StopFirstReason[] = [];
	const binding = (text: string): unknown => reasons.push({ text, binding: true });
	const ports = Object.values(host.PortBindings ?? {}).some((bindings) => (bindings ?? []).length > 0);
	if (State.Status !== 'running') binding(`it is ${State.Status}`);
	if (ports || host.PublishAllPorts === true) binding('it publishes ports of the host');
	if (withoutNetwork.test(host.NetworkMode))
		binding(`its network is "${host.NetworkMode.split(':')[0] ?? ''}"`);
	else if (endpointsOf(container).every(({ name }) => name === 'bridge'))
		binding("nobody reaches it by an alias: the engine's own bridge knows none");
	if (endpointsOf(container).some(({ endpoint }) => hasFixedAddress(endpoint)) || Config.MacAddress !== '')
		binding('it has an address of its own');
	if (host.Links.length > 0) binding('it is linked to others in the old way');
	if ((Mounts ?? []).some(({ Type, RW }) => RW && Type !== 'tmpfs'))
		reasons.push({
			text: 'it writes to volumes or folders, and two at once may spoil them',
			binding: false,
		});
	return reasons;
}

/**
 * @param asked by a person; undefined leaves the choice to the container
 * @throws DockerError `invalid_input` when start first is asked for where it cannot be
 */
export function chooseWay(
	container: Replaceable,
	asked: UpdateWay | undefined,
): { way: UpdateWay; reasons: string[] } {
	const reasons = reasonsToStopFirst(container);
	const texts = reasons.map(({ text }) => text);
	if (asked === 'startFirst') {
		const against = reasons.filter((reason) => reason.binding).map(({ text }) => text);
		if (against.length === 0) return { way: 'startFirst', reasons: [] };
		throw new DockerError(
			'invalid_input',
			`The container "${nameOf(container.Name)}" cannot be updated by "Start First": ${against.join(', and ')}.`,
			'Choose "Automatic" or "Stop First".',
		);
	}
	return asked === 'stopFirst' || texts.length > 0
		? { way: 'stopFirst', reasons: texts }
		: { way: 'startFirst', reasons: [] };
}
