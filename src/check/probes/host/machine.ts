import { readFile, statfs } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';

import { Helper, type EngineConnection } from '../../../docker';
import { systemCode, systemMessage } from '../../../shared';
import { ServiceFault } from '../service/reasons';
import type { FileSystemFigures, KernelFigures } from './figures';

/** A machine that is measured. */
export interface Machine {
	/** In a sentence. */
	name: string;
	/** @param sampleMs between the two looks at the processors */
	kernel(sampleMs: number): Promise<KernelFigures>;
	/** @param path as that machine sees it */
	fileSystem(path: string): Promise<FileSystemFigures>;
}

/** The machine of this very process; in a container the kernel still tells of its host. */
export function ownMachine(signal: AbortSignal): Machine {
	const read = async (path: string): Promise<string> =>
		await readFile(path, 'utf8').catch((thrown: unknown) => {
			throw new ServiceFault(
				'not_measurable',
				`The kernel of this machine does not tell by ${path}: ${systemMessage(thrown)}.`,
				'unknown',
			);
		});
	return {
		name: 'the machine of n8n',
		kernel: async (sampleMs) => {
			const first = await read('/proc/stat');
			await sleep(sampleMs, undefined, { signal });
			return {
				stat: [first, await read('/proc/stat')],
				meminfo: await read('/proc/meminfo'),
				loadavg: await read('/proc/loadavg'),
			};
		},
		fileSystem: async (path) => {
			try {
				const { blocks, bfree, bavail, files, ffree } = await statfs(path);
				return { blocks, free: bfree, available: bavail, inodes: files, freeInodes: ffree };
			} catch (thrown) {
				const where = systemCode(thrown) === 'ENOENT' ? ', as n8n sees it' : '';
				throw new ServiceFault(
					'path_missing',
					`The file system of ${path}${where} cannot be measured: ${systemMessage(thrown)}.`,
					'unknown',
				);
			}
		},
	};
}

/** `$1` the seconds between two looks. Every container sees the figures of its host. */
const kernelScript =
	'cat /proc/stat && echo && sleep "$1" && cat /proc/stat && echo && cat /proc/meminfo && echo && cat /proc/loadavg';
const fileSystemScript = `stat -f -c '%b %f %a %c %d' "$1"`;

/**
 * The machine of the engine, by a helper container that sees nothing of it but, read-only, the path that is measured.
 * @param purpose name of the check
 */
export function engineMachine(connection: EngineConnection, purpose: string, signal: AbortSignal): Machine {
	const run = async (path: string | undefined, script: string, argument?: string): Promise<string> => {
		const helper = await Helper.open(connection, {
			purpose: 'check',
			site: purpose,
			mount: path === undefined ? undefined : { type: 'hostPath', path, readOnly: true },
			signal,
		});
		try {
			const { exitCode, stdout, stderr } = await helper.run(script, [argument ?? helper.root], { signal });
			if (exitCode === 0) return stdout.toString('utf8');
			throw new ServiceFault(
				'not_measurable',
				`The machine of the engine did not tell: ${stderr}`,
				'unknown',
			);
		} finally {
			await helper.close();
		}
	};
	return {
		name: 'the machine of the container engine',
		kernel: async (sampleMs) => {
			const said = await run(undefined, kernelScript, String(sampleMs / 1000));
			const [first = '', second = '', meminfo = '', loadavg = ''] = said.split('\n\n');
			return { stat: [first, second], meminfo, loadavg };
		},
		fileSystem: async (path) => {
			const [blocks = 0, free = 0, available = 0, inodes = 0, freeInodes = 0] = (
				await run(path, fileSystemScript)
			)
				.trim()
				.split(' ')
				.map(Number);
			return { blocks, free, available, inodes, freeInodes };
		},
	};
}
