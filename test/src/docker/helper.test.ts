import { execFileSync, spawn } from 'node:child_process';
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	symlinkSync,
	writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import {
	Helper,
	HelperProgram,
	helperLabel,
	parseConnection,
	type DockerError,
	type HelperMount,
} from '../../../src/docker';
import { loadHelperImage } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';
import { Scope } from '../../support/scope';

const stand = useProxiedEngine('helper', ['tools']);
let scope: Scope;
let folder: string;

beforeAll(async () => {
	scope = await Scope.open('helper-files');
	folder = scope.path('data');
	mkdirSync(folder);
	writeFileSync(join(folder, 'hello'), 'hello');
	await loadHelperImage(stand.engine.docker);
});
afterAll(() => scope.close());

const rights = (more: Record<string, unknown> = {}) => ({
	connectionType: 'tcp',
	host: stand.proxy.host,
	port: stand.proxy.port,
	accessLevel: 'full',
	allowedContainers: 'none',
	allowedHostPaths: scope.folder,
	...more,
});
const connection = (more: Record<string, unknown> = {}) => parseConnection(rights(more));
const options = (mount: Partial<HelperMount> = {}) => ({
	purpose: 'test',
	site: 'shop',
	mount: { type: 'hostPath', path: folder, readOnly: false, ...mount } as HelperMount,
});

async function helpersLeft(): Promise<number> {
	for (const until = Date.now() + 120_000; Date.now() < until;) {
		if ((await listHelpers()).length === 0) return 0;
		await sleep(100);
	}
	return (await listHelpers()).length;
}

const listHelpers = () =>
	stand.engine.docker.listContainers({ all: true, filters: { label: [helperLabel] } });

async function failureOf(attempt: Promise<unknown>): Promise<DockerError> {
	return (await attempt.then(
		() => {
			throw new Error('It was accepted.');
		},
		(thrown: unknown) => thrown,
	)) as DockerError;
}

test('a helper sees its mount and nothing else, has no network, and is gone when it is closed', async () => {
	const helper = await Helper.open(connection(), options());
	const [listed] = await listHelpers();
	expect(listed?.Labels).toMatchObject({ [helperLabel]: 'test', 'opsdesk.site': 'shop' });
	const script = 'cat "$1/hello"; echo; ls /sys/class/net; echo new > "$1/new"';
	expect(helper.root).toBe('/opsdesk/data');
	expect((await helper.run(script, [helper.root])).stdout.toString()).toBe('hello\nlo\n');
	expect(readFileSync(join(folder, 'new'), 'utf8')).toBe('new\n');
	await helper.close();
	expect(await helpersLeft()).toBe(0);
});

test('a mount that is read-only is not written to', async () => {
	const helper = await Helper.open(connection(), options({ readOnly: true }));
	try {
		const result = await helper.run('echo new > "$1/other"', [helper.root]);
		expect(result).toMatchObject({ exitCode: 1, stderr: expect.stringMatching(/read-only file system/i) });
	} finally {
		await helper.close();
	}
});

test('arguments are never part of the script, whatever they hold', async () => {
	const helper = await Helper.open(connection(), options());
	const names = ['$(touch /tmp/x)', '`id`', "'; id; '", '--checkpoint-action=exec=id', 'a\nb', '*', ' '];
	try {
		const { stdout } = await helper.run('for a in "$@"; do printf "%s|" "$a"; done; ls /tmp', names);
		expect(stdout.toString()).toBe(`${names.join('|')}|`);
	} finally {
		await helper.close();
	}
});

test('a program of its own reads all it is sent, slower than it is sent, and tells its exit code', async () => {
	const program = await HelperProgram.start(
		connection(),
		'sleep 1; dd of="$1/big" bs=65536 conv=fsync',
		['/opsdesk/data'],
		options(),
	);
	const block = Buffer.alloc(1024 * 1024, 'x');
	for (let count = 0; count < 64; count += 1) await program.write(block);
	expect(await program.end()).toMatchObject({ exitCode: 0 });
	await program.close();
	const hash = (command: string) =>
		execFileSync('sh', ['-c', `${command} | sha256sum`], { encoding: 'utf8' });
	expect(hash(`cat ${folder}/big`)).toBe(hash("head -c 67108864 /dev/zero | tr '\\0' x"));
	expect(await helpersLeft()).toBe(0);
});

