import { isDeepStrictEqual } from 'node:util';

import { nameOf } from '../summary';
import { labelsOf, withoutMarks, type UpdatePlan } from './marks';
import { endpointSettings, primaryNetwork } from './endpoints';
import type { ImageDetails, Replaceable } from './shapes';

type Values = Record<string, unknown>;

/** Docker Compose writes the image a container was made from here, and makes it anew when that has changed. */
const composeImageLabel = 'com.docker.compose.image';
const shortIdLength = 12;
/** Fields that a container has either from its image or, as a whole, of its own. */
const fromImage = ['User', 'WorkingDir', 'StopSignal', 'Shell', 'ArgsEscaped'];

export interface Replacement {
	old: Replaceable;
	/** Undefined where the engine has lost it: then nothing can be told apart, and everything of the container is kept. */
	oldImage: ImageDetails | undefined;
	newImage: ImageDetails;
	/** The reference of the new image, as a person wrote it. */
	image: string;
	plan: UpdatePlan;
}

/** The body of `POST /containers/create` for the container that takes the place of the old one. */
export function definitionOfNew(replacement: Replacement): Values {
	const { old, plan } = replacement;
	const primary = primaryNetwork(old);
	return {
		...configOfNew(replacement),
		HostConfig: hostConfigOfNew(old),
		...(primary !== undefined && {
			NetworkingConfig: {
				EndpointsConfig: {
					[primary.name]: endpointSettings(primary.endpoint, old, {
						aliases: plan.way === 'stopFirst',
					}),
				},
			},
		}),
	};
}

/**
 * What the container itself has set. The rest came from its image, which the engine has merged into it, and comes from the
 * new image now.
 */
export function configOfNew({ old, oldImage, newImage, image, plan }: Replacement): Values {
	const given: Values = oldImage?.Config ?? {};
	const config: Values = Object.fromEntries(
		Object.entries(old.Config).filter(
			([field, value]) => !(fromImage.includes(field) && isDeepStrictEqual(value, given[field])),
		),
	);
	delete config['OnBuild'];
	keepOwnCommand(config, given);
	config['Env'] = listOf(config['Env']).filter((entry) => !listOf(given['Env']).includes(entry));
	for (const field of ['ExposedPorts', 'Volumes'])
		config[field] = withoutSame(valuesOf(config[field]), valuesOf(given[field]));
	config['Healthcheck'] = ownHealthcheck(config['Healthcheck'], given['Healthcheck']);
	if (config['Healthcheck'] === undefined) delete config['Healthcheck'];
	const labels = withoutMarks(
		withoutSame(old.Config.Labels, valuesOf(given['Labels'])) as Record<string, string>,
	);
	if (labels[composeImageLabel] === oldImage?.Id && oldImage) labels[composeImageLabel] = newImage.Id;
	config['Labels'] = { ...labels, ...labelsOf(old.Id, plan) };
	config['Image'] = image;
	dropForeignNames(config, old);
	return config;
}

/** A command is merged as a whole: arguments alone stay meaningful only with the entrypoint they were given to. */
function keepOwnCommand(config: Values, given: Values): void {
	if (!isDeepStrictEqual(config['Entrypoint'] ?? null, given['Entrypoint'] ?? null)) return;
	delete config['Entrypoint'];
	if (isDeepStrictEqual(config['Cmd'] ?? null, given['Cmd'] ?? null)) delete config['Cmd'];
}

/** The engine merges each field of a health check for itself; an empty field means "as the image says". */
function ownHealthcheck(own: unknown, given: unknown): Values | undefined {
	if (own === null || own === undefined || isDeepStrictEqual(own, given)) return undefined;
	return withoutSame(valuesOf(own), valuesOf(given));
}

/** A host name the engine made from the old id, or that belongs to another container or the host. */
function dropForeignNames(config: Values, { Id, HostConfig }: Replaceable): void {
	const borrowed = /^(container:|host$)/.test(HostConfig.NetworkMode) || HostConfig.UTSMode === 'host';
	if (borrowed || config['Hostname'] === Id.slice(0, shortIdLength)) {
		delete config['Hostname'];
		if (borrowed) delete config['Domainname'];
	}
	if (HostConfig.NetworkMode.startsWith('container:')) delete config['ExposedPorts'];
	if (config['MacAddress'] === '') delete config['MacAddress'];
}

/** The same limits, mounts and ports; volumes without a name of their own go over by the name the engine gave them. */
function hostConfigOfNew(old: Replaceable): Values {
	const { HostConfig: host, Mounts } = old;
	const targets = new Set(host.Binds.map((bind) => bind.split(':')[1]));
	const mounts = (host.Mounts ?? []).map((mount) => {
		targets.add(mount.Target);
		const volume = Mounts?.find(({ Destination }) => Destination === mount.Target)?.Name;
		return mount.Type === 'volume' && mount.Source === '' && volume ? { ...mount, Source: volume } : mount;
	});
	const anonymous = (Mounts ?? []).filter(
		({ Type, Name, Destination }) => Type === 'volume' && Name && !targets.has(Destination),
	);
	return {
		...host,
		ContainerIDFile: '',
		// `/shop-db:/shop-web/db` as the engine tells it, `shop-db:db` as it wants it.
		Links: host.Links.map((link) => {
			const [target = '', alias = ''] = link.split(':');
			return `${nameOf(target)}:${alias.split('/').at(-1) ?? ''}`;
		}),
		Mounts: [
			...mounts,
			...anonymous.map(({ Name, Destination, RW }) => ({
				Type: 'volume',
				Source: Name,
				Target: Destination,
				ReadOnly: !RW,
			})),
		],
	};
}

function withoutSame(own: Values, given: Values): Values {
	return Object.fromEntries(
		Object.entries(own).filter(([key, value]) => !isDeepStrictEqual(value, given[key])),
	);
}

const listOf = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : []);
const valuesOf = (value: unknown): Values =>
	typeof value === 'object' && value !== null ? { ...value } : {};
