import { readFileSync } from 'node:fs';
import type Docker from 'dockerode';

import { audit, auditCodes, parseConnection, type AuditOptions } from '../../../src/docker';
import { imageTag } from '../../support/images/images';
import { useProxiedEngine } from '../../support/proxied-engine';

const use = useProxiedEngine('audit', ['tools', 'web']);

async function look(options: AuditOptions = {}, rights: object = {}) {
	const { host, port } = use.proxy;
	const usual = { accessLevel: 'read', allowedContainers: '*', timeoutSeconds: 10 };
	return await audit(parseConnection({ ...usual, ...rights, connectionType: 'tcp', host, port }), options);
}

/** Set up as it should be. */
const good: Docker.ContainerCreateOptions = {
	Image: imageTag('web'),
	User: '1000:1000',
	HostConfig: {
		Memory: 64 * 1024 ** 2,
		RestartPolicy: { Name: 'unless-stopped' },
		LogConfig: { Type: 'json-file', Config: { 'max-size': '10m' } },
	},
};

async function create(
	name: string,
	{ HostConfig, ...rest }: Docker.ContainerCreateOptions = {},
	start = false,
): Promise<void> {
	const options = { ...good, ...rest, name, HostConfig: { ...good.HostConfig, ...HostConfig } };
	const container = await use.engine.docker.createContainer(options);
	if (start) await container.start();
}

test('a container that is set up well has no finding', async () => {
	await create('good', { Env: ['MODE=fast', 'PASSWORD_FILE=/run/secrets/db', 'TOKEN='] }, true);
	expect(await look()).toEqual({ findings: [], containers: ['good'] });
});

const port = (HostIp: string, inner = '8080', HostPort = '8080') => ({
	HostConfig: { PortBindings: { [`${inner}/tcp`]: [{ HostIp, HostPort }] } },
});
const bind = (...Binds: string[]) => ({ HostConfig: { Binds } });

const bad: [code: string, severity: string, options: Docker.ContainerCreateOptions, says?: string][] = [
	['privileged', 'critical', { HostConfig: { Privileged: true } }],
	['docker_socket_mounted', 'critical', bind('/var/run/docker.sock:/var/run/docker.sock:ro')],
	['host_folder_writable', 'critical', bind('/etc:/host/etc'), '/etc'],
	['docker_socket_mounted', 'critical', bind('/run:/host/run:ro')],
	['docker_socket_mounted', 'critical', bind('/var/run:/host/run:ro')],
	['docker_socket_mounted', 'critical', bind('/var:/host/var:ro')],
	['docker_socket_mounted', 'critical', bind('/:/host:ro')],
	['host_folder_writable', 'critical', bind('/var/lib:/host/lib'), 'write to /var/lib'],
	['capability_added', 'warning', { HostConfig: { CapAdd: ['SYS_NICE'] } }, 'SYS_NICE'],
	['capability_added', 'critical', { HostConfig: { CapAdd: ['CAP_SYS_ADMIN'] } }, 'SYS_ADMIN'],
	['host_network', 'warning', { HostConfig: { NetworkMode: 'host' } }],
	['host_pid', 'critical', { HostConfig: { PidMode: 'host' } }],
	['host_ipc', 'warning', { HostConfig: { IpcMode: 'host' } }],
	['host_uts', 'warning', { HostConfig: { UTSMode: 'host' } }],
	['host_user_namespace', 'warning', { HostConfig: { UsernsMode: 'host' } }],
	['security_profile_off', 'warning', { HostConfig: { SecurityOpt: ['seccomp=unconfined'] } }],
	[
		'host_device',
		'warning',
		{
			HostConfig: {
				Devices: [{ PathOnHost: '/dev/null', PathInContainer: '/dev/x', CgroupPermissions: 'r' }],
			},
		},
	],
	['port_published', 'warning', port('', '8080'), '0.0.0.0:8080->8080/tcp'],
	['port_published', 'critical', port('0.0.0.0', '5432', '15432'), '15432->5432'],
	['port_published', 'info', port('::', '8080', '443')],
	[
		'port_published',
		'critical',
		{ HostConfig: { PublishAllPorts: true }, ExposedPorts: { '5432/tcp': {} } },
		'0.0.0.0:?->5432/tcp',
	],
	['runs_as_root', 'warning', { User: '' }],
	['runs_as_root', 'warning', { User: '0:1000' }],
	['secret_in_environment', 'warning', { Env: ['POSTGRES_PASSWORD=geheim'] }, 'POSTGRES_PASSWORD'],
	['secret_in_environment', 'warning', { Env: ['DSN=postgres://shop:geheim@db/shop'] }, 'DSN'],
	['no_memory_limit', 'warning', { HostConfig: { Memory: 0 } }],
	['no_health_check', 'warning', { Healthcheck: { Test: ['NONE'] } }],
	['log_unlimited', 'warning', { HostConfig: { LogConfig: { Type: 'json-file', Config: {} } } }],
];

