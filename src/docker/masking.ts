import { shorten } from '../shared';
import { plainText } from './log-lines';
import type { InspectedContainer, ListedContainer } from './summary';

type Values = Record<string, unknown>;

const mask = '***';
const shownCheckOutput = 500;

/** Names with hidden values. */
export function maskedValues(values: Values): Record<string, string> {
	return Object.fromEntries(Object.keys(values).map((name) => [name, mask]));
}

/** What programs are called and which long options they get stays readable; every other argument may be a password. */
function maskedArguments(given: readonly unknown[], programs = 0): string[] {
	return given.map((argument, index) => {
		const text = String(argument);
		if (index < programs) return text;
		const [, option, value] = /^(--[a-zA-Z][\w-]*)(=.*)?$/s.exec(text) ?? [];
		if (option === undefined) return mask;
		return value === undefined ? option : `${option}=${mask}`;
	});
}

/**
 * The settings of a container or image with the values of variables and the arguments of programs hidden.
 * @param config in the engine's own shape
 */
export function maskedConfig(config: Values): Values {
	const { Env, Entrypoint, Cmd, Healthcheck } = config;
	const hasEntrypoint = Array.isArray(Entrypoint) && Entrypoint.length > 0;
	return {
		...config,
		...(Array.isArray(Env) && {
			Env: Env.map((entry: unknown) => `${String(entry).split('=', 1)[0] ?? ''}=${mask}`),
		}),
		...(Array.isArray(Entrypoint) && { Entrypoint: maskedArguments(Entrypoint, 1) }),
		// After an entrypoint they are its arguments.
		...(Array.isArray(Cmd) && { Cmd: maskedArguments(Cmd, hasEntrypoint ? 0 : 1) }),
		...(isValues(Healthcheck) && { Healthcheck: maskedCheck(Healthcheck) }),
	};
}

/**
 * The engine's own description, without what may hold passwords: variables, arguments, options of drivers. What health checks
 * have written is made readable and cut.
 */
export function withoutSecrets(container: InspectedContainer): Values {
	const { Config, HostConfig, NetworkSettings, State } = container;
	const { Args } = container;
	return {
		...container,
		...(Array.isArray(Args) && { Args: maskedArguments(Args) }),
		State: State.Health ? { ...State, Health: readableHealth(State.Health) } : State,
		Config: maskedConfig(Config),
		...(HostConfig && { HostConfig: maskedHost(HostConfig) }),
		...(NetworkSettings && {
			NetworkSettings: {
				...NetworkSettings,
				...(NetworkSettings.Networks && { Networks: maskedNetworks(NetworkSettings.Networks) }),
			},
		}),
	};
}

/** As a list has it, with the arguments of its program hidden. */
export function listedWithoutSecrets(container: ListedContainer): ListedContainer {
	const { Command } = container;
	if (typeof Command !== 'string') return container;
	const [program = ''] = Command.split(' ', 1);
	return { ...container, Command: program === Command ? program : `${program} ${mask}` };
}

/** `CMD`, program, arguments … or `CMD-SHELL` and what a shell reads. */
function maskedCheck(check: Values): Values {
	const { Test } = check;
	if (!Array.isArray(Test)) return check;
	return { ...check, Test: maskedArguments(Test, Test[0] === 'CMD' ? 2 : 1) };
}

function maskedHost(host: Values): Values {
	const { LogConfig, Mounts } = host;
	return {
		...host,
		...(isValues(LogConfig) &&
			isValues(LogConfig['Config']) && {
				LogConfig: { ...LogConfig, Config: maskedValues(LogConfig['Config']) },
			}),
		...(Array.isArray(Mounts) && { Mounts: Mounts.map(maskedMount) }),
	};
}

/** The options of a network share hold its password. */
function maskedMount(mount: unknown): unknown {
	if (!isValues(mount) || !isValues(mount['VolumeOptions'])) return mount;
	const { DriverConfig } = mount['VolumeOptions'];
	if (!isValues(DriverConfig) || !isValues(DriverConfig['Options'])) return mount;
	const masked = { ...DriverConfig, Options: maskedValues(DriverConfig['Options']) };
	return { ...mount, VolumeOptions: { ...mount['VolumeOptions'], DriverConfig: masked } };
}

/** Of a container, by name, with the options of their drivers hidden. */
export function maskedNetworks(networks: Values): Values {
	return Object.fromEntries(
		Object.entries(networks).map(([name, settings]) => [
			name,
			isValues(settings) && isValues(settings['DriverOpts'])
				? { ...settings, DriverOpts: maskedValues(settings['DriverOpts']) }
				: settings,
		]),
	);
}

/** Checks write what they like: control characters, and 4 KB each time. */
function readableHealth(health: Values): Values {
	const { Log } = health;
	if (!Array.isArray(Log)) return health;
	return {
		...health,
		Log: Log.map((entry: unknown) =>
			isValues(entry) && typeof entry['Output'] === 'string'
				? { ...entry, Output: shorten(plainText(entry['Output']).trim(), shownCheckOutput) }
				: entry,
		),
	};
}

function isValues(value: unknown): value is Values {
	return typeof value === 'object' && value !== null && !Array.isArray(value);
}
