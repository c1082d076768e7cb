import type Docker from 'dockerode';

import { parseConnection, type EngineConnection } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { makeVersion } from '../../../support/images/versions';
import { useProxiedEngine, type ProxiedEngine } from '../../../support/proxied-engine';

/** 1 and 2 serve, `broken` ends at once, `sick` never becomes healthy, `plain` checks nothing. */
export type ShopVersion = '1' | '2' | 'broken' | 'sick' | 'plain';

export interface Shop extends ProxiedEngine {
	/** Ids. */
	readonly images: Record<ShopVersion, string>;
	connection(rights?: Record<string, unknown>): EngineConnection;
	/** Lets `shop/web:1` stand for another version from now on. */
	release(version: ShopVersion): Promise<void>;
	create(name: string, options?: Docker.ContainerCreateOptions): Promise<Docker.Container>;
	run(name: string, options?: Docker.ContainerCreateOptions): Promise<Docker.Container>;
	/** What everything is called, with state and image. */
	containers(): Promise<Record<string, string>>;
	/** What a container of the network gets from an address. */
	ask(network: string, url: string): Promise<string>;
}

export const shopImage = 'shop/web:1';
export const shopNetwork = 'shop_default';

/** Makes a web server in several versions from the image `web`, and the network it is in. @returns ids of the images */
export async function makeShop(docker: Docker): Promise<Record<ShopVersion, string>> {
	const from = imageTag('web');
	const images = {} as Record<ShopVersion, string>;
	const version = async (name: ShopVersion, changes: string[], command?: string) => {
		images[name] = await makeVersion(docker, {
			from,
			tag: `shop/all:${name}`,
			changes,
			...(command && { command }),
		});
	};
	await version('1', ['ENV VERSION=1 SAME=yes', 'LABEL version=1'], 'echo one > /www/index.html');
	await version('2', ['ENV VERSION=2 SAME=yes', 'LABEL version=2'], 'echo two > /www/index.html');
	await version('broken', ['CMD ["sh","-c","echo no such table >&2; exit 3"]']);
	await version('sick', ['HEALTHCHECK --interval=1s --retries=1 CMD ["sh","-c","echo no heart; exit 1"]']);
	await version('plain', ['HEALTHCHECK NONE'], 'echo plain > /www/index.html');
	await docker.createNetwork({ Name: shopNetwork });
	return images;
}

/** Lets `shop/web:1` stand for an image from now on. */
export async function release(docker: Docker, id: string): Promise<void> {
	const [repo = '', tag = ''] = shopImage.split(':');
	await docker.getImage(id).tag({ repo, tag });
}

/** An engine with a web server in several versions; `shop/web:1` is what containers are made from. */
export function useShop(label: string): Shop {
	const use = useProxiedEngine(label, ['web', 'tools']);
	const images = {} as Shop['images'];

	beforeAll(async () => {
		Object.assign(images, await makeShop(use.engine.docker));
	});

	beforeEach(() => shop.release('1'));

	const shop: Shop = Object.defineProperties(
		{
			images,
			connection: (rights = {}) =>
				parseConnection({
					accessLevel: 'full',
					allowedContainers: '*',
					timeoutSeconds: 30,
					connectionType: 'tcp',
					host: use.proxy.host,
					port: use.proxy.port,
					...rights,
				}),
			release: (version: ShopVersion) => release(use.engine.docker, images[version]),
			create: (name: string, options: Docker.ContainerCreateOptions = {}) =>
				use.engine.docker.createContainer({
					name,
					Image: shopImage,
					StopTimeout: 1,
					...options,
					HostConfig: { NetworkMode: shopNetwork, ...options.HostConfig },
				}),
			run: async (name: string, options: Docker.ContainerCreateOptions = {}) => {
				const container = await shop.create(name, options);
				await container.start();
				return container;
			},
			containers: async () => {
				const all = await use.engine.docker.listContainers({ all: true });
				const version = (id: string) => Object.entries(images).find(([, image]) => image === id)?.[0] ?? id;
				return Object.fromEntries(
					all.map(({ Names, State, ImageID }) => [Names[0]?.slice(1) ?? '', `${State}, ${version(ImageID)}`]),
				);
			},
			ask: (network: string, url: string) =>
				use.engine.cli('run', '--rm', '--network', network, imageTag('tools'), 'wget', '-q', '-O', '-', url),
		} as unknown as Shop,
		Object.getOwnPropertyDescriptors(use),
	);
	return shop;
}

/** In a network with the aliases of a service of a Compose project. */
export function inShop(service: string, name: string): Docker.ContainerCreateOptions {
	return { NetworkingConfig: { EndpointsConfig: { [shopNetwork]: { Aliases: [service, name] } } } };
}
