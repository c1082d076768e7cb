import { writeFile } from 'node:fs/promises';
import { z } from 'zod';
import { freePort } from '../free-port';
import type { Scope } from '../scope';
import { programPath } from '../system-packages.cjs';

const alertSchema = z.object({
	labels: z.record(z.string(), z.string()),
	annotations: z.record(z.string(), z.string()),
	startsAt: z.string(),
	endsAt: z.string(),
	generatorURL: z.string().optional(),
});

export interface Alertmanager {
	url: string;
	/** The alerts that are active now. */
	active(): Promise<z.infer<typeof alertSchema>[]>;
}

/** A real Alertmanager without receivers outside; it ends with the scope. */
export async function startAlertmanager(scope: Scope): Promise<Alertmanager> {
	const config = scope.path('alertmanager.yml');
	await writeFile(config, 'route: { receiver: nobody }\nreceivers: [{ name: nobody }]\n');
	const url = `http://127.0.0.1:${await freePort()}`;
	const args = [
		`--config.file=${config}`,
		`--storage.path=${scope.path('alertmanager')}`,
		`--web.listen-address=${url.replace('http://', '')}`,
		'--cluster.listen-address=',
	];
	const process = scope.start('alertmanager', programPath('alertmanager'), { args });
	await process.ready(async () => (await fetch(`${url}/-/ready`)).ok, 20_000);
	return {
		url,
		active: async () =>
			z.array(alertSchema).parse(await (await fetch(`${url}/api/v2/alerts?active=true`)).json()),
	};
}
