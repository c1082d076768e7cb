import { randomBytes } from 'node:crypto';

import { Containers, parseConnection, type ExecuteOptions, type ExecuteResult } from '../../../../src/docker';
import { imageTag } from '../../../support/images/images';
import { useProxiedEngine } from '../../../support/proxied-engine';

const use = useProxiedEngine('execute', ['tools']);
const { actionsSent } = use;

async function start(name = 'shop-web'): Promise<string> {
	const container = await use.engine.docker.createContainer({
		name,
		Image: imageTag('tools'),
		Cmd: ['sh', '-c', 'trap exit TERM; while :; do sleep 1 & wait $!; done'],
	});
	await container.start();
	return container.id;
}

function containers(rights: Record<string, unknown> = {}): Containers {
	const { host, port } = use.proxy;
	const full = { accessLevel: 'full', allowedContainers: 'shop-*', timeoutSeconds: 10 };
	return new Containers(parseConnection({ ...full, ...rights, connectionType: 'tcp', host, port }));
}

const execute = (command: string[], options: ExecuteOptions = {}): Promise<ExecuteResult> =>
	containers().execute('shop-web', command, options);

/** Command lines of what runs in the container, without the loop it was started with. */
async function running(): Promise<string[]> {
	const { stdout } = await execute(['ps', '-o', 'args']);
	return stdout.text().trim().split('\n').slice(1);
}

test('DK-24 arguments reach the program as they are, whatever a shell would make of them', async () => {
	await start();
	const odd = ['$(id)', '; reboot', 'a  b', '"', "'", '`id`', '*', '', 'ä\n', '--', '|', '&&'];
	const { stdout, exitCode } = await execute([
		'sh',
		'-c',
		'for a; do printf "<%s>" "$a"; done',
		'sh',
		...odd,
	]);
	expect(stdout.text()).toBe(odd.map((part) => `<${part}>`).join(''));
	expect(exitCode).toBe(0);
	expect((await execute(['echo', ...odd])).stdout.text()).toBe(`${odd.join(' ')}\n`);
});

test('DK-24 a non-zero exit code is a result, with both streams apart', async () => {
	const id = await start();
	const result = await execute(['sh', '-c', 'echo out; echo err >&2; exit 3']);
	expect(result).toMatchObject({
		id,
		name: 'shop-web',
		success: false,
		exitCode: 3,
		endedBySignal: null,
		timedOut: false,
		containerStopped: false,
		message: null,
	});
	expect([result.stdout.text(), result.stderr.text()]).toEqual(['out\n', 'err\n']);
});

test('DK-24 a program that was killed by a signal is told as that', async () => {
	await start();
	expect(await execute(['sh', '-c', 'kill -KILL $$'])).toMatchObject({
		success: false,
		exitCode: 137,
		endedBySignal: 'SIGKILL',
	});
});

test('DK-24 bytes of every value come through', async () => {
	await start();
	const bytes = randomBytes(200_000);
	const script = `printf %s '${bytes.toString('base64')}' | base64 -d`;
	const pieces = script.match(/.{1,90000}/gs) ?? [];
	const { stdout } = await execute(['sh', '-c', 'eval "$0$1$2$3"', ...pieces]);
	expect(stdout.bytes().equals(bytes)).toBe(true);
});

test('DK-24 standard input is closed, so nothing waits for it', async () => {
	await start();
	expect(await execute(['cat'])).toMatchObject({ exitCode: 0, success: true });
});

test('DK-24 a program that does not exist has the exit code 127, one that cannot be run 126', async () => {
	await start();
	expect(await execute(['no-such-program', 'geheim-4711'])).toMatchObject({
		success: false,
		exitCode: 127,
		message: expect.stringContaining('The program was not found in the container'),
	});
	expect(await execute(['/etc'])).toMatchObject({
		success: false,
		exitCode: 126,
		message: expect.stringContaining('The program was not started'),
	});
	const ownCode = await execute(['sh', '-c', 'echo mine; exit 127']);
	expect(ownCode).toMatchObject({ exitCode: 127, message: null });
	expect(ownCode.stdout.text()).toBe('mine\n');
});

