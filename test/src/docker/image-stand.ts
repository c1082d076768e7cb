import { Images, parseConnection } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine, type ProxiedEngine } from '../../support/proxied-engine';

/** An engine for tests of images: after each, all but the two of the stand are removed. */
export interface ImageStand {
	readonly use: ProxiedEngine;
	images(rights?: object): Images;
	/** Makes a new image, of which nothing but a file differs, and gives it a name. */
	build(name: string, text: string): Promise<string>;
	idOf(name: string): Promise<string>;
	tag(from: string, repo: string, as: string): Promise<void>;
}

export function useImageStand(label: string): ImageStand {
	const use = useProxiedEngine(label, ['tools', 'web']);

	afterEach(async () => {
		const { docker } = use.engine;
		for (const { RepoTags, Id } of await docker.listImages()) {
			const foreign = (RepoTags ?? []).filter((name) => !name.startsWith('opsdesk-test/'));
			for (const name of foreign) if (!name.includes('<none>')) await docker.getImage(name).remove();
			if (foreign.some((name) => name.includes('<none>'))) await docker.getImage(Id).remove();
		}
	});

	return {
		use,
		images: (rights = {}) => {
			const { host, port } = use.proxy;
			const usual = { accessLevel: 'full', allowedContainers: '*', timeoutSeconds: 10 };
			return new Images(parseConnection({ ...usual, ...rights, connectionType: 'tcp', host, port }));
		},
		build: async (name, text) => {
			const { docker, cli } = use.engine;
			const Cmd = ['sh', '-c', `echo ${text} > /made`];
			const container = await docker.createContainer({ Image: imageTag('tools'), Cmd });
			await container.start();
			await container.wait();
			await cli('commit', container.id, name);
			await container.remove();
			return (await docker.getImage(name).inspect()).Id;
		},
		idOf: async (name) => (await use.engine.docker.getImage(name).inspect()).Id,
		tag: async (from, repo, as) => void (await use.engine.docker.getImage(from).tag({ repo, tag: as })),
	};
}
