import type { BackupContext } from '../../../src/backup';
import type { Site } from '../../../src/shared';
import { until, type BackupStand } from './engine-stand';
import { compiledBackup } from './stand';

/** Kills the process as soon as the request of a number that changes something is on its way to the engine. */
const deadly = (at: number): string => `
	const http = require('node:http');
	const { request } = http;
	let calls = 0;
	http.request = (options, ...more) => {
		const outgoing = request(options, ...more);
		const changes = options.method === 'DELETE' || /\\/exec\\/\\w+\\/start|\\/archive\\?/.test(options.path);
		if (options.method !== 'GET' && changes && ++calls === ${at}) {
			outgoing.on('finish', () => setImmediate(() => process.kill(process.pid, 'SIGKILL')));
		}
		return outgoing;
	};`;

/** The requests before only look at the target. */
const firstChange = 4;

/**
 * Runs the same restore again and again in processes of their own, each killed one request later than the one before,
 * until one comes to its end.
 *
 * @param check is called when nothing of a killed one is at work any more
 * @returns how many were killed
 */
export async function killAtEachRequest(
	stand: BackupStand,
	site: Site,
	wanted: object,
	check: () => Promise<void>,
	more: Partial<BackupContext> = {},
): Promise<number> {
	const context = JSON.stringify(stand.context(more));
	for (let at = firstChange; ; at += 1) {
		const script = `${deadly(at)}
			require(${JSON.stringify(compiledBackup)})
				.restoreSite(${JSON.stringify(site)}, ${context}, ${JSON.stringify({ restorePoint: 'latest', overwrite: true, ...wanted })})
				.then(() => console.log('done'), (error) => console.log(error));`;
		const child = stand.scope.start(`killed-${at}-${Date.now()}`, process.execPath, { args: ['-e', script] });
		await until('the process is gone', () => !child.running());
		// One that was made and not started stays for an hour.
		const running = () => stand.engine.docker.listContainers({ filters: { label: ['opsdesk.helper'] } });
		await until('no helper is at work', async () => (await running()).length === 0);
		if (child.tail() === 'done\n') return at - firstChange;
		expect(child.tail()).toBe('');
		await check();
	}
}