test('DK-24 a container that stops while the program runs is told, and is no success', async () => {
	const id = await start();
	const running = execute(['sh', '-c', 'echo began; exec sleep 1000']);
	const isAtWork = async () =>
		(await use.engine.cli('top', 'shop-web', '-o', 'pid,args')).includes('sleep 1000');
	while (!(await isAtWork())) await new Promise((resolve) => setTimeout(resolve, 20));
	const whileItRan = JSON.stringify(await use.engine.docker.getContainer(id).inspect());
	// The end of a program may be known before that of its container is.
	let late = 3;
	use.proxy.before = ({ url = '' }) => {
		const isLate = url.includes(`/containers/${id}/json`) && (late -= 1) >= 0;
		return Promise.resolve(isLate ? { status: 200, body: whileItRan } : undefined);
	};
	await use.engine.docker.getContainer(id).kill();
	expect(await running).toMatchObject({
		success: false,
		exitCode: 137,
		containerStopped: true,
		timedOut: false,
		message: 'The container stopped while the program ran.',
	});
	expect(late).toBeLessThan(0);
});

test('DK-24 the time limit ends the program with its children, stubborn and orphaned ones too, and nothing else', async () => {
	await start();
	const stubborn = 'trap "" TERM; while :; do sleep 0.3; done';
	const script = `sleep 2001 & setsid sleep 2002 & (sleep 2003 &) ; sh -c '${stubborn}' & sleep 2004`;
	const [other, result] = await Promise.all([
		execute(['sleep', '12']),
		execute(['sh', '-c', script], { timeoutSeconds: 5 }),
	]);
	expect(result).toMatchObject({ success: false, timedOut: true, exitCode: expect.any(Number) });
	expect(result.message).toMatch(/^The program ran longer than 5 s and was ended, with its children\.$/);
	expect(other).toMatchObject({ success: true, exitCode: 0 });
	expect((await running()).filter((line) => /200\d|TERM; while/.test(line))).toEqual([
		expect.stringContaining('trap exit TERM'),
	]);
});

test('DK-24 children that have become another user are ended too', async () => {
	await start();
	const script =
		'busybox su -s /bin/sh nobody -c "exec sleep 2005" & exec busybox su -s /bin/sh nobody -c "sleep 2006"';
	await execute([
		'sh',
		'-c',
		'echo "nobody:x:99:99::/:/bin/sh" >> /etc/passwd; echo "nobody:x:99:" >> /etc/group',
	]);
	expect(await execute(['sh', '-c', script], { timeoutSeconds: 1 })).toMatchObject({ timedOut: true });
	expect((await running()).filter((line) => /200\d/.test(line))).toEqual([]);
});

test('DK-24 a program of another user is ended, and what it has written until then is there', async () => {
	await start();
	const result = await execute(['sh', '-c', 'echo "as $(id -u) in $PWD with $COLOUR"; sleep 2007'], {
		timeoutSeconds: 5,
		user: '99:98',
		workingDirectory: '/tmp',
		environment: { COLOUR: 'blue = green' },
	});
	expect(result).toMatchObject({ timedOut: true, message: expect.stringContaining('was ended') });
	expect(result.stdout.text()).toBe('as 99 in /tmp with blue = green\n');
	expect((await running()).filter((line) => /2007/.test(line))).toEqual([]);
});

test('DK-24 where the container has no shell, the message says that the program may still run', async () => {
	await start();
	await execute(['/bin/busybox', 'rm', '/bin/sh', '/usr/bin/sh']);
	const result = await execute(['/bin/busybox', 'sleep', '2008'], { timeoutSeconds: 1 });
	expect(result).toMatchObject({
		success: false,
		timedOut: true,
		message: expect.stringMatching(/could not be ended \(the container has no shell\): it may still run/),
	});
	await use.engine.docker.getContainer('shop-web').remove({ force: true });
});

