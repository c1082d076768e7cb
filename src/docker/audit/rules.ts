import { leadsToEngine } from '../engine-sockets';
import type { AuditFacts } from './facts';
import { hasNoVersion, isIn, isSecretName, isService, isSocket } from './marks';

export const severities = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof severities)[number];

export interface Fault {
	severity: Severity;
	/** What is so, as a sentence that goes on after the name of the container. */
	message: string;
}

export interface Rule {
	code: string;
	/** What to do. */
	remedy: string;
	/** Where the rule comes from. */
	source: string;
	/** @returns undefined where nothing is wrong */
	check(facts: AuditFacts, host: HostFacts): Fault | undefined;
}

/** Of the engine; undefined where it does not tell. */
export interface HostFacts {
	/** Root in a container is another user on the host. */
	rootIsMapped: boolean | undefined;
}

const cis = (number: string): string => `CIS Docker Benchmark 1.6.0, ${number}`;
const fault = (severity: Severity, message: string): Fault => ({ severity, message });
const when = (condition: boolean, severity: Severity, message: string): Fault | undefined =>
	condition ? fault(severity, message) : undefined;

/** Of databases, queues, caches and engines: nobody in the internet shall come to them. */
const innerPorts = [
	'1433',
	'1521',
	'2375',
	'2379',
	'3306',
	'5432',
	'5672',
	'5984',
	'6379',
	'8086',
	'9042',
	'9200',
	'11211',
	'15672',
	'27017',
];
/** What a web server is there for. */
const webPorts = ['80', '443'];
const mightyCapabilities = [
	'ALL',
	'SYS_ADMIN',
	'SYS_MODULE',
	'SYS_PTRACE',
	'SYS_RAWIO',
	'DAC_READ_SEARCH',
	'NET_ADMIN',
	'BPF',
	'SYS_BOOT',
];
const hostFolders = [
	'/boot',
	'/dev',
	'/etc',
	'/lib',
	'/proc',
	'/sys',
	'/usr',
	'/root',
	'/var/lib/docker',
	'/var/run',
	'/run',
];
export const rules: Rule[] = [
	{
		code: 'privileged',
		remedy: 'Take "privileged" away and give the one capability or device that is needed.',
		source: cis('5.5'),
		check: ({ privileged }) =>
			when(privileged, 'critical', 'is privileged: who gets into it has the whole host'),
	},
	{
		code: 'docker_socket_mounted',
		remedy: 'Put a filtering proxy before the socket, as in the README, and let only that one have it.',
		source: cis('5.32'),
		check: ({ mounts }) =>
			when(
				mounts.some(({ source }) => leadsToEngine(source)),
				'critical',
				'has the socket of the container engine, or a folder that it lies in, which is as good as being root on the host; read-only changes nothing about that',
			),
	},
	{
		code: 'host_folder_writable',
		remedy: 'Mount only the one file or folder that is needed, read-only where it is not written to.',
		source: cis('5.6'),
		check: ({ mounts }) => {
			const found = mounts.filter(({ writable }) => writable).map(({ source }) => source);
			const open = found.filter((path) =>
				hostFolders.some((folder) => isIn(path, folder) || isIn(folder, path)),
			);
			return when(
				open.some((path) => !isSocket(path)),
				'critical',
				`can write to ${open.join(', ')} of the host`,
			);
		},
	},
	{
		code: 'capability_added',
		remedy: 'Take the capability away ("cap_add"), or give the program only the one that it needs.',
		source: cis('5.4'),
		check: ({ capabilities }) =>
			when(
				capabilities.length > 0,
				capabilities.some((name) => mightyCapabilities.includes(name)) ? 'critical' : 'warning',
				`has the capabilities ${capabilities.join(', ')} on top of the usual ones`,
			),
	},
	...(
		[
			[
				'host_network',
				'network',
				'network_mode',
				'5.10',
				'warning',
				'uses the network of the host: its ports are open there, whatever is published',
			],
			['host_pid', 'pid', 'pid', '5.16', 'critical', 'sees and can signal the processes of the host'],
			['host_ipc', 'ipc', 'ipc', '5.17', 'warning', 'shares the memory segments of the host'],
			['host_uts', 'uts', 'uts', '5.21', 'warning', 'can change the name of the host'],
			[
				'host_user_namespace',
				'user',
				'userns_mode',
				'5.31',
				'warning',
				'is left out of the mapping of users',
			],
		] as const
	).map(([code, namespace, setting, number, severity, message]): Rule => ({
		code,
		remedy: `Take "${setting}: host" away, unless the program measures the host itself.`,
		source: cis(number),
		check: ({ namespaces }) => when(namespaces[namespace] === 'host', severity, message),
	})),
	{
		code: 'security_profile_off',
		remedy: 'Take "unconfined" out of "security_opt".',
		source: cis('5.2, 5.22'),
		check: ({ securityOptions, privileged, namespaces }) => {
			// The engine itself takes the label away from these, and each has a rule of its own.
			const implied = privileged || namespaces.pid === 'host' || namespaces.ipc === 'host';
			const off = securityOptions
				.filter((option) => /^(apparmor|seccomp)[=:]unconfined$|^label[=:]disable$/.test(option))
				.filter((option) => !(implied && option.startsWith('label')));
			return when(off.length > 0, 'warning', `runs without a security profile (${off.join(', ')})`);
		},
	},
	{
		code: 'host_device',
		remedy: 'Take the device away where the program does not need it.',
		source: cis('5.18'),
		check: ({ devices }) =>
			when(devices.length > 0, 'warning', `has devices of the host: ${devices.join(', ')}`),
	},
	{
		code: 'port_published',
		remedy:
			'Publish it for 127.0.0.1 alone ("127.0.0.1:5432:5432"), or not at all: containers of one network need no published port. Docker writes its rules before those of a firewall such as ufw.',
		source: cis('5.14'),
		check: ({ ports }) => {
			const open = ports.filter(({ hostAddress }) => !/^(127\.|::1$|\[::1\]$)/.test(hostAddress));
			if (open.length === 0) return undefined;
			const inner = open.some(({ containerPort }) =>
				innerPorts.includes(containerPort.split('/', 1)[0] ?? ''),
			);
			const web = open.every(({ hostPort }) => webPorts.includes(hostPort));
			const shown = open.map(
				({ hostAddress, hostPort, containerPort }) =>
					`${hostAddress || '0.0.0.0'}:${hostPort || '?'}->${containerPort}`,
			);
			return fault(
				inner ? 'critical' : web ? 'info' : 'warning',
				`can be reached from outside of the host: ${shown.join(', ')}`,
			);
		},
	},
	{
		code: 'runs_as_root',
		remedy:
			'Set "user" in the image or for the container, or map users on the engine (userns-remap, rootless mode).',
		source: cis('4.1'),
		check: ({ user }, { rootIsMapped }) =>
			when(/^(|root|0+)(:.*)?$/.test(user) && rootIsMapped !== true, 'warning', 'runs as root'),
	},
	{
		code: 'secret_in_environment',
		remedy:
			'Put the secret into a file (Docker secrets, a mounted file) and give its path, often as NAME_FILE. Whoever may inspect the container reads its environment.',
		source: 'OWASP Docker Security Cheat Sheet, rule 12',
		check: ({ environment }) => {
			const found = environment
				.filter(({ name, holdsPassword }) => holdsPassword || isSecretName(name))
				.map(({ name }) => name);
			return when(
				found.length > 0,
				'warning',
				`has what looks like secrets in environment variables: ${found.join(', ')}`,
			);
		},
	},
	{
		code: 'no_memory_limit',
		remedy: 'Set "mem_limit" (or "deploy.resources.limits.memory"), above what it uses at its busiest.',
		source: cis('5.11'),
		check: ({ memoryLimited }) =>
			when(!memoryLimited, 'warning', 'has no memory limit: a leak takes down everything on the host'),
	},
	{
		code: 'no_health_check',
		remedy:
			'Give the image or the container a "healthcheck"; without one nobody notices that a running program no longer answers.',
		source: cis('4.6, 5.27'),
		check: (facts) =>
			when(
				!facts.hasHealthCheck && isService(facts),
				'warning',
				'has no health check: it counts as running, unverified',
			),
	},
	{
		code: 'no_restart_policy',
		remedy:
			'Set "restart: unless-stopped"; it is then there again after a crash and after a start of the host.',
		source: 'Docker documentation, "Start containers automatically"',
		check: ({ running, restartPolicy }) =>
			when(
				running && restartPolicy === 'no',
				'warning',
				'runs without a restart policy: it stays away after a crash or a start of the host',
			),
	},
	{
		code: 'restarts_for_ever',
		remedy: 'Set "restart: no" for a program that does its work once, or "on-failure:5" for one that fails.',
		source: cis('5.15'),
		check: ({ restartPolicy, restartCount, exitCode }) =>
			when(
				/^(always|unless-stopped)$/.test(restartPolicy) && restartCount >= 3 && exitCode === 0,
				'warning',
				`ends by itself without an error, and was started again ${restartCount} times (policy "${restartPolicy}")`,
			),
	},
	{
		code: 'latest_tag',
		remedy: 'Name a version ("nginx:1.27"), so that it is known what runs, and what to go back to.',
		source: 'Docker documentation, "Building best practices"',
		check: ({ image }) =>
			when(hasNoVersion(image), 'info', `was made from "${image}", which names no version`),
	},
	{
		code: 'log_unlimited',
		remedy:
			'Set "logging.options.max-size" (such as 10m) and "max-file", or the driver "local", for the container or in daemon.json.',
		source: 'Docker documentation, "JSON File logging driver": without max-size a log is unlimited',
		check: ({ logDriver, logSizeLimited }) =>
			when(
				logDriver === 'json-file' && !logSizeLimited,
				'warning',
				'writes a log without a limit to its size, until the disk is full',
			),
	},
];

export const auditCodes = rules.map(({ code }) => code);