test('a program that fails says why, and one that is killed is never taken for successful', async () => {
	const failing = await HelperProgram.start(
		connection(),
		'cat > /dev/null; echo "no space" >&2; exit 4',
		[],
		options(),
	);
	await failing.write(Buffer.from('x'));
	expect(await failing.end()).toEqual({ exitCode: 4, stderr: 'no space' });
	await failing.close();

	const killed = await HelperProgram.start(connection(), 'cat > /dev/null', [], options());
	await killed.write(Buffer.from('x'));
	const [container] = await listHelpers();
	await stand.engine.docker.getContainer(container?.Id ?? '').kill();
	expect(await failureOf(killed.end())).toMatchObject({ code: 'helper_lost' });
	await killed.close();
	expect(await helpersLeft()).toBe(0);
});

test('BK-2: no helper outlives the process that made it, even when that is killed', async () => {
	const script = `
		const { docker } = require(${JSON.stringify(join(__dirname, '../../../index.js'))});
		docker.Helper.open(docker.parseConnection(${JSON.stringify(rights())}), ${JSON.stringify(options())})
			.then(() => console.log('open'));
		setInterval(() => {}, 1000);`;
	const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
	await new Promise((resolve) => child.stdout.once('data', resolve));
	expect((await listHelpers()).length).toBe(1);
	child.kill('SIGKILL');
	expect(await helpersLeft()).toBe(0);
});

test('BK-26: a steady script ends although its helper has been left, and one that would begin after that does not', async () => {
	const helper = await Helper.open(connection(), options());
	const script = 'until [ -e "$1/go-on" ]; do sleep 0.05; done; kill -TERM $$; echo done > "$1/ended"';
	const running = helper.runSteady(script, [helper.root]);
	const { docker } = stand.engine;
	const [found] = await listHelpers();
	if (!found) throw new Error('There is no helper.');
	const container = docker.getContainer(found.Id);
	const inside = async (command: string): Promise<void> => {
		const exec = await container.exec({ Cmd: ['sh', '-c', command] });
		await exec.start({ Detach: true });
	};
	// The marks are what the helper itself makes when its input ends.
	await inside(
		`until [ -e /.opsdesk-busy ]; do sleep 0.05; done; : > /.opsdesk-gone; : > ${helper.root}/told`,
	);
	for (let attempt = 0; attempt < 100 && !existsSync(join(folder, 'told')); attempt += 1) await sleep(50);
	const late = await helper.runSteady('echo late > "$1/late"', [helper.root]);
	expect(late).toMatchObject({ exitCode: 1, stderr: 'nobody waits for it any more' });
	writeFileSync(join(folder, 'go-on'), '');
	expect(await running).toMatchObject({ exitCode: 0 });
	expect(['ended', 'late'].map((name) => existsSync(join(folder, name)))).toEqual([true, false]);
	for (const name of ['ended', 'go-on', 'told']) rmSync(join(folder, name));
	await helper.close();
	expect(await helpersLeft()).toBe(0);
});

test('what the credential does not cover is refused before a container is made', async () => {
	const volume = { type: 'volume', volume: 'blog_media' } as const;
	const refusals: [Record<string, unknown>, Partial<HelperMount>, RegExp][] = [
		[{ accessLevel: 'control' }, {}, /access level is "control"/],
		[{ allowedHostPaths: '' }, {}, /does not cover the host path .*covers: none/],
		[{ allowedHostPaths: `${scope.path('dat')}` }, {}, /does not cover the host path/],
		[{ allowedHostPaths: '/srv/a, /srv/b' }, { path: '/srv/ab' }, /does not cover the host path "\/srv\/ab"/],
		[{}, { path: `${scope.folder}/../etc` }, /does not cover the host path/],
		[{ allowedVolumes: 'shop_*' }, volume, /does not cover the volume "blog_media"/],
		[{ allowedVolumes: '' }, volume, /does not cover the volume/],
	];
	for (const [more, mount, message] of refusals) {
		const failure = await failureOf(Helper.open(connection(more), options(mount)));
		expect(failure.code).toBe('not_permitted');
		expect(`${failure.message} ${failure.remedy}`).toMatch(message);
	}
	expect(stand.actionsSent()).toEqual([]);
});

