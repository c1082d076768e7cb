import type Docker from 'dockerode';

export interface ImageVersion {
	/** Image it is made from. */
	from: string;
	/** `shop/web:2` */
	tag: string;
	/** Run in it before it becomes an image. */
	command?: string;
	/** As in a Dockerfile, e.g. `ENV COLOUR=blue`. */
	changes: string[];
}

/** Makes another version of an image and returns its id; a tag that exists moves to it. */
export async function makeVersion(
	docker: Docker,
	{ from, tag, command = 'true', changes }: ImageVersion,
): Promise<string> {
	const container = await docker.createContainer({ Image: from, Entrypoint: [], Cmd: ['sh', '-c', command] });
	try {
		await container.start();
		await container.wait();
		const separator = tag.lastIndexOf(':');
		const [repo, name] = [tag.slice(0, separator), tag.slice(separator + 1)];
		// The changes go on from the container's own settings, which are those of the command.
		const { Config } = await docker.getImage(from).inspect();
		const kept = [
			`ENTRYPOINT ${JSON.stringify(Config.Entrypoint ?? [])}`,
			`CMD ${JSON.stringify(Config.Cmd ?? [])}`,
		];
		await container.commit({ repo, tag: name, changes: [...kept, ...changes].join('\n') });
		return (await docker.getImage(tag).inspect()).Id;
	} finally {
		await container.remove({ force: true, v: true });
	}
}
