import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Scope } from './scope';

const folder = join(__dirname, 'own-network');

/**
 * A process with a network of its own, cut off from that of the machine: with addresses that are public elsewhere, with
 * nets without an answer or without a route, and with a hosts file and name servers of its own. All of it goes with the
 * process, which answers each message with one.
 */
export class OwnNetwork {
	private constructor(private readonly child: ChildProcess) {}

	/**
	 * @param program TypeScript file that serves there; it says "ready" once it does
	 * @param hosts lines of its hosts file
	 * @param resolver lines of its resolv.conf
	 */
	static async start(
		scope: Scope,
		program: string,
		{ hosts, resolver, env = {} }: { hosts: string[]; resolver: string[]; env?: Record<string, string> },
	): Promise<OwnNetwork> {
		const etc = scope.emptyFolder();
		writeFileSync(join(etc, 'hosts'), `${hosts.join('\n')}\n`);
		writeFileSync(join(etc, 'resolv.conf'), `${resolver.join('\n')}\n`);
		const translator = join(__dirname, 'typescript.cjs');
		const script = [join(folder, 'set-up.sh'), etc, process.execPath, '--require', translator, program];
		const child = spawn('unshare', ['--net', '--mount', 'sh', ...script], {
			env: { PATH: process.env.PATH ?? '', ...env },
			stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
		});
		const network = new OwnNetwork(child);
		await network.answer();
		return network;
	}

	/** @throws when the process has ended instead of an answer */
	async ask(question: object): Promise<unknown> {
		this.child.send(question);
		return await this.answer();
	}

	async end(): Promise<void> {
		if (this.child.exitCode !== null) return;
		const ended = once(this.child, 'exit');
		this.child.kill('SIGKILL');
		await ended;
	}

	private async answer(): Promise<unknown> {
		const abort = new AbortController();
		const options = { signal: abort.signal };
		try {
			const ended = once(this.child, 'exit', options).then(([code]) => {
				throw new Error(`The process in a network of its own ended with ${code}; run the tests as root.`);
			});
			const [message] = await Promise.race([once(this.child, 'message', options), ended]);
			return message;
		} finally {
			abort.abort();
		}
	}
}