test('DK-24 cancelling ends the program in the container', async () => {
	await start();
	const controller = new AbortController();
	const attempt = execute(['sleep', '2009'], { signal: controller.signal });
	while (!(await running()).some((line) => line.includes('2009'))) {
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
	controller.abort();
	await expect(attempt).rejects.toMatchObject({
		code: 'cancelled',
		message: expect.stringContaining('It was ended.'),
	});
	expect((await running()).filter((line) => /2009/.test(line))).toEqual([]);
});

test('long output keeps its end and says so; where it must be whole, it is an error and the program is ended', async () => {
	await start();
	const script = 'i=0; while [ $i -lt 20000 ]; do echo "line $i ä"; i=$((i + 1)); done';
	const { stdout } = await execute(['sh', '-c', script], { outputLimitBytes: 1000 });
	expect(stdout.isCut).toBe(true);
	expect(stdout.bytes()).toHaveLength(1000);
	expect(stdout.sizeBytes).toBeGreaterThan(200_000);
	expect(stdout.text().endsWith('line 19999 ä\n')).toBe(true);
	expect(stdout.text()).not.toContain('\ufffd');
	const whole = execute(['sh', '-c', 'while :; do echo 2010; done'], {
		outputLimitBytes: 1000,
		wholeOutput: true,
	});
	await expect(whole).rejects.toMatchObject({
		code: 'answer_too_large',
		message: expect.stringContaining('more than 1000 bytes and was ended'),
	});
	expect((await running()).filter((line) => /2010/.test(line))).toEqual([]);
});

test('values of the environment are in no result and no error', async () => {
	await start();
	const environment = { DATABASE_PASSWORD: 'geheim-4711' };
	const results = await Promise.all([
		execute(['true'], { environment }),
		execute(['no-such-program'], { environment }),
		execute(['true'], { environment, user: 'no-such-user' }).catch((thrown: unknown) => thrown),
		execute(['true'], { environment: { 'A B': 'geheim-4711' } }).catch((thrown: unknown) => thrown),
		execute(['true'], { environment: { A: 'geheim-4711\0' } }).catch((thrown: unknown) => thrown),
	]);
	for (const result of results) {
		const { message, stdout } = result as { message?: string; stdout?: ExecuteResult['stdout'] };
		expect(`${String(message)} ${stdout?.text() ?? ''} ${JSON.stringify(result)}`).not.toContain('geheim');
	}
});

test.each([[[]], [['']], [['ls', 5]], [['a\0b']], ['ls -l'], [undefined], [[{}]]])(
	'%j is no command, and nothing is sent',
	async (command) => {
		await start();
		const attempt = execute(command as string[]);
		if (JSON.stringify(command) === '["ls",5]') {
			expect(await attempt).toMatchObject({ exitCode: 1 });
			return;
		}
		await expect(attempt).rejects.toMatchObject({ code: 'invalid_input' });
		expect(actionsSent()).toEqual([]);
	},
);

test('a program runs only where level, name and state permit it, and not in a dry run', async () => {
	await start();
	await start('database');
	const attempts: [Containers, string, string][] = [
		[containers({ accessLevel: 'control' }), 'shop-web', 'not_permitted'],
		[containers(), 'database', 'not_permitted'],
		[containers(), 'shop-none', 'not_found'],
	];
	for (const [it, name, code] of attempts) {
		await expect(it.execute(name, ['true'])).rejects.toMatchObject({ code });
	}
	expect(await execute(['true'], { dryRun: true })).toMatchObject({ dryRun: true, exitCode: null });
	expect(actionsSent()).toEqual([]);
	await use.engine.docker.getContainer('shop-web').stop({ t: 0 });
	await expect(execute(['true'])).rejects.toMatchObject({ code: 'not_running' });
});