test('a path that does not exist is not made, and no helper stays behind', async () => {
	const path = scope.path('missing');
	for (const more of [{}, { allowedHostPaths: path }]) {
		const failure = await failureOf(Helper.open(connection(more), options({ path })));
		expect(failure).toMatchObject({ code: 'path_missing', message: expect.stringContaining(path) });
	}
	expect(existsSync(path)).toBe(false);
	expect(await helpersLeft()).toBe(0);
});

test('a symbolic link below an allowed folder leads nowhere, neither as the path nor on the way to it', async () => {
	mkdirSync(scope.path('outside'));
	mkdirSync(join(folder, 'real'), { recursive: true });
	symlinkSync(scope.path('outside'), join(folder, 'out'));
	symlinkSync('real', join(folder, 'inside'));
	const allowed = connection({ allowedHostPaths: folder });
	for (const path of ['out', 'out/deeper', 'inside']) {
		const failure = await failureOf(Helper.open(allowed, options({ path: join(folder, path) })));
		const link = join(folder, path.replace('/deeper', ''));
		expect(failure).toMatchObject({ code: 'path_is_link', message: expect.stringContaining(`${link} on`) });
	}
	// A link that comes to be after the way was gone stays within the container, too.
	const helper = await Helper.open(allowed, options({ path: join(folder, 'real') }));
	try {
		renameSync(join(folder, 'real'), join(folder, 'moved'));
		symlinkSync(scope.path('outside'), join(folder, 'real'));
		await helper.run('echo leaked > "$1/new"', [helper.root]);
		expect(readdirSync(scope.path('outside'))).toEqual([]);
	} finally {
		await helper.close();
	}
	expect(await helpersLeft()).toBe(0);
});

test('a helper outlives the signal it was opened with, so that who was cancelled can clean up', async () => {
	const controller = new AbortController();
	const { signal } = controller;
	const helper = await Helper.open(connection(), { ...options(), signal });
	const reading = helper.output('cat /dev/zero', [], { signal });
	expect((await reading.next()).done).toBe(false);
	const long = helper.run('sleep 60', [], { signal });
	controller.abort();
	expect((await failureOf(long)).code).toBe('cancelled');
	const drained = (async () => {
		for await (const piece of reading) piece.fill(0);
	})();
	expect((await failureOf(drained)).code).toBe('cancelled');
	expect((await helper.run('echo still here', [])).stdout.toString()).toBe('still here\n');
	await helper.close();
	expect((await failureOf(Helper.open(connection(), { ...options(), signal }))).code).toBe('cancelled');
	expect(await helpersLeft()).toBe(0);
});

test('a program that takes nothing any more is given up, by its limit or by the signal', async () => {
	const block = Buffer.alloc(1024 * 1024, 'x');
	const fill = async (program: HelperProgram): Promise<void> => {
		for (let count = 0; count < 1000; count += 1) await program.write(block);
	};
	const limited = await HelperProgram.start(connection(), 'sleep 600', [], { ...options(), stallMs: 1000 });
	expect((await failureOf(fill(limited))).code).toBe('timeout');
	await limited.close();

	const controller = new AbortController();
	const cancelled = await HelperProgram.start(connection(), 'sleep 600', [], {
		...options(),
		signal: controller.signal,
	});
	setTimeout(() => controller.abort(), 500);
	expect((await failureOf(fill(cancelled))).code).toBe('cancelled');
	await cancelled.close();
	expect(await helpersLeft()).toBe(0);
});
