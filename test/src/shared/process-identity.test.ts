import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';

import { isGone, ownIdentity } from '../../../src/shared/process-identity';
import { until } from '../backup/engine-stand';

test('a process that runs is not gone, also when it is not known since when it does', () => {
	const self = ownIdentity();
	expect(Object.values(self)).not.toContain('');
	expect(isGone(self)).toBe(false);
	expect(isGone({ ...self, processStart: '' })).toBe(false);
	expect(isGone({ ...self, processStart: `${self.processStart}0` })).toBe(true);
	expect(isGone({ ...self, pid: 1, processStart: '' })).toBe(false);
});

test('where it is not known which kernel or container this is, nothing proves that a process is gone', () => {
	const self = ownIdentity();
	for (const unknown of [{ bootId: '' }, { pidNamespace: '' }]) {
		const here = { ...self, ...unknown };
		expect(isGone({ ...here, pid: 4_194_304 }, here)).toBe(false);
	}
	expect(isGone({ ...self, pid: 4_194_304 })).toBe(true);
});

test('BK-5: a process that has ended and of which its parent does not want to know is gone', async () => {
	// What the shell becomes does not ask after the children that it had as a shell.
	const parent = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 600'], {
		stdio: ['ignore', 'pipe', 'ignore'],
	});
	try {
		const [said] = (await once(parent.stdout, 'data')) as [Buffer];
		const pid = Number(said.toString());
		const stat = (): string[] => {
			const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
			return text.slice(text.lastIndexOf(')') + 2).split(' ');
		};
		const identity = { ...ownIdentity(), pid, processStart: stat()[19] ?? '' };
		expect(identity.processStart).toMatch(/^\d+$/);
		await until('it has ended', () => stat()[0] === 'Z');
		expect(isGone(identity)).toBe(true);
	} finally {
		parent.kill('SIGKILL');
	}
});
