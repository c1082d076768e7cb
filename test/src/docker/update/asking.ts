import { dirname, join } from 'node:path';
import { z } from 'zod';

import type { TestEngine } from '../../../support/engine';
import { imageTag } from '../../../support/images/images';
import { shopNetwork } from './shop';

const resultSchema = z.object({
	asked: z.number(),
	failed: z.number(),
	/** The first of them. */
	failures: z.array(z.string()),
	/** How often each was given. */
	answers: z.record(z.string(), z.number()),
	slowestMs: z.number(),
});

/** Somebody in the network of the shop who asks `web` a hundred times a second. */
export interface Asking {
	goesOn(): Promise<boolean>;
	/** Once everything has been asked. */
	result(): Promise<z.infer<typeof resultSchema>>;
}

/**
 * Begins to ask; needs the image `n8n`.
 * @param requests how many there are to be
 */
export async function startAsking({ docker, cli }: TestEngine, requests: number): Promise<Asking> {
	const container = await docker.createContainer({
		name: 'client',
		Image: imageTag('n8n'),
		Cmd: ['node', '/client.cjs', 'web', String(requests)],
		HostConfig: {
			NetworkMode: shopNetwork,
			Binds: [
				`${dirname(dirname(process.execPath))}:/opt/node:ro`,
				`${join(__dirname, 'client.cjs')}:/client.cjs:ro`,
			],
		},
	});
	await container.start();
	return {
		goesOn: async () => (await container.inspect()).State.Running,
		result: async () => {
			await container.wait();
			return resultSchema.parse(JSON.parse(await cli('logs', container.id)));
		},
	};
}