test.each(bad)('%s is found as %s: %j', async (code, severity, options, says = '') => {
	await create('bad', options);
	const { findings } = await look();
	expect(findings).toEqual([
		{
			code,
			severity,
			container: 'bad',
			message: expect.stringMatching(/^The container "bad" .+\.$/),
			remedy: expect.stringMatching(/\S/),
			source: expect.stringMatching(/CIS Docker Benchmark|OWASP|Docker documentation/),
			project: null,
			id: expect.any(String),
		},
	]);
	expect(findings[0]?.message).toContain(says);
	expect(JSON.stringify(findings)).not.toContain('geheim');
});

test.each(['/', '/var', '/run'])('%s of the host, to be written to, is two findings', async (folder) => {
	await create('bad', bind(`${folder}:/host`));
	expect((await look()).findings.map(({ code }) => code).sort()).toEqual([
		'docker_socket_mounted',
		'host_folder_writable',
	]);
});

test.each([
	['a port of this host alone', port('127.0.0.1', '5432')],
	['a folder of the host that is only read', bind('/etc:/host/etc:ro')],
	['a folder beside those of the system', bind('/srv/etc:/data')],
	['the driver "local"', { HostConfig: { LogConfig: { Type: 'local', Config: {} } } }],
	[
		'a job that has ended',
		{ HostConfig: { RestartPolicy: { Name: 'no' } }, Healthcheck: { Test: ['NONE'] } },
	],
])('%s is no finding', async (_, options) => {
	await create('fine', options);
	expect((await look()).findings).toEqual([]);
});

test('a running container without a restart policy, and a job that is started for ever, are found', async () => {
	await create('lonely', { HostConfig: { RestartPolicy: { Name: 'no' } } }, true);
	await create('job', { Cmd: ['true'], HostConfig: { RestartPolicy: { Name: 'always' } } }, true);
	const codes = async () => (await look()).findings.map(({ code, container }) => `${container} ${code}`);
	expect(await codes()).toContain('lonely no_restart_policy');
	while (!(await codes()).includes('job restarts_for_ever')) {
		await new Promise((resolve) => setTimeout(resolve, 200));
	}
});

test('an image without a version is an information', async () => {
	await use.engine.docker.getImage(imageTag('web')).tag({ repo: 'shop/web', tag: 'latest' });
	await create('new', { Image: 'shop/web' });
	expect((await look()).findings).toEqual([
		expect.objectContaining({ code: 'latest_tag', severity: 'info' }),
	]);
	await use.engine.docker.getContainer('new').remove();
	await use.engine.docker.getImage('shop/web:latest').remove();
});

test('codes can be left out, for all or by the label of one; the lowest severity and the filter count', async () => {
	const open = { ...port('', '5432'), User: '' };
	await create('one', open);
	await create('two', { ...open, Labels: { 'opsdesk.audit.ignore': 'runs_as_root, port_published' } });
	await create('three', { ...open, Labels: { 'opsdesk.audit.ignore': 'all' } });
	const told = async (options: AuditOptions) =>
		(await look(options)).findings.map(({ container, code }) => `${container} ${code}`);
	expect(await told({})).toEqual(['one port_published', 'one runs_as_root']);
	expect(await told({ skip: ['port_published'] })).toEqual(['one runs_as_root']);
	expect(await told({ leastSeverity: 'critical' })).toEqual(['one port_published']);
	expect(await told({ filter: { name: 't*' } })).toEqual([]);
	expect((await look({}, { allowedContainers: 'two' })).containers).toEqual(['two']);
	await expect(look({ skip: ['port_publish'] })).rejects.toMatchObject({ code: 'invalid_input' });
});

test('a container that cannot be looked at is a finding, never well', async () => {
	await create('dark');
	use.proxy.before = ({ url }) =>
		Promise.resolve(
			url?.includes('/containers/') && url.endsWith('/json') && !url.includes('/containers/json')
				? { status: 500, body: '{"message":"disk failure"}' }
				: undefined,
		);
	expect((await look()).findings).toEqual([
		expect.objectContaining({ code: 'not_inspected', container: 'dark', severity: 'warning' }),
	]);
});

test('every rule is explained in docs/audit.md', () => {
	const text = readFileSync('docs/audit.md', 'utf8');
	expect(auditCodes.filter((code) => !text.includes(`\`${code}\``))).toEqual([]);
});
